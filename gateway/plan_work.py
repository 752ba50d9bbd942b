"""What is done for a plan: its steps, with everything that happens written to the journal."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ParamSpec, TypeVar

import structlog

from gateway.answers import Answers
from gateway.messages import MessageStore
from gateway.plan_journal import PlanFinishedError, PlanJournal
from gateway.plan_orders import options_from_text, staffing_from_text
from gateway.plan_store import PlanStore
from gateway.records import FailureRecord
from gateway.retry import DATABASE_POLICY, RetryPolicy, persist
from gateway.services import Services
from gateway.steps.sequence import STEPS, assemble_result, start_fraction
from gateway.steps.step import Step, StepWork
from officers.area.v1.area_pb2 import Area
from serving.artifacts import ArtifactStore
from serving.errors import Internal, InvalidArgument, OfficersError

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger("plan")


@dataclass(frozen=True)
class ServicePlanWork:
    """Makes plans by asking the services. Steps hand over artifacts by name, as one JSON artifact per step."""

    store: PlanStore
    journal: PlanJournal
    artifacts: ArtifactStore
    messages: MessageStore
    services: Services
    retry_policy: RetryPolicy
    database_policy: RetryPolicy = DATABASE_POLICY

    @property
    def step_names(self) -> Sequence[str]:
        """The steps, in order."""
        return [step.name for step in STEPS]

    async def run_step(self, plan_id: str, name: str, made: Sequence[str]) -> str | None:
        """Do one step; an error ends the plan as failed.

        The journal may know of a step's end although the runner does not, where the process ended between the two:
        then what the step has made is in the journal, and it is not done again.
        """
        step = next(step for step in STEPS if step.name == name)
        try:
            return await self._persist(self._find_made, plan_id, name) or await self._run(plan_id, step, made)
        except PlanFinishedError:
            log.info("plan is over", plan=plan_id, step=name)
            return None
        except OfficersError as error:
            log.warning("step failed", plan=plan_id, step=name, reason=error.reason, error=error.message)
            await self._fail(plan_id, error)
        except Exception:
            log.exception("unexpected error", plan=plan_id, step=name)
            await self._fail(plan_id, Internal(f"internal error in {name} (see the log of plan {plan_id})"))
        return None

    async def finish(self, plan_id: str, made: Sequence[str]) -> None:
        """Put the plan's result together and end the plan; an error ends it as failed."""
        try:
            artifact = await self._persist(self._assemble, plan_id, made)
            await self._persist(self.journal.finish, plan_id, artifact)
        except PlanFinishedError:
            log.info("plan is over", plan=plan_id)
        except OfficersError as error:
            log.warning("result failed", plan=plan_id, reason=error.reason, error=error.message)
            await self._fail(plan_id, error)
        except Exception:
            log.exception("unexpected error", plan=plan_id)
            await self._fail(plan_id, Internal(f"internal error in the result (see the log of plan {plan_id})"))

    def fail_given_up(self, plan_id: str) -> None:
        """End a plan that the runner will not work on again."""
        message = "The plan was given up: its workflow ended without a result (see the log)."
        try:
            self.journal.fail(plan_id, FailureRecord("INTERNAL", "GIVEN_UP", message))
        except PlanFinishedError:  # cancelled in the meantime
            log.info("plan is over", plan=plan_id)

    async def _run(self, plan_id: str, step: Step, made: Sequence[str]) -> str:
        await self._persist(self.journal.begin_step, plan_id, step.name)
        work = await self._persist(self._prepare, plan_id, step, made)
        log.info("step begins", plan=plan_id, step=step.name)
        artifacts = await step.run(work)
        artifact = await asyncio.to_thread(self.artifacts.put, json.dumps(dict(artifacts)).encode())
        done = start_fraction(step.name) + step.weight
        await self._persist(self.journal.end_step, plan_id, step.name, done, artifact)
        log.info("step ends", plan=plan_id, step=step.name, artifact=artifact)
        return artifact

    def _find_made(self, plan_id: str, name: str) -> str:
        plan = self.store.get_by_id(plan_id)
        return next(step.result_artifact for step in plan.steps if step.name == name)

    def _prepare(self, plan_id: str, step: Step, made: Sequence[str]) -> StepWork:
        order = self.store.get_by_id(plan_id).order
        begin = start_fraction(step.name)

        async def report(fraction: float, message: str) -> None:
            done = begin + step.weight * min(fraction, 1.0)
            await self._persist(self.journal.report, plan_id, step.name, done, message)

        async def report_retry(error: OfficersError) -> None:
            await report(0.0, f"waiting for a service ({error.code.name}: {error.message})")

        return StepWork(
            order=order,
            options=options_from_text(order.options),
            staffing=staffing_from_text(order.staffing),
            standing_artifact=self._standing_artifact(order.standing_plan_id),
            area=self.messages.get(order.area_artifact, Area),
            made=self._read_made(made),
            services=self.services,
            answers=Answers(self.messages, self.retry_policy, plan_id, report_retry),
            report=report,
        )

    def _standing_artifact(self, plan_id: str) -> str:
        return self.store.get_by_id(plan_id).result_artifact if plan_id else ""

    def _assemble(self, plan_id: str, made: Sequence[str]) -> str:
        area = self.messages.get(self.store.get_by_id(plan_id).order.area_artifact, Area)
        return self.messages.put(assemble_result(area, self._read_made(made), self.messages))

    def _read_made(self, made: Sequence[str]) -> dict[str, str]:
        merged: dict[str, str] = {}
        for artifact in made:
            merged.update(json.loads(self.artifacts.get(artifact)))
        return merged

    async def _persist(self, change: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await persist(partial(change, *args, **kwargs), self.database_policy)

    async def _fail(self, plan_id: str, error: OfficersError) -> None:
        try:
            await self._persist(self.journal.fail, plan_id, to_failure(error))
        except PlanFinishedError:  # cancelled in the meantime
            log.info("plan is over", plan=plan_id)


def to_failure(error: OfficersError) -> FailureRecord:
    """Return an error as the plan keeps it."""
    found = error.violations if isinstance(error, InvalidArgument) else ()
    violations = tuple((violation.field, violation.description) for violation in found)
    return FailureRecord(error.code.name, error.reason, error.message, violations)
