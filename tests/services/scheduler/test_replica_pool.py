"""The pool of replicas against scripted ones over real connections: busy, lost, slow, broken, and cancelled."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import grpc
import pytest

from officers.scheduler.v1 import scheduler_pb2 as pb
from officers.scheduler.v1.scheduler_pb2_grpc import AnnealerServiceServicer, add_AnnealerServiceServicer_to_server
from services.scheduler import replica_pool
from services.scheduler.annealers import load_annealer
from services.scheduler.budget import Budget
from services.scheduler.problem import PresenceRule
from services.scheduler.replica_pool import ReplicaPool
from services.scheduler.schedule_search import SearchWork
from services.scheduler.solve import Engine, SolveOptions, solve
from services.scheduler.trial import Subject
from services.scheduler.trial_pool import Outcome
from serving.channel import open_blocking_channel
from serving.errors import FailedPrecondition, OfficersError, ResourceExhausted, Unavailable
from serving.server import RunningServer, start_server
from serving.settings import ServiceSettings
from serving.work import ServicerContext
from tests.services.scheduler.problems import random_problem

SUBJECT = Subject(
    random_problem(3, 4, 4, seed=1, rule=PresenceRule.NONE), "tempering", load_annealer("one_hot_tempering")
)
TRIAL_SECONDS = 0.01


class Replica(AnnealerServiceServicer):
    """Does what it is told with trials: raises the errors, one per call, then answers; `stuck` ones never answer."""

    def __init__(self, name: str, errors: Sequence[OfficersError] = (), stuck: bool = False) -> None:
        self.name, self.errors, self.stuck = name, list(errors), stuck
        self.calls, self.cancelled = 0, asyncio.Event()

    async def RunTrial(self, request: pb.RunTrialRequest, context: ServicerContext) -> pb.RunTrialResponse:
        self.calls += 1
        if self.stuck:
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled.set()
        if self.errors:
            raise self.errors.pop(0)
        await asyncio.sleep(TRIAL_SECONDS)
        return pb.RunTrialResponse(replica=self.name, work_seconds=TRIAL_SECONDS, objective=request.seed)

    def register(self, server: grpc.aio.Server) -> Sequence[str]:
        add_AnnealerServiceServicer_to_server(self, server)
        return ["officers.scheduler.v1.AnnealerService"]


@asynccontextmanager
async def serving(*replicas: Replica) -> AsyncIterator[tuple[ReplicaPool, list[RunningServer]]]:
    servers = [await start_server(ServiceSettings(port=0), replica.register) for replica in replicas]
    target = f"ipv4:{','.join(f'127.0.0.1:{server.port}' for server in servers)}"
    with open_blocking_channel(target) as channel:
        yield ReplicaPool(channel, "first", most_in_flight=8), servers
    for server in servers:
        await server.drain(0)


def works(count: int) -> Callable[[], SearchWork | None]:
    numbers = iter(range(count))

    def next_work() -> SearchWork | None:
        number = next(numbers, None)
        return None if number is None else SearchWork(None, 0.0, 1.0, 1, 0.0, number)

    return next_work


def all_of(pool: ReplicaPool, count: int, budget: Budget) -> list[Outcome]:
    return list(pool.run(SUBJECT, works(count), budget))


def plenty() -> Budget:
    return Budget.of_seconds(60, lambda: False)


async def test_trials_are_spread_and_each_is_done_once() -> None:
    async with serving(Replica("first"), Replica("second"), Replica("third")) as (pool, _):
        outcomes = await asyncio.to_thread(all_of, pool, 30, plenty())
    assert sorted(outcome.work.seed for outcome in outcomes) == list(range(30))
    by_replica = {name: sum(outcome.replica == name for outcome in outcomes) for name in ("", "second", "third")}
    assert sum(by_replica.values()) == 30
    assert min(by_replica.values()) >= 5


async def test_busy_replicas_are_called_again_after_the_delay_they_ask_for() -> None:
    busy = [ResourceExhausted("full", retry_delay_seconds=0.05) for _ in range(40)]
    first, second = Replica("first", busy), Replica("second", list(busy))
    async with serving(first, second) as (pool, _):
        outcomes = await asyncio.to_thread(all_of, pool, 10, plenty())
    assert len(outcomes) == 10
    assert first.calls + second.calls == 90


async def test_a_lost_replica_loses_only_its_trials_which_run_again() -> None:
    first, second = Replica("first", stuck=True), Replica("second")
    async with serving(first, second) as (pool, servers):
        running = asyncio.create_task(asyncio.to_thread(all_of, pool, 12, plenty()))
        while not first.calls:
            await asyncio.sleep(0.01)
        await servers[0].server.stop(0)
        outcomes = await running
    assert sorted(outcome.work.seed for outcome in outcomes) == list(range(12))
    assert {outcome.replica for outcome in outcomes} == {"second"}


async def test_no_replica_at_all_is_told_after_some_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replica_pool, "PATIENCE_SECONDS", 0.2)
    async with serving(Replica("first")) as (pool, servers):
        await servers[0].server.stop(0)
        with pytest.raises(Unavailable, match="scheduler"):
            await asyncio.to_thread(all_of, pool, 3, plenty())


async def test_no_replica_within_a_short_time_is_told_too() -> None:
    async with serving(Replica("first")) as (pool, servers):
        await servers[0].server.stop(0)
        with pytest.raises(Unavailable, match="no scheduler answered"):
            await asyncio.to_thread(all_of, pool, 3, Budget.of_seconds(1.0, lambda: False))


async def test_a_solve_without_replicas_returns_the_best_so_far_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replica_pool, "PATIENCE_SECONDS", 0.2)
    options = SolveOptions(Engine.QUBO, "one_hot_tempering", time_limit_seconds=20)
    async with serving(Replica("first")) as (pool, servers):
        await servers[0].server.stop(0)
        schedule = await asyncio.to_thread(solve, SUBJECT.problem, options, lambda: False, pool=pool)
    assert schedule.engine == "exact"
    assert schedule.assignments
    assert any("no replica takes trials" in line for line in schedule.explanation)
    assert schedule.wall_seconds < 15


async def test_other_errors_are_raised_at_once() -> None:
    first = Replica("first", [FailedPrecondition("NO_KEY", "There is no key.")])
    async with serving(first) as (pool, _):
        with pytest.raises(FailedPrecondition, match="no key"):
            await asyncio.to_thread(all_of, pool, 1, plenty())
    assert first.calls == 1


async def test_a_stop_cancels_the_trials_on_other_replicas() -> None:
    first, second = Replica("first"), Replica("second")
    stopped = asyncio.Event()
    async with serving(first, second) as (pool, _):
        await asyncio.to_thread(all_of, pool, 20, plenty())
        first.calls, second.calls, first.stuck, second.stuck = 0, 0, True, True
        budget = Budget.of_seconds(60, stopped.is_set)
        running = asyncio.create_task(asyncio.to_thread(all_of, pool, 8, budget))
        while not (first.calls and second.calls):
            await asyncio.sleep(0.01)
        stopped.set()
        await asyncio.wait_for(asyncio.gather(first.cancelled.wait(), second.cancelled.wait()), 5)
        assert await running == []


async def test_what_is_done_by_the_deadline_counts_and_slow_replicas_do_not_delay_it() -> None:
    first, second = Replica("first"), Replica("second")
    async with serving(first, second) as (pool, _):
        await asyncio.to_thread(all_of, pool, 20, plenty())
        second.stuck = True
        outcomes = await asyncio.to_thread(all_of, pool, 10**6, Budget.of_seconds(1.5, lambda: False))
    assert {outcome.replica for outcome in outcomes} == {""}


async def test_a_trial_on_a_replica_that_hangs_is_run_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replica_pool, "LEAST_TIMEOUT_SECONDS", 0.5)
    async with serving(Replica("first"), Replica("second", stuck=True)) as (pool, _):
        outcomes = await asyncio.to_thread(all_of, pool, 6, plenty())
    assert sorted(outcome.work.seed for outcome in outcomes) == list(range(6))
    assert {outcome.replica for outcome in outcomes} == {""}


async def test_a_draining_replica_gets_no_new_trials() -> None:
    first, second = Replica("first"), Replica("second")
    async with serving(first, second) as (pool, servers):
        await asyncio.to_thread(all_of, pool, 6, plenty())
        await servers[1].health.enter_graceful_shutdown()
        for _ in itertools.repeat(None, 200):
            before = second.calls
            await asyncio.to_thread(all_of, pool, 4, plenty())
            if second.calls == before:
                break
        assert second.calls == before
