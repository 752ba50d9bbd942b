"""Answers "what is a deployment worth": replays the same calls against several."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.demand.area import Area
from services.demand.arrays import IntArray
from services.demand.deployments import (
    Baseline,
    Deployment,
    Timetable,
    find_deployment_faults,
    place_baseline,
    place_timetable,
)
from services.demand.history import HistoryWindow
from services.demand.library import Library
from services.demand.plan_demand import MOST_CARS, MOST_MINUTES, require_span
from services.demand.simulator.placement import Placement
from services.demand.simulator.simulate import Simulator
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


@dataclass(frozen=True, eq=False)
class NamedSummary:
    """The result of one deployment."""

    name: str
    summary: Summary


@dataclass(frozen=True, eq=False)
class ReplayAnswer:
    """The result of every deployment, and the calls that none of them could reach for want of a road."""

    results: tuple[NamedSummary, ...]
    unreached: UnreachedPoints


def replay_calls(order: ReplayOrder, library: Library, stop: Stop) -> ReplayAnswer:
    """Replay the calls against every deployment.

    Raises
    ------
    InvalidArgument
        The order contradicts itself, its area or its calls; every field at fault is named.
    NotFound
        An artifact does not exist.
    FailedPrecondition
        The area's roads or its travel server are unusable, or a baseline needs past calls and there are none.
    Unavailable
        The area's travel server cannot be reached.
    Cancelled
        The caller gave up.
    """
    area, travel = library.open_area(order.area_artifact)
    faults = list(_find_faults(order, area))
    if faults:
        raise InvalidArgument.of(faults)
    case = library.read_case(order.calls_artifact, "calls_artifact", area, travel)
    require_span(case, "calls_artifact", order.shift_minutes)
    past_calls = library.count_past_calls(area, order.history)
    simulator = Simulator(case)
    results = []
    for deployment in order.deployments:
        if stop():
            raise Cancelled("The replay was given up.")
        outcome = simulator.simulate(_place(deployment, order, area, past_calls))
        results.append(NamedSummary(deployment.name, summarise(case.calls, area.sector_ids, outcome)))
    return ReplayAnswer(tuple(results), case.unreached)


def _find_faults(order: ReplayOrder, area: Area) -> Iterator[tuple[str, str]]:
    if not 1 <= order.shift_minutes <= MOST_MINUTES:
        yield "shift_minutes", f"Expected 1 to {MOST_MINUTES} minutes, got {order.shift_minutes}."
        return
    has_baseline = any(isinstance(deployment.placement, Baseline) for deployment in order.deployments)
    if has_baseline and not 1 <= order.baseline_cars <= MOST_CARS:
        yield "baseline_cars", f"Expected 1 to {MOST_CARS} cars, got {order.baseline_cars}."
    yield from find_deployment_faults(order.deployments, area, order.shift_minutes)


def _place(deployment: Deployment, order: ReplayOrder, area: Area, past_calls: IntArray) -> Placement:
    if isinstance(deployment.placement, Timetable):
        return place_timetable(deployment.placement, area)
    assert deployment.placement is not None  # checked before
    return place_baseline(deployment.placement, order.baseline_cars, past_calls, order.shift_minutes)
