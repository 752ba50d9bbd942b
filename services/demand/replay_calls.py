"""Answers "what is a deployment worth": replays the same calls against several."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np
import pyarrow as pa

from services.demand.area import Area
from services.demand.arrays import FloatArray, IntArray
from services.demand.call_results import tabulate_calls
from services.demand.demand_order import MOST_CARS, MOST_MINUTES
from services.demand.deployments import (
    Baseline,
    Deployment,
    Timetable,
    find_deployment_faults,
    place_baseline,
    place_timetable,
)
from services.demand.expectation import expect_calls
from services.demand.history import HistoryWindow
from services.demand.intervals import Interval, ratio_interval
from services.demand.library import Library
from services.demand.plan_demand import require_span
from services.demand.same_cars import place_same_cars
from services.demand.simulator.case import DispatchCase
from services.demand.simulator.placement import Placement
from services.demand.simulator.rules import DEFAULT_RULES, DispatchRules
from services.demand.simulator.simulate import Outcome, Simulator
from services.demand.simulator.summary import Summary, summarise
from services.demand.travel.unreached import UnreachedPoints
from serving.errors import Cancelled, InvalidArgument
from serving.work import Stop


@dataclass(frozen=True)
class ReplayOrder:
    """What is asked for; the fields are those of `SimulateRequest`, with its defaults filled in."""

    area_artifact: str
    calls_artifact: str
    deployments: tuple[Deployment, ...]
    baseline_cars: int
    history: HistoryWindow
    shift_minutes: int
    rules: DispatchRules = DEFAULT_RULES
    expected_calls_artifact: str = ""
    count_from_minute: float = 0.0
    seed: int = 0
    baselines_with_same_cars: bool = False
    with_call_results: bool = False


@dataclass(frozen=True)
class Comparison:
    """How a deployment compares with the first one; None where that has no failures, or no call was answered."""

    failures_change: Interval | None
    mean_response_change_minutes: float | None


@dataclass(frozen=True, eq=False)
class NamedSummary:
    """The result of one deployment, with its limit on moves; `comparison` is None for the first."""

    name: str
    summary: Summary
    comparison: Comparison | None
    most_moves_per_hour: int = 0


@dataclass(frozen=True, eq=False)
class ReplayAnswer:
    """The result of every deployment, and the calls that none of them could reach for want of a road.

    `call_results` is the table of :mod:`services.demand.call_results`; None where it is not asked for.
    """

    sector_ids: tuple[str, ...]
    results: tuple[NamedSummary, ...]
    unreached: UnreachedPoints
    call_results: pa.Table | None = None


def replay_calls(order: ReplayOrder, library: Library, stop: Stop) -> ReplayAnswer:
    """Replay the calls against every deployment.

    Raises
    ------
    InvalidArgument
        The order contradicts itself, its area or its calls; every field at fault is named.
    NotFound
        An artifact does not exist.
    FailedPrecondition
        The area's roads or its travel server are unusable, a baseline needs past calls and there are none, or rules
        need to know which sectors are next to each other and the area does not say.
    Unavailable
        The area's travel server cannot be reached.
    Cancelled
        The caller gave up.
    """
    area, _ = library.open_area(order.area_artifact)
    faults = list(_find_faults(order, area))
    if faults:
        raise InvalidArgument.of(faults)
    case = _read_case(order, "calls_artifact", library)
    past_calls = library.count_past_calls(area, order.history)
    results: list[NamedSummary] = []
    outcomes: list[Outcome] = []
    for deployment in order.deployments:
        if stop():
            raise Cancelled("The replay was given up.")
        placement = _place(deployment, order, area, past_calls, case.between_minutes)
        outcome = _simulator(deployment, order, case, library).simulate(placement)
        if order.with_call_results:
            outcomes.append(outcome)
        summary = summarise(case, outcome, order.seed)
        comparison = _compare(summary, results[0].summary, order.seed) if results else None
        results.append(NamedSummary(deployment.name, summary, comparison, deployment.most_moves_per_hour))
    call_results = tabulate_calls(outcomes) if order.with_call_results else None
    return ReplayAnswer(area.sector_ids, tuple(results), case.unreached, call_results)


def _read_case(order: ReplayOrder, name: str, library: Library) -> DispatchCase:
    area, travel = library.open_area(order.area_artifact)
    case = library.read_case(getattr(order, name), name, area, travel)
    require_span(case, name, order.shift_minutes)
    return case.counting_from(order.count_from_minute)


def _simulator(deployment: Deployment, order: ReplayOrder, case: DispatchCase, library: Library) -> Simulator:
    rules = deployment.rules or order.rules
    if not deployment.moves_freely:
        return Simulator(case, rules)
    stationing = expect_calls(_read_case(order, "expected_calls_artifact", library), rules)
    return Simulator(case, rules, replace(stationing, most_moves_per_hour=deployment.most_moves_per_hour))


def _compare(summary: Summary, first: Summary, seed: int) -> Comparison:
    change = ratio_interval(summary.scenario_failures, first.scenario_failures, seed)
    failures = Interval(change.value - 1, change.low - 1, change.high - 1) if np.isfinite(change.value) else None
    means = summary.whole.mean_response_minutes, first.whole.mean_response_minutes
    return Comparison(failures, None if None in means else means[0] - means[1])  # type: ignore[operator]


def _find_faults(order: ReplayOrder, area: Area) -> Iterator[tuple[str, str]]:
    if not 1 <= order.shift_minutes <= MOST_MINUTES:
        yield "shift_minutes", f"Expected 1 to {MOST_MINUTES} minutes, got {order.shift_minutes}."
        return
    has_baseline = any(isinstance(deployment.placement, Baseline) for deployment in order.deployments)
    if order.baselines_with_same_cars:
        if order.deployments and not isinstance(order.deployments[0].placement, Timetable):
            yield "deployments[0]", "Expected a timetable, whose cars the baselines are to have."
    elif has_baseline and not 1 <= order.baseline_cars <= MOST_CARS:
        yield "baseline_cars", f"Expected 1 to {MOST_CARS} cars, got {order.baseline_cars}."
    if not (isfinite(order.count_from_minute) and 0 <= order.count_from_minute < order.shift_minutes):
        expected = f"at least 0 and below {order.shift_minutes}"
        yield "count_from_minute", f"Expected {expected}, got {order.count_from_minute:g}."
    if order.seed < 0:
        yield "seed", f"Expected a seed of at least 0, got {order.seed}."
    if any(deployment.moves_freely for deployment in order.deployments) and not order.expected_calls_artifact:
        yield "expected_calls_artifact", "Expected the hash of scenarios, for a deployment that moves freely."
    yield from find_deployment_faults(order.deployments, area, order.shift_minutes)


def _place(
    deployment: Deployment, order: ReplayOrder, area: Area, past_calls: IntArray, between_minutes: FloatArray
) -> Placement:
    if isinstance(deployment.placement, Timetable):
        return place_timetable(deployment.placement, area)
    assert deployment.placement is not None  # checked before
    if not order.baselines_with_same_cars:
        return place_baseline(deployment.placement, order.baseline_cars, past_calls, order.shift_minutes)
    first = order.deployments[0].placement
    assert isinstance(first, Timetable)  # checked before
    return place_same_cars(deployment.placement, place_timetable(first, area), area, past_calls, between_minutes)
