"""Several replicas of the scheduler, as processes, work on one solve; some of them die, drain or join meanwhile."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.processes import ChildProcess
from cli.stack import free_ports
from officers.scheduler.v1 import scheduler_pb2 as pb
from officers.scheduler.v1.scheduler_pb2_grpc import SchedulerServiceStub
from serving.channel import open_blocking_channel
from tests.e2e.name_server import name_server
from tests.e2e.schedulers import busy_seconds, scheduler_processes, watch_request

GAP_TOLERANCE = 0.02
"""By how much the gap of a disturbed solve may be above that of an undisturbed one, with a replica less."""

Replicas = dict[str, ChildProcess]


@pytest.fixture(params=[2])
def replicas(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Replicas]:
    """Replicas, so many, that share the trials of every solve."""
    ports = free_ports(scheduler_replicas=request.param)
    addresses = [f"127.0.0.1:{port}" for port in (ports.scheduler, *ports.more_schedulers)]
    settings = {"POOL_ADDRESS": f"ipv4:{','.join(addresses)}"}
    with scheduler_processes(tmp_path, addresses, settings) as running:
        yield running


def watch(address: str, seconds: float, on_progress: Callable[[pb.SolveProgress], None]) -> pb.Schedule:
    """Solve at one replica and return the schedule."""
    with open_blocking_channel(address) as channel:
        for response in SchedulerServiceStub(channel).WatchSolve(watch_request(seconds), timeout=seconds + 60):
            if response.HasField("schedule"):
                return response.schedule
            on_progress(response.progress)
    raise AssertionError("The stream ended without a schedule.")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("replicas", [3], indirect=True)
def test_a_solve_outlives_killed_and_drained_replicas_with_the_same_quality(replicas: Replicas) -> None:
    first, second, third = replicas
    undisturbed = watch(first, 8, lambda _: None)
    remote: list[int] = []

    def kill_one_and_drain_another(progress: pb.SolveProgress) -> None:
        remote.append(progress.remote_trials_done)
        if progress.remote_trials_done >= 2 and replicas[second].is_running:
            os.kill(replicas[second].process_id, signal.SIGKILL)
        if progress.remote_trials_done >= 4:
            replicas[third].ask_to_end()

    disturbed = watch(first, 8, kill_one_and_drain_another)
    assert remote[-1] >= 4
    assert not replicas[second].is_running
    assert undisturbed.status in (pb.STATUS_FEASIBLE, pb.STATUS_OPTIMAL)
    assert disturbed.status in (pb.STATUS_FEASIBLE, pb.STATUS_OPTIMAL)
    assert (disturbed.engine, disturbed.annealer) == ("qubo", "one_hot_tempering")
    assert disturbed.gap <= undisturbed.gap + GAP_TOLERANCE


@pytest.mark.timeout(300)
def test_a_solve_whose_own_replica_is_killed_ends_on_another(replicas: Replicas) -> None:
    request = pb.SolveRequest(problem=watch_request(4).problem, options=watch_request(4).options)
    request.options.engine = pb.ENGINE_EXACT
    request.problem.fairness_weight = 5  # no proof within the time
    before = {address: busy_seconds(child) for address, child in replicas.items()}
    with open_blocking_channel(f"ipv4:{','.join(replicas)}") as channel:
        call = SchedulerServiceStub(channel).Solve.future(request, timeout=120)
        solving = None
        while solving is None:
            assert not call.done()
            busy = [a for a, child in replicas.items() if busy_seconds(child) > before[a] + 1]
            solving = busy[0] if busy else None
        os.kill(replicas[solving].process_id, signal.SIGKILL)
        schedule = call.result().schedule
    assert not replicas[solving].is_running
    assert schedule.status == pb.STATUS_FEASIBLE
    assert len(schedule.assignments) == 60


@pytest.mark.timeout(300)
def test_solves_on_every_replica_at_once_do_not_wait_for_each_others_trials(replicas: Replicas) -> None:
    request = pb.SolveRequest(problem=watch_request(2).problem, options=watch_request(2).options)
    with open_blocking_channel(f"ipv4:{','.join(replicas)}") as channel:
        stub = SchedulerServiceStub(channel)
        calls = [stub.Solve.future(request, timeout=200) for _ in range(6)]
        schedules = [call.result().schedule for call in calls]
    assert {schedule.engine for schedule in schedules} == {"qubo"}
    assert all(len(schedule.assignments) == 60 for schedule in schedules)


@pytest.mark.timeout(300)
def test_a_replica_that_joins_under_the_name_gets_trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRPC_DNS_RESOLVER", "ares")
    port = free_ports().scheduler
    addresses = [f"127.0.0.{host}:{port}" for host in (1, 2)]
    with name_server() as names:
        names.hosts = ["127.0.0.1"]
        settings = {
            "POOL_ADDRESS": f"dns://127.0.0.1:{names.port}/scheduler.test:{port}",
            "CONNECTION_AGE_SECONDS": "2",
        }
        with scheduler_processes(tmp_path, addresses, settings), open_blocking_channel(addresses[0]) as channel:
            call = SchedulerServiceStub(channel).WatchSolve(watch_request(120), timeout=180)
            alone = next(r.progress for r in call if r.progress.trials_done >= 3)
            assert alone.remote_trials_done == 0
            names.hosts = ["127.0.0.1", "127.0.0.2"]
            join_time = time.monotonic()
            joined = next(r.progress for r in call if r.progress.remote_trials_done >= 3)
            assert joined.trials_done > joined.remote_trials_done
            assert time.monotonic() - join_time < 90
            call.cancel()
