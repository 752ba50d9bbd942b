"""The tables of the database. Results are artifacts; the tables hold their hashes."""

from datetime import UTC, datetime

from sqlalchemy import (
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)


class UtcTime(TypeDecorator[datetime]):
    """An instant, stored in UTC; SQLite keeps no offset, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Convert to UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the offset back."""
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


METADATA = MetaData()

AREAS = Table(
    "areas",
    METADATA,
    Column("area_id", String(63), primary_key=True),
    Column("snapshot_number", Integer, nullable=False),
)

AREA_SNAPSHOTS = Table(
    "area_snapshots",
    METADATA,
    Column("area_id", String(63), ForeignKey("areas.area_id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("area_artifact", String(64), nullable=False),
    Column("source_artifact", String(64), nullable=False),
    Column("import_report", Text, nullable=False),
    Column("import_time", UtcTime, nullable=False),
)

PLANS = Table(
    "plans",
    METADATA,
    Column("plan_id", String(63), primary_key=True),
    Column("area_id", String(63), ForeignKey("areas.area_id"), nullable=False),
    Column("area_artifact", String(64), nullable=False),
    Column("shift", Text, nullable=False),
    Column("shift_start", String(5), nullable=False),
    Column("start_time", UtcTime, nullable=False),
    Column("end_time", UtcTime, nullable=False),
    Column("as_of_time", UtcTime, nullable=False),
    Column("history_until_date", String(10), nullable=False),
    Column("cars", Integer, nullable=False),
    Column("staffing", Text, nullable=False),
    Column("standing_plan_id", String(63), nullable=False),
    Column("options", Text, nullable=False),
    Column("request_id", String(36), unique=True),
    Column("request_key", String(64), nullable=False),
    Column("state", String(20), nullable=False),
    Column("fraction", Float, nullable=False),
    Column("message", Text, nullable=False),
    Column("failure", Text),
    Column("result_artifact", String(64), nullable=False),
    Column("last_sequence", Integer, nullable=False),
    Column("create_time", UtcTime, nullable=False),
    Column("update_time", UtcTime, nullable=False),
    Index("plans_by_area", "area_id", "create_time", "plan_id"),
    Index("plans_by_span", "area_id", "state", "start_time", "end_time"),
)

PLAN_STEPS = Table(
    "plan_steps",
    METADATA,
    Column("plan_id", String(63), ForeignKey("plans.plan_id"), primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("start_time", UtcTime),
    Column("end_time", UtcTime),
    Column("result_artifact", String(64), nullable=False),
    Column("attempt_count", Integer, nullable=False),
)

PLAN_EVENTS = Table(
    "plan_events",
    METADATA,
    Column("plan_id", String(63), ForeignKey("plans.plan_id"), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("time", UtcTime, nullable=False),
    Column("state", String(20), nullable=False),
    Column("fraction", Float, nullable=False),
    Column("message", Text, nullable=False),
    Column("step_name", String(40)),
    Column("step_state", String(20)),
    Column("step_start_time", UtcTime),
    Column("step_end_time", UtcTime),
    Column("step_result_artifact", String(64)),
    Column("step_attempt_count", Integer),
    ForeignKeyConstraint(["plan_id", "step_name"], ["plan_steps.plan_id", "plan_steps.name"]),
)

DECISIONS = Table(
    "decisions",
    METADATA,
    Column("decision_id", Integer, primary_key=True, autoincrement=True),
    Column("plan_id", String(63), ForeignKey("plans.plan_id"), nullable=False, unique=True),
    Column("verdict", String(20), nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decide_time", UtcTime, nullable=False),
    Column("note", Text, nullable=False),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("entry_id", Integer, primary_key=True, autoincrement=True),
    Column("time", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", String(40), nullable=False),
    Column("resource", Text, nullable=False),
    Column("detail", Text, nullable=False),
)
