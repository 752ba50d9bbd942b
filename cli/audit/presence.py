"""Presence by sector: car hours that a plan allocates, and the calls that the model predicts for the same shifts."""

import json
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from google.protobuf.json_format import ParseDict, ParseError
from numpy.typing import NDArray

from cli.area_session import AreaSession, ShiftSpan
from officers.area.v1.area_pb2 import Area
from officers.demand.v1.demand_pb2 import DemandPlan
from officers.gateway.v1.gateway_pb2 import Plan
from officers.predictor.v1 import predictor_pb2 as predictor
from serving.errors import InvalidArgument

MINUTES_PER_HOUR = 60


def read_plans(file: Path) -> list[Plan]:
    """Read the plans of a plan.json. Raises InvalidArgument where it is none, or a plan has no schedule."""
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))["plans"]
        plans = [ParseDict(entry, Plan(), ignore_unknown_fields=True) for entry in entries]
    except (OSError, ValueError, TypeError, KeyError, ParseError) as error:
        raise InvalidArgument(
            "--plan", f'Expected {{"plans": [...]}} as the demo writes it in {file}: {error!r}.'
        ) from error
    if not plans or not all(plan.result.schedule.assignments for plan in plans):
        raise InvalidArgument("--plan", f"Expected finished plans with a schedule in {file}.")
    return plans


def plan_span(plan: Plan, area: Area) -> ShiftSpan:
    """Return the shift of a plan."""
    local = plan.start_time.ToDatetime(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(area.time_zone))
    minutes = round((plan.end_time.ToNanoseconds() - plan.start_time.ToNanoseconds()) / 60e9)
    day = local.date().isoformat()
    start = f"{local:%H:%M}"
    return ShiftSpan(day, plan.start_time, minutes, start, plan.staffing.cars, f"{day} {plan.shift}")


def scheduled_hours(plan: Plan, area: Area) -> NDArray[np.float64]:
    """Return car hours by sector of a plan's schedule, shape (n_sectors,)."""
    positions = {sector.id: position for position, sector in enumerate(area.sectors)}
    period_hours = plan.result.schedule_problem.period_minutes / MINUTES_PER_HOUR
    hours = np.zeros(len(positions))
    for assignment in plan.result.schedule.assignments:
        for sector in filter(None, assignment.sectors):
            if sector not in positions:
                raise InvalidArgument("--plan", f"Expected a plan of this area; it has no sector {sector!r}.")
            hours[positions[sector]] += period_hours
    return hours


def demanded_hours(plan: DemandPlan) -> NDArray[np.float64]:
    """Return car hours by sector of a demand plan, shape (n_sectors,)."""
    cars = np.array([period.cars for period in plan.periods], dtype=np.float64)
    hours: NDArray[np.float64] = cars.sum(axis=0) * plan.period_minutes / MINUTES_PER_HOUR
    return hours


def predicted_calls(session: AreaSession, call_set: predictor.CallSet) -> NDArray[np.int64]:
    """Count the calls of every scenario by sector, shape (n_scenarios, n_sectors)."""
    counts = np.zeros((call_set.scenario_count, len(session.area.sectors)), dtype=np.int64)
    request = predictor.StreamCallsRequest(artifact=call_set.artifact)
    for chunk in session.clients.predictor.StreamCalls(request):
        np.add.at(counts, (np.asarray(chunk.scenarios), np.asarray(chunk.sector_indices)), 1)
    return counts


def shift_hours(spans: Sequence[ShiftSpan]) -> tuple[tuple[str, int], ...]:
    """Return local start and length of the shifts, each once."""
    return tuple(dict.fromkeys((span.local_start, span.minutes) for span in spans))
