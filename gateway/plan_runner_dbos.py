"""Runs plans as durable DBOS workflows. The only file that knows DBOS, which is one per process."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from dbos import DBOS, DBOSConfig, SetWorkflowID, StepOptions
from sqlalchemy import make_url

from gateway.plan_runner import PlanWork

APPLICATION = "officers-gateway"

APPLICATION_VERSION = "plans-1"
"""Fixed, so that a new release goes on with plans that an older one began. Change it together with the steps."""

QUEUE = "plans"
POLLING_SECONDS = 0.2
MOST_RECOVERIES = 50
"""A plan whose work ends its process this often is given up."""

ENDED_WITHOUT_RESULT = {"ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"}


@dataclass(frozen=True)
class RunnerSettings:
    """Where checkpoints are, which replica this is, and how many plans it works on at a time."""

    database_url: str
    executor_id: str
    plans_at_once: int


class DbosPlanRunner:
    """Runs each plan as one workflow named by the plan's id; a checkpoint holds the hash of what a step has made."""

    def __init__(self, work: PlanWork) -> None:
        self._work = work
        self._running: set[asyncio.Task[Any]] = set()
        self._workflow = DBOS.workflow(name="plan", max_recovery_attempts=MOST_RECOVERIES)(self._make_workflow())

    @classmethod
    async def launch(cls, settings: RunnerSettings, work: PlanWork) -> Self:
        """Start DBOS on this event loop; plans that this replica had begun go on at once."""
        DBOS(config=_config(settings))
        runner = cls(work)
        DBOS.launch()
        await DBOS.register_queue_async(
            QUEUE, worker_concurrency=settings.plans_at_once, polling_interval_sec=POLLING_SECONDS
        )
        return runner

    def start(self, plan_id: str) -> None:
        """Run a plan; a plan that was started before goes on. Returns at once."""
        with SetWorkflowID(plan_id):
            DBOS.enqueue_workflow(QUEUE, self._workflow, plan_id)

    def cancel(self, plan_id: str) -> None:
        """Stop working on a plan; the call that runs for it is cancelled within about a second."""
        DBOS.cancel_workflow(plan_id)

    def adopt(self, plan_ids: Sequence[str]) -> Sequence[str]:
        """See to it that unfinished plans are worked on; return those that were given up instead."""
        if not plan_ids:
            return []
        workflows = DBOS.list_workflows(workflow_ids=list(plan_ids), load_input=False, load_output=False)
        status = {workflow.workflow_id: workflow.status for workflow in workflows}
        for plan_id in plan_ids:
            if plan_id not in status:  # the process ended between writing the plan and starting it
                self.start(plan_id)
        return [plan_id for plan_id in plan_ids if status.get(plan_id) in ENDED_WITHOUT_RESULT]

    async def close(self) -> None:
        """Stop all work; the next process goes on with it."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await asyncio.get_running_loop().run_in_executor(None, _destroy)
        # DBOS had made its own threads the loop's default
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())

    def _make_workflow(self) -> Any:
        async def plan(plan_id: str) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            await self._run(plan_id)

        return plan

    async def _run(self, plan_id: str) -> None:
        made: list[str] = []
        for name in self._work.step_names:
            options = StepOptions(name=name, preemptible=True)
            artifact = await DBOS.run_step_async(options, self._work.run_step, plan_id, name, list(made))
            if artifact is None:
                return
            made.append(artifact)
        await DBOS.run_step_async(StepOptions(name="finish"), self._work.finish, plan_id, made)


def _destroy() -> None:
    DBOS.destroy(destroy_registry=True)


def _config(settings: RunnerSettings) -> DBOSConfig:
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    return DBOSConfig(
        name=APPLICATION,
        system_database_url=settings.database_url,
        application_version=APPLICATION_VERSION,
        executor_id=settings.executor_id,
        log_level="ERROR",
    )
