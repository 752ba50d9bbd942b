"""Plans in the database: creating, finding and reading them. :mod:`gateway.plan_journal` changes them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, Select, insert, select, tuple_
from sqlalchemy.exc import IntegrityError

from gateway.audit import record_action
from gateway.clock import Clock
from gateway.database import Database
from gateway.names import PlanName
from gateway.plan_events import append_event
from gateway.plan_rows import order_columns, read_plan, step_columns, to_event, to_plans
from gateway.records import UNFINISHED_STATES, EventRecord, NewPlan, PlanRecord, PlanState, StepRecord
from gateway.tables import DECISIONS, PLAN_EVENTS, PLAN_STEPS, PLANS
from serving.errors import AlreadyExists, NotFound

EVENTS_AT_ONCE = 1000


class PlanStore:
    """Keeps plans and reads them."""

    def __init__(self, database: Database, clock: Clock, step_names: Sequence[str]) -> None:
        self._database = database
        self._clock = clock
        self._step_names = step_names

    def create(self, plan_id: str, order: NewPlan) -> PlanRecord:
        """Keep a new plan, or return the one that the same request made before.

        Raises
        ------
        AlreadyExists
            The request id was used for another request.
        """
        try:
            with self._database.write() as connection:
                return _find_request(connection, order.request_id, order.request_key) or self._insert(
                    connection, plan_id, order
                )
        except IntegrityError:  # another replica was faster
            found = self.find_request(order.request_id, order.request_key)
            if found is None:
                raise
            return found

    def find_request(self, request_id: str, request_key: str) -> PlanRecord | None:
        """Return the plan that a request made before; None: none yet. Raises AlreadyExists for another request."""
        with self._database.read() as connection:
            return _find_request(connection, request_id, request_key)

    def get(self, name: PlanName) -> PlanRecord:
        """Return a plan. Raises NotFound."""
        with self._database.read() as connection:
            plan = read_plan(connection, name.plan_id, str(name))
        if plan.order.area_id != name.area_id:
            raise NotFound("plan", str(name))
        return plan

    def get_by_id(self, plan_id: str) -> PlanRecord:
        """Return a plan of whatever area. Raises NotFound."""
        with self._database.read() as connection:
            return read_plan(connection, plan_id, plan_id)

    def list(self, area_id: str, before: tuple[datetime, str] | None, limit: int) -> Sequence[PlanRecord]:
        """Return plans of an area, newest first, beginning after one given by (create time, id)."""
        query = select(PLANS).filter_by(area_id=area_id)
        if before is not None:
            query = query.where(tuple_(PLANS.c.create_time, PLANS.c.plan_id) < before)
        query = query.order_by(PLANS.c.create_time.desc(), PLANS.c.plan_id.desc()).limit(limit)
        return self._read_plans(query)

    def unfinished(self) -> Sequence[PlanRecord]:
        """Return the plans that are still to be worked on."""
        return self._read_plans(select(PLANS).where(PLANS.c.state.in_(UNFINISHED_STATES)))

    def approved_at(self, area_id: str, time: datetime) -> PlanRecord | None:
        """Return the plan in effect at a time: of the approved plans that cover it, the one approved last."""
        query = (
            select(PLANS)
            .join(DECISIONS, DECISIONS.c.plan_id == PLANS.c.plan_id)
            .where(PLANS.c.area_id == area_id, PLANS.c.state == PlanState.APPROVED)
            .where(PLANS.c.start_time <= time, time < PLANS.c.end_time)
            .order_by(DECISIONS.c.decide_time.desc(), DECISIONS.c.decision_id.desc())
            .limit(1)
        )
        return next(iter(self._read_plans(query)), None)

    def approved_before(
        self, area_id: str, shift: str, start_time: datetime, as_of_time: datetime
    ) -> PlanRecord | None:
        """Return the approved plan of the last such shift before a start that looked at nothing after `as_of_time`."""
        query = (
            select(PLANS)
            .join(DECISIONS, DECISIONS.c.plan_id == PLANS.c.plan_id)
            .where(PLANS.c.area_id == area_id, PLANS.c.state == PlanState.APPROVED, PLANS.c.shift == shift)
            .where(PLANS.c.start_time < start_time, PLANS.c.as_of_time <= as_of_time)
            .order_by(PLANS.c.start_time.desc(), DECISIONS.c.decide_time.desc(), DECISIONS.c.decision_id.desc())
            .limit(1)
        )
        return next(iter(self._read_plans(query)), None)

    def events_after(self, plan_id: str, cursor: int) -> tuple[Sequence[EventRecord], bool]:
        """Return the events after a cursor, and whether they are the last ones of a finished plan."""
        query = select(PLAN_EVENTS).filter_by(plan_id=plan_id).where(PLAN_EVENTS.c.sequence > cursor)
        query = query.order_by(PLAN_EVENTS.c.sequence).limit(EVENTS_AT_ONCE)
        with self._database.read() as connection:
            state, last_sequence = connection.execute(
                select(PLANS.c.state, PLANS.c.last_sequence).filter_by(plan_id=plan_id)
            ).one()
            events = [to_event(row) for row in connection.execute(query).mappings()]
        reached = events[-1].sequence if events else cursor
        return events, PlanState(state).is_finished and reached >= last_sequence

    def _insert(self, connection: Connection, plan_id: str, order: NewPlan) -> PlanRecord:
        time = self._clock()
        connection.execute(
            insert(PLANS).values(
                **order_columns(order),
                plan_id=plan_id,
                state=PlanState.PENDING,
                fraction=0.0,
                message="waiting",
                result_artifact="",
                last_sequence=0,
                create_time=time,
                update_time=time,
            )
        )
        for position, name in enumerate(self._step_names):
            columns = step_columns(StepRecord(name))
            connection.execute(insert(PLAN_STEPS).values(plan_id=plan_id, name=name, position=position, **columns))
        append_event(connection, plan_id, time, None)
        record_action(connection, time, "", "create", f"areas/{order.area_id}/plans/{plan_id}")
        return read_plan(connection, plan_id, plan_id)

    def _read_plans(self, query: Select[tuple[object, ...]]) -> Sequence[PlanRecord]:
        with self._database.read() as connection:
            rows: Sequence[RowMapping] = connection.execute(query).mappings().all()
            return to_plans(connection, rows)


def _find_request(connection: Connection, request_id: str, request_key: str) -> PlanRecord | None:
    if not request_id:
        return None
    row = connection.execute(select(PLANS).filter_by(request_id=request_id)).mappings().one_or_none()
    if row is None:
        return None
    if row["request_key"] != request_key:
        message = f"The request_id {request_id!r} was used for another request."
        raise AlreadyExists("request", request_id, message)
    return to_plans(connection, [row])[0]
