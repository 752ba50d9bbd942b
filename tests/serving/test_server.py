import asyncio
import signal
import socket
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from officers.scheduler.v1 import scheduler_pb2 as pb
from officers.scheduler.v1 import scheduler_pb2_grpc as rpc
from serving.channel import open_blocking_channel, open_channel
from serving.errors import DeadlineExceeded, Internal, InvalidArgument, Unavailable
from serving.server import start_server
from serving.settings import ServiceSettings
from serving.status import from_rpc_error
from serving.testing import in_process_server


def solve(what):
    return pb.SolveRequest(options=pb.SolveOptions(annealer=what))


def watch(what, count=0):
    return pb.WatchSolveRequest(options=pb.SolveOptions(annealer=what, penalty_trials=count))


async def failure(call):
    async def read_all():
        return [response async for response in call]

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await (read_all() if hasattr(call, "__aiter__") else call)
    return from_rpc_error(caught.value)


async def test_answers_and_health_and_reflection(register):
    async with in_process_server(register) as channel:
        answer = await rpc.SchedulerServiceStub(channel).Solve(solve(""))
        assert answer.schedule.wall_seconds == 1.5
        health = health_pb2_grpc.HealthStub(channel)
        for name in ("", "officers.scheduler.v1.SchedulerService"):
            status = (await health.Check(health_pb2.HealthCheckRequest(service=name))).status
            assert status == health_pb2.HealthCheckResponse.SERVING
        call = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(
            iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        )
        names = [service.name async for answer in call for service in answer.list_services_response.service]
        assert "officers.scheduler.v1.SchedulerService" in names


async def test_health_is_watched_so_that_clients_leave_a_server_that_drains(register):
    running = await start_server(ServiceSettings(port=0), register)
    async with open_channel(f"127.0.0.1:{running.port}") as channel:
        health = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        assert (await health.read()).status == health_pb2.HealthCheckResponse.SERVING
        await running.health.enter_graceful_shutdown()
        assert (await health.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
        health.cancel()
        error = await failure(rpc.SchedulerServiceStub(channel).Solve(solve("")))
    assert isinstance(error, Unavailable)
    await running.drain(0)


@pytest.mark.parametrize("kind", ["unary", "stream"])
async def test_an_error_keeps_its_fields(register, kind):
    async with in_process_server(register) as channel:
        stub = rpc.SchedulerServiceStub(channel)
        error = await failure(stub.Solve(solve("invalid")) if kind == "unary" else stub.WatchSolve(watch("invalid")))
    assert isinstance(error, InvalidArgument)
    assert [(violation.field) for violation in error.violations] == ["problem.cars[0].id"]


@pytest.mark.parametrize("kind", ["unary", "stream"])
async def test_the_text_of_a_foreign_exception_never_leaves_the_server(register, kind, capsys):
    async with in_process_server(register) as channel:
        stub = rpc.SchedulerServiceStub(channel)
        metadata = (("x-request-id", "r-17"),)
        call = (
            stub.Solve(solve("foreign"), metadata=metadata)
            if kind == "unary"
            else stub.WatchSolve(watch("foreign"), metadata=metadata)
        )
        error = await failure(call)
    assert isinstance(error, Internal)
    assert str(error) == "internal error (request id r-17)"
    assert "secret text" in capsys.readouterr().out  # the log has it


async def test_a_stream_arrives_in_order_before_its_error(register):
    async with in_process_server(register) as channel:
        seen = []

        async def read_all():
            async for response in rpc.SchedulerServiceStub(channel).WatchSolve(watch("invalid", count=200)):
                seen.append(response.schedule.objective)

        with pytest.raises(grpc.aio.AioRpcError):
            await read_all()
    assert seen == list(range(200))


@pytest.mark.parametrize("kind", ["unary", "stream"])
async def test_cancelling_a_call_stops_its_work(register, scripted, kind):
    async with in_process_server(register) as channel:
        stub = rpc.SchedulerServiceStub(channel)
        call = stub.Solve(solve("until stopped")) if kind == "unary" else stub.WatchSolve(watch("until stopped"))
        reading = asyncio.ensure_future(failure(call)) if kind == "stream" else None
        assert await asyncio.to_thread(scripted.begun.wait, 10)
        call.cancel()
        assert await asyncio.to_thread(scripted.stopped.wait, 10)
        if reading:
            with pytest.raises(asyncio.CancelledError):
                await reading


async def test_work_is_asked_to_stop_before_the_deadline_so_that_its_answer_arrives(register):
    async with in_process_server(register) as channel:
        answer = await rpc.SchedulerServiceStub(channel).Solve(solve("until stopped"), timeout=1)
    assert answer.schedule.wall_seconds == 1.5


async def test_a_deadline_that_is_past_is_an_error(register):
    async with in_process_server(register) as channel:
        error = await failure(rpc.SchedulerServiceStub(channel).Solve(solve(""), timeout=-1))
    assert isinstance(error, DeadlineExceeded)


async def test_a_port_in_use_is_one_clear_error(register):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Unavailable, match="in use"):
            await start_server(ServiceSettings(port=taken.getsockname()[1]), register)


async def test_a_server_that_is_not_there_is_unavailable():
    channel = open_channel("127.0.0.1:1")
    error = await failure(rpc.SchedulerServiceStub(channel).Solve(solve("")))
    await channel.close(None)
    assert isinstance(error, Unavailable)


SERVER = """
import sys
from serving.server import run
from serving.settings import ServiceSettings
sys.path.insert(0, {tests!r})
from conftest import ScriptedScheduler, rpc
def register(server):
    rpc.add_SchedulerServiceServicer_to_server(ScriptedScheduler(), server)
    return ["officers.scheduler.v1.SchedulerService"]
run(ServiceSettings(port={port}, drain_seconds=20), register)
"""


def test_sigterm_lets_a_running_call_end(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = SERVER.format(tests=str(Path(__file__).parent), port=port)
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen([sys.executable, "-c", code], stderr=log, stdout=log)
    try:
        channel = open_blocking_channel(f"127.0.0.1:{port}")
        grpc.channel_ready_future(channel).result(timeout=60)
        stub = rpc.SchedulerServiceStub(channel)
        stub.Solve(solve(""))
        running = stub.WatchSolve(watch("until stopped", count=1), timeout=3)
        next(running)  # the call has begun
        process.send_signal(signal.SIGTERM)
        assert list(running) == []  # ended by its own deadline, not by the server
        assert running.code() is grpc.StatusCode.OK
        assert process.wait(timeout=30) == 0
        channel.close()
    finally:
        process.kill()
        process.wait()
    assert '"event": "stopped"' in (tmp_path / "log").read_text()
