"""The whole staffing of a plan, and the plan that it starts from."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; plans of before have cars and nothing else."""
    op.add_column("plans", sa.Column("staffing", sa.Text, nullable=False, server_default="{}"))
    op.add_column("plans", sa.Column("standing_plan_id", sa.String(63), nullable=False, server_default=""))
    op.execute("""UPDATE plans SET staffing = '{"cars": ' || cars || '}'""")


def downgrade() -> None:
    """Drop the columns."""
    op.drop_column("plans", "standing_plan_id")
    op.drop_column("plans", "staffing")
