"""What the database keeps, as immutable values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PlanState(StrEnum):
    """Where a plan stands; the values are the suffixes of ``officers.gateway.v1.PlanState``."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    READY_FOR_REVIEW = "READY_FOR_REVIEW"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_finished(self) -> bool:
        """True once no more work is done for the plan."""
        return self not in UNFINISHED_STATES

    @property
    def words(self) -> str:
        """The state for people, such as "ready for review"."""
        return self.lower().replace("_", " ")


UNFINISHED_STATES = (PlanState.PENDING, PlanState.RUNNING)


class StepState(StrEnum):
    """Where a step stands; the values are the suffixes of ``officers.gateway.v1.StepState``."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True)
class AreaSnapshot:
    """One import of an area; `import_report` is the JSON of ``officers.predictor.v1.ImportReport``."""

    area_id: str
    area_artifact: str
    source_artifact: str
    import_report: str
    import_time: datetime


@dataclass(frozen=True)
class FailureRecord:
    """Why a plan failed; `violations` are (field, description) pairs."""

    code: str
    reason: str
    message: str
    violations: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class StepRecord:
    """One step of a plan."""

    name: str
    state: StepState = StepState.PENDING
    start_time: datetime | None = None
    end_time: datetime | None = None
    result_artifact: str = ""
    attempt_count: int = 0


@dataclass(frozen=True)
class DecisionRecord:
    """A supervisor's decision; `verdict` is APPROVED or REJECTED."""

    verdict: PlanState
    decided_by: str
    decide_time: datetime
    note: str


@dataclass(frozen=True)
class NewPlan:
    """A checked request for a plan, defaults filled in.

    `options` is the JSON of ``officers.gateway.v1.PlanOptions``, `staffing` that of ``Staffing``; its `cars`, the most
    on duty at once, are a column of their own. `standing_plan_id` is the plan whose demand this one starts from
    besides; empty: none. `request_key` is the hash of the whole request.
    """

    area_id: str
    area_artifact: str
    shift: str
    shift_start: str
    start_time: datetime
    end_time: datetime
    as_of_time: datetime
    history_until_date: str
    cars: int
    staffing: str
    standing_plan_id: str
    options: str
    request_id: str
    request_key: str


@dataclass(frozen=True)
class PlanRecord:
    """A plan as the database keeps it; its result is an artifact."""

    plan_id: str
    order: NewPlan
    state: PlanState
    fraction: float
    message: str
    failure: FailureRecord | None
    result_artifact: str
    create_time: datetime
    update_time: datetime
    steps: tuple[StepRecord, ...]
    decision: DecisionRecord | None

    @property
    def name(self) -> str:
        """The resource name."""
        return f"areas/{self.order.area_id}/plans/{self.plan_id}"


@dataclass(frozen=True)
class EventRecord:
    """Something that happened to a plan; `sequence` counts from 1 within the plan."""

    sequence: int
    time: datetime
    state: PlanState
    fraction: float
    message: str
    step: StepRecord | None
