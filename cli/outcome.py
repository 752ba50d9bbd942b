"""What a demonstration run ends with: the area, the model, and for every shift the plan and its replay."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from officers.area.v1.area_pb2 import Area
from officers.demand.v1.demand_pb2 import SimulationResult
from officers.gateway.v1.gateway_pb2 import AreaRecord, Plan
from officers.predictor.v1.predictor_pb2 import Model


@dataclass(frozen=True)
class RecordedCall:
    """One call that really happened during a planned shift."""

    minute: float
    latitude: float
    longitude: float
    type: str
    sector_index: int


@dataclass(frozen=True)
class Replay:
    """The recorded calls of a shift and what they would have met under each deployment.

    `results` are in the order plan, one per sector, proportional.
    """

    calls: tuple[RecordedCall, ...]
    results: tuple[SimulationResult, ...]


@dataclass(frozen=True)
class ShiftOutcome:
    """One shift: its plan, complete with result, and the replay of its recorded calls."""

    plan: Plan
    replay: Replay


@dataclass(frozen=True)
class Outcome:
    """Everything the output files and the report are made from."""

    record: AreaRecord
    model: Model
    shifts: tuple[ShiftOutcome, ...]

    @property
    def area(self) -> Area:
        """The area's snapshot."""
        return self.record.area

    @property
    def time_zone(self) -> ZoneInfo:
        """The area's time zone."""
        return ZoneInfo(self.area.time_zone)


def local_start(plan: Plan, time_zone: ZoneInfo) -> datetime:
    """Start of the plan's shift on the area's clock."""
    return plan.start_time.ToDatetime(tzinfo=ZoneInfo("UTC")).astimezone(time_zone)


def local_end(plan: Plan, time_zone: ZoneInfo) -> datetime:
    """End of the plan's shift on the area's clock."""
    return plan.end_time.ToDatetime(tzinfo=ZoneInfo("UTC")).astimezone(time_zone)


def period_starts(plan: Plan, time_zone: ZoneInfo) -> list[datetime]:
    """Starts of the schedule's periods on the area's clock, also across a change of the clock."""
    start_utc = plan.start_time.ToDatetime(tzinfo=ZoneInfo("UTC"))
    problem = plan.result.schedule_problem
    step = timedelta(minutes=problem.period_minutes)
    return [(start_utc + step * index).astimezone(time_zone) for index in range(len(problem.demand))]
