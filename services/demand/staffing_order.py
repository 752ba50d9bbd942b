"""What is asked for when crews are planned, and what can be wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite

from services.demand.demand_order import MOST_CARS
from services.demand.history import HistoryWindow
from services.demand.optimiser.objective import Objective
from services.demand.roster.crews import DAY_MINUTES, STEP_MINUTES, CrewRules
from services.demand.simulator.rules import DEFAULT_RULES, DispatchRules

MOST_VARIED = 20


@dataclass(frozen=True)
class CrewShift:
    """Crews that begin together: local minute of the day, how long they work, how many."""

    start_minute: int
    minutes: int
    cars: int


@dataclass(frozen=True)
class StaffingOrder:
    """What is asked for; the fields are those of `PlanStaffingRequest`, with its defaults filled in."""

    area_artifact: str
    training_calls_artifact: str
    validation_calls_artifact: str
    span_start_minute: int
    shifts: tuple[CrewShift, ...]
    fixed_shifts: tuple[CrewShift, ...]
    lengths_minutes: tuple[int, ...]
    earliest_start_minute: int
    latest_start_minute: int
    most_kinds: int
    history: HistoryWindow
    seed: int
    time_limit_seconds: float
    vary_crews: int = 0
    most_failure_rate: float = 0.0
    rules: DispatchRules = DEFAULT_RULES
    objective: Objective = field(default_factory=Objective)

    @property
    def crew_rules(self) -> CrewRules:
        """The rules of rosters; fixed crews come first in every roster."""
        lengths = self.lengths_minutes or tuple(sorted({shift.minutes for shift in self.shifts}))
        fixed = sum(shift.cars for shift in self.fixed_shifts)
        return CrewRules(lengths, self.earliest_start_minute, self.latest_start_minute, self.most_kinds, fixed)


def find_staffing_faults(order: StaffingOrder) -> Iterator[tuple[str, str]]:
    """Yield the fields at fault, each with what is allowed."""
    if order.validation_calls_artifact == order.training_calls_artifact:
        yield "validation_calls_artifact", "Expected other calls than the training calls."
    if not order.shifts:
        yield "shifts", "Expected at least 1 shift, got none."
    for name in ("shifts", "fixed_shifts"):
        for index, shift in enumerate(getattr(order, name)):
            yield from _find_shift_faults(f"{name}[{index}]", shift)
    if sum(shift.cars for shift in (*order.shifts, *order.fixed_shifts)) > MOST_CARS:
        yield "shifts", f"Expected at most {MOST_CARS} crews in all."
    allowed = range(STEP_MINUTES, DAY_MINUTES + 1, STEP_MINUTES)
    for index, minutes in enumerate(order.lengths_minutes):
        if minutes not in allowed:
            yield f"crew_rules.lengths_minutes[{index}]", f"Expected 30 to {DAY_MINUTES} in steps of 30, got {minutes}."
    for name in ("earliest_start", "latest_start"):
        if getattr(order, f"{name}_minute") % STEP_MINUTES:
            yield f"crew_rules.{name}", "Expected a time on the full or half hour."
    if order.span_start_minute % STEP_MINUTES:
        yield "span_start", "Expected a time on the full or half hour."
    if order.most_kinds < 0:
        yield "crew_rules.most_kinds", f"Expected at least 0, got {order.most_kinds}."
    if not 0 <= order.vary_crews <= MOST_VARIED:
        yield "vary_crews", f"Expected 0 to {MOST_VARIED}, got {order.vary_crews}."
    if not 0 <= order.most_failure_rate < 1:
        yield "most_failure_rate", f"Expected a share of at least 0 and below 1, got {order.most_failure_rate:g}."
    if not (isfinite(order.time_limit_seconds) and order.time_limit_seconds > 0):
        yield "time_limit_seconds", f"Expected more than 0 seconds, got {order.time_limit_seconds}."
    if order.seed < 0:
        yield "seed", f"Expected a seed of at least 0, got {order.seed}."


def _find_shift_faults(path: str, shift: CrewShift) -> Iterator[tuple[str, str]]:
    if shift.start_minute % STEP_MINUTES:
        yield f"{path}.start", "Expected a time on the full or half hour."
    if shift.minutes not in range(STEP_MINUTES, DAY_MINUTES + 1, STEP_MINUTES):
        yield f"{path}.minutes", f"Expected 30 to {DAY_MINUTES} in steps of 30, got {shift.minutes}."
    if not 1 <= shift.cars <= MOST_CARS:
        yield f"{path}.cars", f"Expected 1 to {MOST_CARS} cars, got {shift.cars}."
