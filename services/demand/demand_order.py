"""What is asked for when cars are to be chosen, and what can be wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite

import numpy as np

from services.demand.area import Area
from services.demand.arrays import IntArray
from services.demand.history import HistoryWindow
from services.demand.optimiser.objective import Objective
from services.demand.optimiser.staffing import QUARTER_MINUTES, supply_by_block
from services.demand.optimiser.stations import Presence
from services.demand.simulator.rules import DEFAULT_RULES, DispatchRules

MOST_CARS = 1000
MOST_MINUTES = 7 * 24 * 60

Fault = tuple[str, str]
"""A field and what is allowed there."""


@dataclass(frozen=True)
class StandingPlan:
    """A plan to start from: cars per period and sector, in the area's order."""

    period_minutes: int
    cars: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class TeamStaffing:
    """Cars of a team on duty and on a break in each quarter hour; empty: none."""

    on_duty_cars: tuple[int, ...]
    on_break_cars: tuple[int, ...]

    @property
    def cars(self) -> int:
        """Most cars on duty at once."""
        return max(self.on_duty_cars, default=0)


@dataclass(frozen=True)
class DemandOrder:
    """What is asked for; the fields are those of `OptimizeRequest`, with its defaults filled in."""

    area_artifact: str
    training_calls_artifact: str
    validation_calls_artifact: str
    cars: int
    shift_minutes: int
    block_minutes: int
    period_minutes: int
    minimum_cars: tuple[int, ...]
    maximum_cars: tuple[int, ...]
    history: HistoryWindow
    seed: int
    time_limit_seconds: float
    rules: DispatchRules = DEFAULT_RULES
    objective: Objective = field(default_factory=Objective)
    on_duty_cars: tuple[int, ...] = ()
    on_break_cars: tuple[int, ...] = ()
    standing_plan: StandingPlan | None = None
    presence: Presence = Presence.STAY
    team_cars: tuple[int, ...] = ()
    team_staffing: tuple[TeamStaffing, ...] = ()
    certifies: bool = False
    uses_programs: bool = True

    @property
    def quarter_count(self) -> int:
        """Quarter hours of the shift."""
        return self.shift_minutes // QUARTER_MINUTES

    @property
    def supply(self) -> IntArray:
        """Cars that can be stationed in each block, shape (n_blocks,)."""
        if self.team_staffing:
            supply: IntArray = np.sum([self.supply_of(team) for team in self.team_staffing], axis=0)
            return supply
        if not self.on_duty_cars and not self.on_break_cars:
            return np.full(-(-self.shift_minutes // self.block_minutes), self.cars)
        on_duty = self.on_duty_cars or (self.cars,) * self.quarter_count
        return self.supply_of(TeamStaffing(on_duty, self.on_break_cars))

    def supply_of(self, team: TeamStaffing) -> IntArray:
        """Cars of a team that can be stationed in each block, shape (n_blocks,)."""
        if not team.on_duty_cars:
            return np.zeros(-(-self.shift_minutes // self.block_minutes), np.int64)
        on_break = team.on_break_cars or (0,) * self.quarter_count
        return supply_by_block(np.array(team.on_duty_cars), np.array(on_break), self.block_minutes)

    def limits(self, sector_count: int) -> tuple[IntArray, IntArray]:
        """Return the least and most cars in each sector, shape (n_sectors,)."""
        minimum = np.array(self.minimum_cars or (0,) * sector_count, np.int64)
        maximum = np.array(self.maximum_cars or (self.cars,) * sector_count, np.int64)
        return minimum, maximum


def find_time_faults(order: DemandOrder) -> Iterator[Fault]:
    """Yield what is wrong with an order whatever its area."""
    if order.validation_calls_artifact == order.training_calls_artifact:
        yield "validation_calls_artifact", "Expected other calls than the training calls."
    if not 1 <= order.cars <= MOST_CARS:
        yield "cars", f"Expected 1 to {MOST_CARS} cars, got {order.cars}."
    if not 1 <= order.shift_minutes <= MOST_MINUTES:
        yield "shift_minutes", f"Expected 1 to {MOST_MINUTES} minutes, got {order.shift_minutes}."
    elif order.period_minutes < 1 or order.shift_minutes % order.period_minutes:
        yield "period_minutes", f"Expected a divisor of {order.shift_minutes}, got {order.period_minutes}."
    elif order.block_minutes < 1 or order.block_minutes % order.period_minutes:
        yield "block_minutes", f"Expected a multiple of {order.period_minutes}, got {order.block_minutes}."
    else:
        yield from _find_quarter_faults(order)
    if not (isfinite(order.time_limit_seconds) and order.time_limit_seconds > 0):
        yield "time_limit_seconds", f"Expected more than 0 seconds, got {order.time_limit_seconds}."
    if order.seed < 0:
        yield "seed", f"Expected a seed of at least 0, got {order.seed}."


def _find_quarter_faults(order: DemandOrder) -> Iterator[Fault]:
    """Yield what is wrong with cars by quarter hour."""
    staffing = (TeamStaffing(order.on_duty_cars, order.on_break_cars), *order.team_staffing)
    has_quarters = any(team.on_duty_cars or team.on_break_cars for team in staffing)
    if has_quarters and order.block_minutes % QUARTER_MINUTES:
        expected = f"Expected a multiple of {QUARTER_MINUTES}, since cars are given by quarter hour"
        yield "block_minutes", f"{expected}, got {order.block_minutes}."
    yield from _check_quarters(order, "on_duty_cars", order.on_duty_cars, ())
    yield from _check_quarters(order, "on_break_cars", order.on_break_cars, order.on_duty_cars)
    for index, team in enumerate(order.team_staffing):
        path, none = f"team_staffing[{index}]", (0,) * order.quarter_count
        yield from _check_quarters(order, f"{path}.on_duty_cars", team.on_duty_cars, ())
        yield from _check_quarters(order, f"{path}.on_break_cars", team.on_break_cars, team.on_duty_cars or none)


def _check_quarters(order: DemandOrder, name: str, cars: tuple[int, ...], most: tuple[int, ...]) -> Iterator[Fault]:
    """Check one number per quarter hour, each up to the one in `most`, or to the cars where that is empty."""
    if cars and order.shift_minutes % QUARTER_MINUTES:
        yield name, f"Expected a shift in quarter hours, got one of {order.shift_minutes} minutes."
    elif cars and len(cars) != order.quarter_count:
        yield name, f"Expected {order.quarter_count} numbers, one per quarter hour, got {len(cars)}."
    else:
        allowed = most if len(most) == len(cars) else (order.cars,) * len(cars)
        for index, (number, limit) in enumerate(zip(cars, allowed, strict=True)):
            if not 0 <= number <= limit:
                yield f"{name}[{index}]", f"Expected 0 to {limit} cars, got {number}."


def find_staffing_faults(order: DemandOrder, area: Area) -> Iterator[Fault]:
    """Yield what is wrong with an order for its area."""
    minimum, maximum = order.minimum_cars, order.maximum_cars
    for name, limits in (("minimum_cars", minimum), ("maximum_cars", maximum)):
        if limits and len(limits) != area.sector_count:
            yield name, f"Expected {area.sector_count} numbers, one per sector, got {len(limits)}."
        for index, cars in enumerate(limits):
            if cars < 0:
                yield f"{name}[{index}]", f"Expected at least 0 cars, got {cars}."
    for index, (least, most) in enumerate(zip(minimum, maximum, strict=False)):
        if least > most:
            yield f"minimum_cars[{index}]", f"Expected at most maximum_cars[{index}] = {most}, got {least}."
    scarcest, most_cars = int(order.supply.min()), int(order.supply.max())
    if sum(minimum) > scarcest:
        yield "minimum_cars", f"Expected a sum of at most the {scarcest} cars, got {sum(minimum)}."
    if maximum and sum(maximum) < most_cars:
        yield "maximum_cars", f"Expected a sum of at least the {most_cars} cars, got {sum(maximum)}."
    yield from _find_team_faults(order, area)
    yield from _find_team_limit_faults(order, area)
    yield from _find_standing_faults(order, area)


def _find_team_faults(order: DemandOrder, area: Area) -> Iterator[Fault]:
    names = ", ".join(team.name for team in area.teams)
    expected = f"one per team ({names})" if names else "none, for the area has no teams"
    if order.team_staffing:
        if len(order.team_staffing) != len(area.teams):
            yield "team_staffing", f"Expected {len(area.teams)} entries, {expected}, got {len(order.team_staffing)}."
        if order.on_duty_cars or order.on_break_cars or order.team_cars:
            yield "team_staffing", "Expected it in place of on_duty_cars, on_break_cars and team_cars."
    if not order.team_cars:
        return
    if len(order.team_cars) != len(area.teams):
        yield "team_cars", f"Expected {len(area.teams)} numbers, {expected}, got {len(order.team_cars)}."
    elif min(order.team_cars) < 0 or sum(order.team_cars) != order.cars:
        yield "team_cars", f"Expected numbers of at least 0 that sum to {order.cars}, got {sum(order.team_cars)}."


def _find_team_limit_faults(order: DemandOrder, area: Area) -> Iterator[Fault]:
    """Check the cars of each team against the least and most that its sectors may have together."""
    name = "team_staffing" if order.team_staffing else "team_cars"
    given = order.team_staffing or order.team_cars
    minimum, maximum = order.limits(area.sector_count)
    if len(given) != len(area.teams) or not len(minimum) == len(maximum) == area.sector_count:
        return
    for index, (team, cars) in enumerate(zip(area.teams, given, strict=True)):
        own = list(team.sectors)
        least, most = int(minimum[own].sum()), min(int(maximum[own].sum()), order.cars)
        supply = order.supply_of(cars) if isinstance(cars, TeamStaffing) else np.array([cars])
        for number in (int(supply.min()), int(supply.max())):
            if not least <= number <= most:
                expected = f"{least} to {most} cars for team {team.name}, by minimum_cars and maximum_cars"
                yield f"{name}[{index}]", f"Expected {expected}, got {number}."
                break


def _find_standing_faults(order: DemandOrder, area: Area) -> Iterator[Fault]:
    plan = order.standing_plan
    if plan is None:
        return
    period_count = order.shift_minutes // order.period_minutes
    if plan.period_minutes != order.period_minutes:
        yield "standing_plan.period_minutes", f"Expected {order.period_minutes}, got {plan.period_minutes}."
    if len(plan.cars) != period_count:
        yield "standing_plan.periods", f"Expected {period_count} periods, got {len(plan.cars)}."
    for index, row in enumerate(plan.cars):
        if len(row) != area.sector_count or min(row) < 0:
            expected = f"{area.sector_count} numbers of at least 0, one per sector"
            yield f"standing_plan.periods[{index}].cars", f"Expected {expected}, got {list(row)}."
