"""Between the contract and rosters of crews."""

from collections.abc import Iterable

import numpy as np

from officers.demand.v1 import demand_pb2
from services.demand.convert import (
    DEFAULT_TIME_LIMIT_SECONDS,
    from_interval,
    to_artifact,
    to_history,
    to_minute_of_day,
    to_objective,
    to_rules,
)
from services.demand.plan_staffing import StaffingAnswer
from services.demand.roster.crews import DAY_MINUTES, STEP_MINUTES
from services.demand.roster.curve import RatedRoster
from services.demand.staffing_order import CrewShift, StaffingOrder


def to_staffing_order(request: demand_pb2.PlanStaffingRequest) -> StaffingOrder:
    """Read a request, with defaults. Raises InvalidArgument for what cannot be read."""
    rules = request.crew_rules
    latest = DAY_MINUTES - STEP_MINUTES
    return StaffingOrder(
        area_artifact=to_artifact(request.area_artifact, "area_artifact"),
        training_calls_artifact=to_artifact(request.training_calls_artifact, "training_calls_artifact"),
        validation_calls_artifact=to_artifact(request.validation_calls_artifact, "validation_calls_artifact"),
        span_start_minute=to_minute_of_day(request.span_start, "span_start"),
        shifts=_to_shifts(request.shifts, "shifts"),
        fixed_shifts=_to_shifts(request.fixed_shifts, "fixed_shifts"),
        lengths_minutes=tuple(rules.lengths_minutes),
        earliest_start_minute=_minute(rules.earliest_start, "crew_rules.earliest_start", 0),
        latest_start_minute=_minute(rules.latest_start, "crew_rules.latest_start", latest),
        most_kinds=rules.most_kinds,
        history=to_history(request.history_until_date, "", DAY_MINUTES),
        seed=request.seed,
        time_limit_seconds=request.time_limit_seconds or DEFAULT_TIME_LIMIT_SECONDS,
        vary_crews=request.vary_crews,
        most_failure_rate=request.most_failure_rate,
        rules=to_rules(request.rules),
        objective=to_objective(request.objective),
    )


def _to_shifts(messages: Iterable[demand_pb2.CrewShift], field: str) -> tuple[CrewShift, ...]:
    return tuple(
        CrewShift(to_minute_of_day(message.start, f"{field}[{index}].start"), message.minutes, message.cars)
        for index, message in enumerate(messages)
    )


def _minute(text: str, field: str, otherwise: int) -> int:
    return to_minute_of_day(text, field) if text else otherwise


def from_staffing_answer(answer: StaffingAnswer) -> demand_pb2.PlanStaffingResponse:
    """Write rosters, their results and the curve."""
    count = len(answer.sector_ids)
    return demand_pb2.PlanStaffingResponse(
        present=_from_roster(answer.present, count),
        planned=_from_roster(answer.planned, count),
        failures_change=from_interval(answer.failures_change),
        curve=[_from_roster(point, count) for point in answer.curve],
        crews_needed=answer.crews_needed,
        wall_seconds=answer.wall_seconds,
        notes=answer.notes,
    )


def parse_staffing_response(content: bytes) -> demand_pb2.PlanStaffingResponse:
    """Read a response that was stored."""
    return demand_pb2.PlanStaffingResponse.FromString(content)


def _from_roster(rated: RatedRoster, sector_count: int) -> demand_pb2.Roster:
    roster = rated.roster
    shifts = []
    for start, minutes in roster.kinds.tolist():
        crews = (roster.start_minutes == start) & (roster.minutes == minutes)
        sector_cars = np.bincount(roster.sectors[crews], minlength=sector_count)
        shifts.append(
            demand_pb2.CrewShift(
                start=f"{start // 60:02d}:{start % 60:02d}",
                minutes=minutes,
                cars=int(crews.sum()),
                sector_cars=sector_cars.tolist(),
            )
        )
    mean_response_minutes = rated.score.mean_response_minutes
    return demand_pb2.Roster(
        shifts=shifts,
        crews=roster.crew_count,
        car_hours=roster.car_hours,
        failure_rate=from_interval(rated.failure_rate),
        mean_response_minutes=mean_response_minutes if np.isfinite(mean_response_minutes) else None,
        on_duty_cars=roster.on_duty.sum(axis=1).tolist(),
    )
