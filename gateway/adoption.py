"""Sees to it that every unfinished plan is worked on, or ended where nothing works on it any more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from gateway.plan_runner import PlanRunner
from gateway.plan_store import PlanStore
from gateway.plan_work import ServicePlanWork

PAUSE_SECONDS = 60.0

log = structlog.get_logger("gateway")


@asynccontextmanager
async def adopting(
    store: PlanStore, runner: PlanRunner, work: ServicePlanWork, pause_seconds: float = PAUSE_SECONDS
) -> AsyncIterator[None]:
    """Look after unfinished plans at once, and again after every pause until the end of the block."""
    await asyncio.to_thread(adopt_unfinished, store, runner, work)
    ended = asyncio.Event()
    looking = asyncio.create_task(_look_again(store, runner, work, pause_seconds, ended))
    try:
        yield
    finally:
        ended.set()
        await looking


def adopt_unfinished(store: PlanStore, runner: PlanRunner, work: ServicePlanWork) -> None:
    """Start plans that were never started, and fail those whose workflow has ended without a result."""
    unfinished = [plan.plan_id for plan in store.unfinished()]
    for plan_id in runner.adopt(unfinished):
        log.error("plan given up", plan=plan_id)
        work.fail_given_up(plan_id)


async def _look_again(
    store: PlanStore, runner: PlanRunner, work: ServicePlanWork, pause_seconds: float, ended: asyncio.Event
) -> None:
    while not ended.is_set():
        try:
            await asyncio.wait_for(ended.wait(), pause_seconds)
        except TimeoutError:
            await _try_to_adopt(store, runner, work)


async def _try_to_adopt(store: PlanStore, runner: PlanRunner, work: ServicePlanWork) -> None:
    try:
        await asyncio.to_thread(adopt_unfinished, store, runner, work)
    except Exception:  # a database that is away for longer than a pause, for example
        log.exception("unfinished plans not looked after")
