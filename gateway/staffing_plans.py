"""When crews should begin: scenarios of some days from the predictor, then a roster from the demand service."""

import asyncio
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

import grpc

from gateway.areas import Areas
from gateway.convert import to_instant
from gateway.plan_options import Violation
from gateway.seeds import derive_seed
from gateway.services import Services
from gateway.shift_times import local_date, parse_date, shift_span
from officers.area.v1.area_pb2 import Area
from officers.demand.v1 import demand_pb2 as demand
from officers.gateway.v1.gateway_pb2 import PlanStaffingRequest, PlanStaffingResponse
from officers.predictor.v1.predictor_pb2 import CallSet, SampleScenariosRequest
from serving.errors import InvalidArgument
from serving.status import from_rpc_error

SAMPLING_TIMEOUT_SECONDS = 300.0
SLACK_SECONDS = 120.0
"""Time allowed beyond the search's own limit: reading scenarios and travel, compiling, rating rosters."""

DAYS = range(2, 8)
DEFAULT_DAYS = 7
DEFAULT_TIME_LIMIT_SECONDS = 60.0
LONGEST_SECONDS = 3600
MIDNIGHT = "00:00"
COUNTS = {"training_scenario_count": 20, "validation_scenario_count": 40}
MOST_SCENARIOS = 10_000

T = TypeVar("T")


@dataclass(frozen=True)
class StaffingPlans:
    """Plans rosters; nothing is changed or kept."""

    areas: Areas
    services: Services

    async def plan(self, area_id: str, request: PlanStaffingRequest) -> PlanStaffingResponse:
        """Return the crews as they are and as they should be.

        Raises
        ------
        InvalidArgument
            Something is wrong with the request; faults are named.
        NotFound
            There is no such area or model.
        FailedPrecondition
            There is no trained model, the area has teams, or the rules need to know which sectors are next to each
            other.
        Unavailable, ResourceExhausted
            A service is away or busy.
        """
        snapshot, area = await asyncio.to_thread(self.areas.get, area_id)
        days = _Days.read(request, area)
        training = await self._sample(request, snapshot.area_artifact, days, "training", request.model)
        validation = await self._sample(request, snapshot.area_artifact, days, "validation", training.model)
        asked = _roster_request(request, area)
        asked.area_artifact = snapshot.area_artifact
        asked.training_calls_artifact, asked.validation_calls_artifact = training.artifact, validation.artifact
        asked.history_until_date = local_date(days.as_of_time, area.time_zone)
        timeout_seconds = asked.time_limit_seconds + SLACK_SECONDS
        planned = await _answer(self.services.demand.PlanStaffing(asked, timeout=timeout_seconds), "demand")
        return PlanStaffingResponse(model=training.model, staffing=planned)

    async def _sample(
        self, request: PlanStaffingRequest, area_artifact: str, days: "_Days", purpose: str, model: str
    ) -> CallSet:
        field = f"{purpose}_scenario_count"
        asked = SampleScenariosRequest(
            area_artifact=area_artifact,
            model=model,
            minutes=days.minutes,
            scenario_count=getattr(request, field) or COUNTS[field],
            seed=derive_seed(request.seed, f"staffing/{purpose}"),
        )
        asked.start_time.FromDatetime(days.start_time)
        asked.as_of_time.FromDatetime(days.as_of_time)
        sampled = self.services.predictor.SampleScenarios(asked, timeout=SAMPLING_TIMEOUT_SECONDS)
        return (await _answer(sampled, "predictor")).call_set


@dataclass(frozen=True)
class _Days:
    """The days whose calls are expected."""

    start_time: datetime
    minutes: int
    as_of_time: datetime

    @classmethod
    def read(cls, request: PlanStaffingRequest, area: Area) -> "_Days":
        """Return the days of a checked request. Raises InvalidArgument."""
        day = parse_date(request.date)
        faults = list(_find_faults(request, day))
        if faults or day is None:
            raise InvalidArgument.of(faults)
        span = shift_span(day, MIDNIGHT, 24 * (request.days or DEFAULT_DAYS), area.time_zone)
        has_time = request.HasField("as_of_time")
        as_of_time = to_instant(request.as_of_time, "as_of_time") if has_time else span.start_time
        if as_of_time > span.start_time:
            allowed = f"Expected at most the start of the first day ({span.start_time.isoformat()})"
            raise InvalidArgument("as_of_time", f"{allowed}, got {as_of_time.isoformat()}.")
        return cls(span.start_time, span.minutes, as_of_time)


def _find_faults(request: PlanStaffingRequest, day: date | None) -> Iterator[Violation]:
    """Yield what is wrong with what the services are not asked under the same name."""
    if day is None:
        yield "date", f"Expected a day such as 2014-12-31, got {request.date!r}."
    if request.days and request.days not in DAYS:
        yield "days", f"Expected {DAYS[0]} to {DAYS[-1]} (0: {DEFAULT_DAYS}), got {request.days}."
    for field, default in COUNTS.items():
        if not 0 <= getattr(request, field) <= MOST_SCENARIOS:
            yield field, f"Expected 1 to {MOST_SCENARIOS} (0: {default}), got {getattr(request, field)}."
    seconds = request.time_limit_seconds
    if not 0 <= seconds <= LONGEST_SECONDS:
        allowed = f"Expected up to {LONGEST_SECONDS} (0: {DEFAULT_TIME_LIMIT_SECONDS:g})"
        yield "time_limit_seconds", f"{allowed}, got {seconds:g}."
    if request.seed < 0:
        yield "seed", f"Expected at least 0, got {request.seed}."


def _roster_request(request: PlanStaffingRequest, area: Area) -> demand.PlanStaffingRequest:
    """Return what demand is asked, apart from the artifacts."""
    present = [
        demand.CrewShift(start=shift.start, minutes=round(60 * shift.hours), cars=shift.cars) for shift in area.shifts
    ]
    return demand.PlanStaffingRequest(
        span_start=MIDNIGHT,
        shifts=request.shifts or present,
        fixed_shifts=request.fixed_shifts,
        crew_rules=request.crew_rules,
        rules=request.rules,
        objective=request.objective,
        vary_crews=request.vary_crews,
        most_failure_rate=request.most_failure_rate,
        seed=derive_seed(request.seed, "staffing"),
        time_limit_seconds=request.time_limit_seconds or DEFAULT_TIME_LIMIT_SECONDS,
    )


async def _answer(call: Awaitable[T], callee: str) -> T:
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        raise from_rpc_error(error, callee) from error
