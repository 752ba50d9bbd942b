"""Events of plans: append-only, numbered from 1 within their plan."""

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from gateway.plan_rows import step_columns
from gateway.records import StepRecord
from gateway.tables import PLAN_EVENTS, PLANS


def append_event(connection: Connection, plan_id: str, time: datetime, step: StepRecord | None) -> None:
    """Append what a plan is now as its next event. The caller has changed (and so locked) the plan's row."""
    bump = update(PLANS).filter_by(plan_id=plan_id).values(last_sequence=PLANS.c.last_sequence + 1, update_time=time)
    connection.execute(bump)
    query = select(PLANS.c.last_sequence, PLANS.c.state, PLANS.c.fraction, PLANS.c.message).filter_by(plan_id=plan_id)
    sequence, state, fraction, message = connection.execute(query).one()
    columns = {} if step is None else {"step_name": step.name, **step_columns(step, "step_")}
    connection.execute(
        insert(PLAN_EVENTS).values(
            plan_id=plan_id,
            sequence=sequence,
            time=time,
            state=state,
            fraction=fraction,
            message=message,
            **columns,
        )
    )
