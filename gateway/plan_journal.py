"""Changes to plans: steps begin and end, plans finish, people decide. Each change is one transaction and one event."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, insert, update

from gateway.audit import record_action
from gateway.bell import Bell
from gateway.clock import Clock
from gateway.database import Database
from gateway.plan_events import append_event
from gateway.plan_rows import failure_to_text, read_plan, step_columns
from gateway.records import FailureRecord, PlanRecord, PlanState, StepRecord, StepState
from gateway.tables import DECISIONS, PLAN_STEPS, PLANS
from serving.errors import FailedPrecondition


class PlanFinishedError(FailedPrecondition):
    """The plan is finished: no more work is done for it."""

    def __init__(self, plan: PlanRecord) -> None:
        super().__init__("PLAN_FINISHED", f"The plan {plan.name} is already {plan.state.words}.")


class PlanJournal:
    """Writes what happens to plans and rings the bell for those who watch.

    Every change of an unfinished plan raises :class:`PlanFinishedError` once the plan is finished, whoever finished
    it: work that goes on for a moment after a cancellation leaves no trace.
    """

    def __init__(self, database: Database, clock: Clock, bell: Bell) -> None:
        self._database = database
        self._clock = clock
        self._bell = bell

    def begin_step(self, plan_id: str, name: str) -> None:
        """A step is begun, for the first time or again after a restart."""
        with self._change(plan_id) as change:
            step = change.step(name)
            begun = replace(
                step,
                state=StepState.RUNNING,
                start_time=step.start_time or change.time,
                end_time=None,
                attempt_count=step.attempt_count + 1,
            )
            change.set_plan(state=PlanState.RUNNING)
            change.set_step(begun)

    def report(self, plan_id: str, name: str, fraction: float, message: str) -> None:
        """The plan has come to `fraction` (0 to 1; never falls) within a step."""
        with self._change(plan_id) as change:
            change.set_plan(fraction=max(fraction, change.plan.fraction), message=message)
            change.concern(change.step(name))

    def end_step(self, plan_id: str, name: str, fraction: float, result_artifact: str) -> None:
        """A step is done, which brings the plan to `fraction`."""
        with self._change(plan_id) as change:
            step = change.step(name)
            done = replace(step, state=StepState.DONE, end_time=change.time, result_artifact=result_artifact)
            change.set_plan(fraction=max(fraction, change.plan.fraction))
            change.set_step(done)

    def finish(self, plan_id: str, result_artifact: str) -> None:
        """The plan is complete; a supervisor decides."""
        with self._change(plan_id) as change:
            state = PlanState.READY_FOR_REVIEW
            change.set_plan(state=state, result_artifact=result_artifact, fraction=1.0, message="ready for review")

    def fail(self, plan_id: str, failure: FailureRecord) -> None:
        """The plan cannot be made; its running step has failed."""
        with self._change(plan_id) as change:
            change.end_running_step(StepState.FAILED)
            change.set_plan(state=PlanState.FAILED, failure=failure_to_text(failure), message=failure.message)

    def cancel(self, plan_id: str) -> None:
        """Someone cancels the plan."""
        with self._change(plan_id) as change:
            change.end_running_step(StepState.CANCELLED)
            change.set_plan(state=PlanState.CANCELLED, message="cancelled")
            record_action(change.connection, change.time, "", "cancel", change.plan.name)

    def decide(self, plan_id: str, verdict: PlanState, decided_by: str, note: str) -> None:
        """Someone approves or rejects the plan; the same decision of the same person again changes nothing.

        Raises
        ------
        FailedPrecondition
            The plan is not ready for review, or the decision was another one.
        """
        with self._database.write() as connection:
            plan = read_plan(connection, plan_id, plan_id, lock=True)
            if plan.decision and (plan.decision.verdict, plan.decision.decided_by) == (verdict, decided_by):
                return
            if plan.state is not PlanState.READY_FOR_REVIEW:
                message = (
                    f"The plan {plan.name} is {plan.state.words}; only one that is ready for review is decided on."
                )
                raise FailedPrecondition("NOT_READY_FOR_REVIEW", message)
            change = _Change(connection, plan, self._clock())
            change.set_plan(state=verdict, message=verdict.lower())
            change.insert_decision(verdict, decided_by, note)
            append_event(connection, plan_id, change.time, None)
        self._bell.ring()

    @contextmanager
    def _change(self, plan_id: str) -> Iterator["_Change"]:
        with self._database.write() as connection:
            plan = read_plan(connection, plan_id, plan_id, lock=True)
            if plan.state.is_finished:
                raise PlanFinishedError(plan)
            change = _Change(connection, plan, self._clock())
            yield change
            append_event(connection, plan_id, change.time, change.concerned)
        self._bell.ring()


@dataclass
class _Change:
    """One change of one plan within a transaction."""

    connection: Connection
    plan: PlanRecord
    time: datetime
    concerned: StepRecord | None = None

    def step(self, name: str) -> StepRecord:
        return next(step for step in self.plan.steps if step.name == name)

    def set_plan(self, **columns: object) -> None:
        self.connection.execute(update(PLANS).filter_by(plan_id=self.plan.plan_id).values(**columns))

    def set_step(self, step: StepRecord) -> None:
        where = {"plan_id": self.plan.plan_id, "name": step.name}
        self.connection.execute(update(PLAN_STEPS).filter_by(**where).values(**step_columns(step)))
        self.concern(step)

    def concern(self, step: StepRecord) -> None:
        self.concerned = step

    def end_running_step(self, state: StepState) -> None:
        for step in self.plan.steps:
            if step.state is StepState.RUNNING:
                self.set_step(replace(step, state=state, end_time=self.time))

    def insert_decision(self, verdict: PlanState, decided_by: str, note: str) -> None:
        row = {"verdict": verdict, "decided_by": decided_by, "decide_time": self.time, "note": note}
        self.connection.execute(insert(DECISIONS).values(plan_id=self.plan.plan_id, **row))
        action = "approve" if verdict is PlanState.APPROVED else "reject"
        record_action(self.connection, self.time, decided_by, action, self.plan.name, note)
