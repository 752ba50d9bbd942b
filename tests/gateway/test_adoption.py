"""Unfinished plans are looked after while the gateway runs, not only when it starts."""

import asyncio
from collections.abc import Sequence

from sqlalchemy.exc import OperationalError

from gateway.adoption import adopting
from gateway.plan_work import ServicePlanWork
from gateway.records import PlanState


class Runner:
    """A runner whose checkpoints are away at the second look, and whose plans have all ended at the third."""

    def __init__(self) -> None:
        self.looks = 0

    def start(self, plan_id: str) -> None:
        raise AssertionError("nothing is to be started")

    def cancel(self, plan_id: str) -> None:
        raise AssertionError("nothing is to be cancelled")

    def adopt(self, plan_ids: Sequence[str]) -> Sequence[str]:
        self.looks += 1
        if self.looks == 2:
            raise OperationalError("SELECT", {}, Exception("the server closed the connection"))
        return plan_ids if self.looks > 2 else []

    async def close(self) -> None:
        pass


async def test_a_plan_whose_workflow_ends_in_an_error_is_failed_while_the_gateway_runs(work: ServicePlanWork) -> None:
    runner = Runner()
    async with adopting(work.store, runner, work, pause_seconds=0.001):
        assert runner.looks == 1
        while work.store.get_by_id("p").state is not PlanState.FAILED:
            await asyncio.sleep(0)
    looks = runner.looks
    failure = work.store.get_by_id("p").failure
    assert failure is not None
    assert failure.reason == "GIVEN_UP"
    _, is_over = work.store.events_after("p", 0)
    assert is_over  # who watches the plan is told
    assert runner.looks == looks
