"""Answers of earlier commands, read back from the JSON files that they wrote."""

from pathlib import Path

from google.protobuf.json_format import Parse, ParseError

from officers.area.v1.area_pb2 import Area
from officers.demand.v1.demand_pb2 import DemandPlan, OptimizeResponse, PlanStaffingResponse
from serving.errors import InvalidArgument


def read_text(file: Path, option: str) -> str:
    """Read a text file. Raises InvalidArgument that names `option`."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidArgument(option, f"Expected a text file that can be read: {file}: {error}.") from error


def read_demand_plan(file: Path, option: str) -> DemandPlan:
    """Read the chosen plan of an answer that `officers demand optimize --out` wrote. Raises InvalidArgument."""
    try:
        plan = Parse(read_text(file, option), OptimizeResponse(), ignore_unknown_fields=True).plan
    except ParseError as error:
        raise _expected("what `officers demand optimize --out` writes", file, option, error) from error
    whole = plan.periods and plan.sector_ids and plan.period_minutes > 0
    if not whole or any(len(period.cars) != len(plan.sector_ids) for period in plan.periods):
        raise _expected("what `officers demand optimize --out` writes", file, option, "it holds no plan")
    return plan


def read_roster_answer(file: Path, option: str) -> PlanStaffingResponse:
    """Read an answer that `officers demand staffing --out` wrote. Raises InvalidArgument."""
    try:
        answer = Parse(read_text(file, option), PlanStaffingResponse(), ignore_unknown_fields=True)
    except ParseError as error:
        raise _expected("what `officers demand staffing --out` writes", file, option, error) from error
    if not answer.planned.shifts:
        raise _expected("what `officers demand staffing --out` writes", file, option, "it holds no roster")
    return answer


def require_same_sectors(plan: DemandPlan, area: Area, file: Path, option: str) -> None:
    """Raise InvalidArgument unless a plan is for the sectors of an area."""
    if list(plan.sector_ids) != [sector.id for sector in area.sectors]:
        raise InvalidArgument(option, f"Expected a plan for the sectors of {area.name}, {file} is for others.")


def _expected(what: str, file: Path, option: str, error: object) -> InvalidArgument:
    return InvalidArgument(option, f"Expected {what}, found something else in {file}: {str(error).rstrip('.')}.")
