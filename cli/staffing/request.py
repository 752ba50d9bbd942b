"""From options to the request for a roster."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cli.area_session import AreaSession, ShiftSpan
from officers.area.v1.area_pb2 import Area
from officers.demand.v1.demand_pb2 import CrewRules, CrewShift, DispatchRules, Objective, PlanStaffingRequest
from serving.errors import InvalidArgument

OPTIONS: Mapping[str, str] = {
    "shifts": "--shift",
    "fixed_shifts": "--fixed",
    "crew_rules.lengths_minutes": "--length",
    "crew_rules.earliest_start": "--earliest",
    "crew_rules.latest_start": "--latest",
    "crew_rules.most_kinds": "--most-starts",
    "crew_rules": "--length, --earliest, --latest, --most-starts",
    "vary_crews": "--vary-crews",
    "most_failure_rate": "--service-level",
    "time_limit_seconds": "--time-limit",
    "rules.patience_minutes": "--patience",
    "rules.territory": "--territory",
    "objective": "--robust",
}
"""Options by field of the request."""


@dataclass(frozen=True)
class StaffingOptions:
    """What rosters keep, and how they are judged.

    Parameters
    ----------
    shifts
        The crews as they are; empty: the area's shifts.
    fixed
        Crews beside them whose hours stay.
    vary_crews
        Crews fewer and more to tell failures for.
    service_level
        Share of the calls that are to be answered within target; None: not asked for.
    """

    shifts: tuple[CrewShift, ...] = ()
    fixed: tuple[CrewShift, ...] = ()
    crew_rules: CrewRules = field(default_factory=CrewRules)
    vary_crews: int = 0
    service_level: float | None = None
    rules: DispatchRules = field(default_factory=DispatchRules)
    objective: Objective = field(default_factory=Objective)
    time_limit_seconds: float = 60.0


def staffing_request(
    session: AreaSession, span: ShiftSpan, calls: tuple[str, str], options: StaffingOptions, seed: int
) -> PlanStaffingRequest:
    """Ask for a roster; `calls` are the artifacts of training and validation scenarios. Raises InvalidArgument."""
    return PlanStaffingRequest(
        area_artifact=session.area_artifact,
        training_calls_artifact=calls[0],
        validation_calls_artifact=calls[1],
        span_start=span.local_start,
        shifts=present_shifts(session.area, options.shifts),
        fixed_shifts=options.fixed,
        crew_rules=options.crew_rules,
        rules=options.rules,
        objective=options.objective,
        vary_crews=options.vary_crews,
        most_failure_rate=0.0 if options.service_level is None else round(1.0 - options.service_level, 9),
        history_until_date=span.day,
        seed=seed,
        time_limit_seconds=options.time_limit_seconds,
    )


def present_shifts(area: Area, shifts: tuple[CrewShift, ...]) -> list[CrewShift]:
    """Return the crews as they are: those given, else the area's shifts. Raises InvalidArgument without any."""
    found = list(shifts) or [
        CrewShift(start=shift.start, minutes=round(60 * shift.hours), cars=shift.cars) for shift in area.shifts
    ]
    if not found:
        raise InvalidArgument("--shift", "Expected at least one, since area.toml has no shifts.")
    return found
