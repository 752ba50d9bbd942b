"""Answers "how many cars does each sector need in each period"."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from services.demand.allotment import share_in_proportion
from services.demand.area import Team
from services.demand.arrays import IntArray
from services.demand.demand_order import DemandOrder, Fault, find_staffing_faults, find_time_faults
from services.demand.library import Library
from services.demand.optimiser.bounds import Bound, NoBound, program_gap, static_bound
from services.demand.optimiser.optimise import Candidate, OptimiseProblem, OptimiseResult, optimise
from services.demand.optimiser.staffing import Staffing
from services.demand.optimiser.time_limit import TimeLimit
from services.demand.simulator.case import DispatchCase
from serving.errors import Cancelled, InvalidArgument
from serving.work import Stop

CERTIFICATE_SECONDS = 120.0
LEAST = 1e-9
"""Shares are proportional to numbers that may all be zero."""


@dataclass(frozen=True)
class Certificate:
    """What could be proved of a plan."""

    static_failures: Bound | NoBound
    program_gap: Bound | NoBound


@dataclass(frozen=True, eq=False)
class TeamAnswer:
    """Candidates for the sectors of a team, with cars per block and sector of the team."""

    team: Team
    cars: int
    result: OptimiseResult
    certificate: Certificate | None


@dataclass(frozen=True, eq=False)
class DemandAnswer:
    """The answer of every team; `complete` is False where the caller's wish to stop cut the work short."""

    order: DemandOrder
    sector_ids: tuple[str, ...]
    teams: tuple[TeamAnswer, ...]
    wall_seconds: float
    complete: bool

    def cars_by_period(self, cars: IntArray) -> IntArray:
        """Spread cars per block over periods; shape (n_periods, n_sectors)."""
        starts = np.arange(0, self.order.shift_minutes, self.order.period_minutes)
        by_period: IntArray = cars[starts // self.order.block_minutes]
        return by_period

    def join(self, candidates: tuple[Candidate, ...]) -> IntArray:
        """Put the candidates of all teams together: cars per block and sector of the area."""
        cars = np.zeros((len(candidates[0].cars), len(self.sector_ids)), np.int64)
        for answer, candidate in zip(self.teams, candidates, strict=True):
            cars[:, list(answer.team.sectors)] = candidate.cars
        return cars


def plan_demand(order: DemandOrder, library: Library, stop: Stop, workers: int = 1) -> DemandAnswer:
    """Choose cars per sector and period, of every team apart; `workers` threads change nothing but the time.

    The teams share the time limit, see `seconds_per_team`.

    Raises
    ------
    InvalidArgument
        The order contradicts itself, its area or its call sets; every field at fault is named.
    NotFound
        An artifact does not exist.
    FailedPrecondition
        The area's roads are unusable or leave sectors cut off, or it does not say which sectors are neighbours.
    Cancelled
        The caller gave up before there was anything to choose from.
    """
    start_time = time.monotonic()
    _raise(find_time_faults(order))
    area, _ = library.open_area(order.area_artifact)
    _raise(find_staffing_faults(order, area))
    past_calls = library.count_past_calls(area, order.history)
    teams = area.teams or (Team("", tuple(range(area.sector_count))),)
    orders = _share_cars(order, teams, past_calls)
    if stop():
        raise Cancelled("The optimisation was given up before it began.")
    at_once, own_workers = min(workers, len(teams)), max(1, workers // len(teams))
    own_order = replace(order, time_limit_seconds=seconds_per_team(order.time_limit_seconds, len(teams), at_once))
    with ThreadPoolExecutor(at_once) as pool:
        answers = pool.map(lambda each: _plan_team(own_order, each, library, past_calls, stop, own_workers), orders)
        found = tuple(answers)
    return DemandAnswer(order, area.sector_ids, found, time.monotonic() - start_time, complete=not stop())


def seconds_per_team(seconds: float, teams: int, at_once: int) -> float:
    """Return the seconds of each team where so many are planned at once, so that all end within `seconds`."""
    return seconds / ceil(teams / at_once)


@dataclass(frozen=True, eq=False)
class _TeamOrder:
    """A team and what it has: cars, and those that can be stationed in each block."""

    team: Team
    cars: int
    supply: IntArray

    @property
    def sectors(self) -> IntArray:
        """Positions of its sectors in ascending order."""
        return np.array(self.team.sectors)


def _plan_team(
    order: DemandOrder, team_order: _TeamOrder, library: Library, past_calls: IntArray, stop: Stop, workers: int
) -> TeamAnswer:
    sectors = team_order.sectors
    staffing = _staffing(order, team_order, len(past_calls))
    problem = OptimiseProblem(
        training=_read_case(order, "training_calls_artifact", library, sectors),
        validation=_read_case(order, "validation_calls_artifact", library, sectors),
        staffing=staffing,
        past_calls=past_calls[sectors],
        seed=order.seed,
        time_limit_seconds=order.time_limit_seconds,
        rules=order.rules,
        objective=order.objective,
        presence=order.presence,
        period_minutes=order.period_minutes,
        standing=_standing(order, team_order, staffing),
        workers=workers,
        uses_programs=order.uses_programs,
    )
    result = optimise(problem, stop)
    certificate = _certify(problem, result.chosen.cars, stop) if order.certifies else None
    return TeamAnswer(team_order.team, team_order.cars, result, certificate)


def _certify(problem: OptimiseProblem, cars: IntArray, stop: Stop) -> Certificate:
    """Prove what can be proved, on the validation calls."""
    arguments, urgent_weight = (problem.validation, problem.rules, problem.staffing), problem.objective.urgent_weight
    return Certificate(
        static_bound(*arguments, TimeLimit(CERTIFICATE_SECONDS, stop)),
        program_gap(*arguments, cars, TimeLimit(CERTIFICATE_SECONDS, stop), urgent_weight),
    )


def _share_cars(order: DemandOrder, teams: tuple[Team, ...], past_calls: IntArray) -> list[_TeamOrder]:
    """Share cars out to teams: as asked for, or in proportion to past calls; each block's supply in proportion.

    Where teams have crews of their own, nothing is shared out.
    """
    if len(teams) == 1:
        return [_TeamOrder(teams[0], order.cars, order.supply)]
    if order.team_staffing:
        pairs = zip(teams, order.team_staffing, strict=True)
        return [_TeamOrder(team, staffing.cars, order.supply_of(staffing)) for team, staffing in pairs]
    minimum, maximum = (
        np.array([limits[list(team.sectors)].sum() for team in teams]) for limits in order.limits(len(past_calls))
    )
    weights = np.array([past_calls[list(team.sectors)].sum() for team in teams]) + 1.0
    asked_for = order.team_cars or share_in_proportion(order.cars, weights, minimum, maximum)
    cars = np.array(asked_for, np.int64)
    shares = cars.astype(np.float64) + LEAST
    by_block = np.array([share_in_proportion(int(each), shares, minimum, maximum) for each in order.supply])
    return [_TeamOrder(team, int(own), supply) for team, own, supply in zip(teams, cars, by_block.T, strict=True)]


def _staffing(order: DemandOrder, team_order: _TeamOrder, sector_count: int) -> Staffing:
    minimum, maximum = order.limits(sector_count)
    own = team_order.sectors
    return Staffing(team_order.supply, order.shift_minutes, order.block_minutes, minimum[own], maximum[own])


def _standing(order: DemandOrder, team_order: _TeamOrder, staffing: Staffing) -> IntArray | None:
    """Fit the standing plan to what the team has: in proportion where its numbers are not today's."""
    if order.standing_plan is None:
        return None
    by_period = np.array(order.standing_plan.cars, np.int64)[:, team_order.sectors]
    starts = np.arange(staffing.block_count) * order.block_minutes // order.period_minutes
    rows = zip(staffing.supply, by_period[starts], strict=True)
    limits = staffing.minimum, staffing.maximum
    return np.array(
        [share_in_proportion(int(supply), (row + LEAST).astype(np.float64), *limits) for supply, row in rows]
    )


def _read_case(order: DemandOrder, name: str, library: Library, sectors: IntArray) -> DispatchCase:
    area, travel = library.open_area(order.area_artifact)
    case = library.read_case(getattr(order, name), name, area, travel, sectors)
    require_span(case, name, order.shift_minutes)
    return case.without_needs()


def require_span(case: DispatchCase, field: str, shift_minutes: int) -> None:
    """Raise InvalidArgument where the calls are of a span of another length than the shift."""
    if case.calls.span_minutes != shift_minutes:
        span = f"{case.calls.span_minutes:g}"
        raise InvalidArgument(field, f"Expected calls of a span of {shift_minutes} minutes, got one of {span}.")


def _raise(faults: Iterator[Fault]) -> None:
    found = list(faults)
    if found:
        raise InvalidArgument.of(found)
