"""Areas, plans, their steps and events, decisions, audit."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    _create_areas()
    _create_plans()
    _create_plan_parts()
    _create_decisions()


def downgrade() -> None:
    """Drop the tables."""
    for table in ("audit", "decisions", "plan_events", "plan_steps", "plans", "area_snapshots", "areas"):
        op.drop_table(table)


def _create_areas() -> None:
    op.create_table(
        "areas",
        sa.Column("area_id", sa.String(63), primary_key=True),
        sa.Column("snapshot_number", sa.Integer, nullable=False),
    )
    op.create_table(
        "area_snapshots",
        sa.Column("area_id", sa.String(63), sa.ForeignKey("areas.area_id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("area_artifact", sa.String(64), nullable=False),
        sa.Column("source_artifact", sa.String(64), nullable=False),
        sa.Column("import_report", sa.Text, nullable=False),
        sa.Column("import_time", TIME, nullable=False),
    )


def _create_plans() -> None:
    op.create_table(
        "plans",
        sa.Column("plan_id", sa.String(63), primary_key=True),
        sa.Column("area_id", sa.String(63), sa.ForeignKey("areas.area_id"), nullable=False),
        sa.Column("area_artifact", sa.String(64), nullable=False),
        sa.Column("shift", sa.Text, nullable=False),
        sa.Column("shift_start", sa.String(5), nullable=False),
        sa.Column("start_time", TIME, nullable=False),
        sa.Column("end_time", TIME, nullable=False),
        sa.Column("as_of_time", TIME, nullable=False),
        sa.Column("history_until_date", sa.String(10), nullable=False),
        sa.Column("cars", sa.Integer, nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("request_id", sa.String(36), unique=True),
        sa.Column("request_key", sa.String(64), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("fraction", sa.Float, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("failure", sa.Text),
        sa.Column("result_artifact", sa.String(64), nullable=False),
        sa.Column("last_sequence", sa.Integer, nullable=False),
        sa.Column("create_time", TIME, nullable=False),
        sa.Column("update_time", TIME, nullable=False),
    )
    op.create_index("plans_by_area", "plans", ["area_id", "create_time", "plan_id"])
    op.create_index("plans_by_span", "plans", ["area_id", "state", "start_time", "end_time"])


def _create_plan_parts() -> None:
    op.create_table(
        "plan_steps",
        sa.Column("plan_id", sa.String(63), sa.ForeignKey("plans.plan_id"), primary_key=True),
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("start_time", TIME),
        sa.Column("end_time", TIME),
        sa.Column("result_artifact", sa.String(64), nullable=False),
        sa.Column("attempt_count", sa.Integer, nullable=False),
    )
    op.create_table(
        "plan_events",
        sa.Column("plan_id", sa.String(63), sa.ForeignKey("plans.plan_id"), primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True),
        sa.Column("time", TIME, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("fraction", sa.Float, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("step_name", sa.String(40)),
        sa.Column("step_state", sa.String(20)),
        sa.Column("step_start_time", TIME),
        sa.Column("step_end_time", TIME),
        sa.Column("step_result_artifact", sa.String(64)),
        sa.Column("step_attempt_count", sa.Integer),
        sa.ForeignKeyConstraint(["plan_id", "step_name"], ["plan_steps.plan_id", "plan_steps.name"]),
    )


def _create_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("decision_id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("plan_id", sa.String(63), sa.ForeignKey("plans.plan_id"), nullable=False, unique=True),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("decide_time", TIME, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("entry_id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("time", TIME, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
