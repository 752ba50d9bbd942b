"""Checks a request for a plan against its area and fills in the defaults."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from uuid import UUID

from google.protobuf import json_format
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.plan_options import Violation, fill_defaults, find_violations
from gateway.records import NewPlan
from gateway.shift_times import FIRST_YEAR, LAST_YEAR, Span, local_date, parse_date, shift_span
from gateway.staffing import check_car_number, read_staffing, shift_minutes
from officers.area.v1.area_pb2 import Area, Shift
from officers.demand.v1.demand_pb2 import TERRITORY_ADJACENT_FIRST, TERRITORY_ADJACENT_ONLY
from officers.gateway.v1.gateway_pb2 import CreatePlanRequest, PlanOptions, Staffing
from serving.artifacts import request_key
from serving.errors import InvalidArgument


def check_request_id(request_id: str) -> str:
    """Return the id in canonical form; empty stays empty. Raises InvalidArgument where it is no UUID."""
    if not request_id:
        return ""
    try:
        return str(UUID(request_id))
    except ValueError:
        raise InvalidArgument("request_id", f"Expected a UUID or nothing, got {request_id!r}.") from None


def with_canonical_id(request: CreatePlanRequest) -> CreatePlanRequest:
    """Return the request with its id in canonical form. Raises InvalidArgument where it is no UUID."""
    canonical = CreatePlanRequest()
    canonical.CopyFrom(request)
    canonical.request_id = check_request_id(request.request_id)
    return canonical


def make_order(request: CreatePlanRequest, area_id: str, area_artifact: str, area: Area) -> NewPlan:
    """Return the checked order of a plan.

    Raises
    ------
    InvalidArgument
        Something is wrong with the request; every fault is named.
    """
    shift = next((shift for shift in area.shifts if shift.name == request.shift), None)
    day = parse_date(request.date)
    options = fill_defaults(request.options)
    staffing, faults = _read_staffing(request.staffing, area, shift, options)
    violations = [*_check_when(request, area, shift, day), *faults, *_check_territory(options, area)]
    violations += find_violations(options, shift_minutes(shift) if shift else 0)
    if violations or shift is None or day is None:
        raise InvalidArgument.of(violations)
    span = shift_span(day, shift.start, shift.hours, area.time_zone)
    as_of_time = _as_of_time(request, span)
    identified = with_canonical_id(request)
    return NewPlan(
        area_id=area_id,
        area_artifact=area_artifact,
        shift=shift.name,
        shift_start=shift.start,
        start_time=span.start_time,
        end_time=span.end_time,
        as_of_time=as_of_time,
        history_until_date=local_date(as_of_time, area.time_zone),
        cars=staffing.cars,
        staffing=message_to_text(staffing),
        standing_plan_id="",
        options=message_to_text(options),
        request_id=identified.request_id,
        request_key=request_key(identified),
    )


def message_to_text(message: PlanOptions | Staffing) -> str:
    """Return options or a staffing as the database keeps them: proto3 JSON."""
    return json_format.MessageToJson(message, indent=None)


def options_from_text(text: str) -> PlanOptions:
    """Return the options that the database keeps; fields of a newer version are passed over."""
    return json_format.Parse(text, PlanOptions(), ignore_unknown_fields=True)


def staffing_from_text(text: str) -> Staffing:
    """Return the staffing that the database keeps; fields of a newer version are passed over."""
    return json_format.Parse(text, Staffing(), ignore_unknown_fields=True)


def _check_when(request: CreatePlanRequest, area: Area, shift: Shift | None, day: date | None) -> Iterator[Violation]:
    if shift is None:
        names = ", ".join(shift.name for shift in area.shifts) or "none: the area has no shifts"
        yield "shift", f"Expected one of the area's shifts ({names}), got {request.shift!r}."
    if day is None:
        yield "date", f"Expected a day such as 2014-12-31, got {request.date!r}."
    if request.HasField("as_of_time") and not _is_valid_time(request.as_of_time):
        yield "as_of_time", f"Expected a time of the years {FIRST_YEAR} to {LAST_YEAR}."
    elif shift is not None and day is not None:
        span = shift_span(day, shift.start, shift.hours, area.time_zone)
        if _as_of_time(request, span) > span.start_time:
            yield "as_of_time", f"Expected at most the shift's start ({span.start_time.isoformat()})."


def _read_staffing(
    given: Staffing, area: Area, shift: Shift | None, options: PlanOptions
) -> tuple[Staffing, Sequence[Violation]]:
    if shift is None:
        return given, list(check_car_number(given.cars, smallest=0))
    return read_staffing(given, area, shift, options)


def _check_territory(options: PlanOptions, area: Area) -> Iterator[Violation]:
    """Check that the area says which sectors are next to each other where the rules need to know."""
    needed = options.rules.territory in (TERRITORY_ADJACENT_FIRST, TERRITORY_ADJACENT_ONLY)
    if needed and len(area.sectors) > 1 and not any(sector.adjacent_sector_ids for sector in area.sectors):
        allowed = "Expected TERRITORY_WHOLE_AREA: the area was imported before neighbours of sectors were known"
        yield "options.rules.territory", f"{allowed}; import it anew."


def _as_of_time(request: CreatePlanRequest, span: Span) -> datetime:
    return request.as_of_time.ToDatetime(UTC) if request.HasField("as_of_time") else span.start_time


def _is_valid_time(time: Timestamp) -> bool:
    try:
        instant = time.ToDatetime(UTC)
    except (ValueError, OverflowError):
        return False
    return FIRST_YEAR <= instant.year <= LAST_YEAR
