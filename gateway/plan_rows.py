"""Rows of the plan tables to records and back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, select

from gateway.records import (
    DecisionRecord,
    EventRecord,
    FailureRecord,
    NewPlan,
    PlanRecord,
    PlanState,
    StepRecord,
    StepState,
)
from gateway.tables import DECISIONS, PLAN_STEPS, PLANS
from serving.errors import NotFound

_STEP_FIELDS = ("state", "start_time", "end_time", "result_artifact", "attempt_count")


def read_plan(connection: Connection, plan_id: str, name: str, *, lock: bool = False) -> PlanRecord:
    """Return a plan; with `lock`, nobody else changes it until the transaction ends. Raises NotFound."""
    query = select(PLANS).filter_by(plan_id=plan_id)
    row = connection.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None:
        raise NotFound("plan", name)
    return to_plans(connection, [row])[0]


def to_plans(connection: Connection, rows: Sequence[RowMapping]) -> list[PlanRecord]:
    """Return the records of plan rows, with their steps and decisions."""
    ids = [row["plan_id"] for row in rows]
    steps: dict[str, list[StepRecord]] = {plan_id: [] for plan_id in ids}
    step_query = select(PLAN_STEPS).where(PLAN_STEPS.c.plan_id.in_(ids)).order_by(PLAN_STEPS.c.position)
    for step in connection.execute(step_query).mappings():
        steps[step["plan_id"]].append(to_step(step["name"], step))
    decision_query = select(DECISIONS).where(DECISIONS.c.plan_id.in_(ids))
    decisions = {row["plan_id"]: _to_decision(row) for row in connection.execute(decision_query).mappings()}
    return [_to_plan(row, tuple(steps[row["plan_id"]]), decisions.get(row["plan_id"])) for row in rows]


def to_step(name: str, row: Mapping[Any, Any], prefix: str = "") -> StepRecord:
    """Return the step in the columns that begin with `prefix`."""
    fields = {field: row[prefix + field] for field in _STEP_FIELDS}
    return StepRecord(name, **{**fields, "state": StepState(fields["state"])})


def step_columns(step: StepRecord, prefix: str = "") -> dict[str, Any]:
    """Return the columns of a step."""
    return {prefix + field: getattr(step, field) for field in _STEP_FIELDS}


def to_event(row: RowMapping) -> EventRecord:
    """Return the record of an event row."""
    step = to_step(row["step_name"], row, "step_") if row["step_name"] else None
    state = PlanState(row["state"])
    return EventRecord(row["sequence"], row["time"], state, row["fraction"], row["message"], step)


def failure_to_text(failure: FailureRecord) -> str:
    """Return a failure as the database keeps it."""
    return json.dumps(asdict(failure))


def order_columns(order: NewPlan) -> dict[str, Any]:
    """Return the columns of a plan that never change."""
    return {**asdict(order), "request_id": order.request_id or None}


def _to_plan(row: RowMapping, steps: tuple[StepRecord, ...], decision: DecisionRecord | None) -> PlanRecord:
    order = {field: row[field] for field in NewPlan.__dataclass_fields__}
    return PlanRecord(
        plan_id=row["plan_id"],
        order=NewPlan(**{**order, "request_id": order["request_id"] or ""}),
        state=PlanState(row["state"]),
        fraction=row["fraction"],
        message=row["message"],
        failure=_to_failure(row["failure"]),
        result_artifact=row["result_artifact"],
        create_time=row["create_time"],
        update_time=row["update_time"],
        steps=steps,
        decision=decision,
    )


def _to_failure(text: str | None) -> FailureRecord | None:
    if text is None:
        return None
    fields = json.loads(text)
    violations = tuple((field, description) for field, description in fields.pop("violations"))
    return FailureRecord(**fields, violations=violations)


def _to_decision(row: RowMapping | Row[Any]) -> DecisionRecord:
    fields = row if isinstance(row, RowMapping) else row._mapping
    return DecisionRecord(PlanState(fields["verdict"]), fields["decided_by"], fields["decide_time"], fields["note"])
