import os
import signal
import time
from pathlib import Path

import pytest

from cli.processes import ChildProcess, ProcessSpec, interrupt_on_sigterm, stop_all, uninterrupted
from cli.stack import free_ports
from serving.errors import Unavailable

SERVING = """
import sys, time
from concurrent import futures
import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
server = grpc.server(futures.ThreadPoolExecutor(2))
servicer = health.HealthServicer()
health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
servicer.set("", health_pb2.HealthCheckResponse.SERVING)
import os
server.add_insecure_port(f"127.0.0.1:{os.environ['FAKE_PORT']}")
server.start()
server.wait_for_termination()
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ignoring", flush=True)
while True:
    time.sleep(0.1)
"""
FAILING = "import sys; print('first'); sys.exit('the reason')"


@pytest.fixture
def spec(tmp_path: Path):
    def make(source: str) -> ProcessSpec:
        (tmp_path / "fake_service.py").write_text(source)
        port = free_ports().predictor
        environment = {"PYTHONPATH": str(tmp_path), "FAKE_PORT": str(port)}
        return ProcessSpec("fake", "fake_service", environment, f"127.0.0.1:{port}", tmp_path / "logs" / "fake.log")

    return make


def is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_child_serves_and_ends(spec) -> None:
    child = ChildProcess(spec(SERVING))
    child.wait_until_serving(time.monotonic() + 30)
    child.check()
    stop_all([child])
    assert not child.is_running
    assert not is_alive(child.process_id)


def test_a_child_that_dies_is_reported_with_the_end_of_its_log(spec) -> None:
    child = ChildProcess(spec(FAILING))
    with pytest.raises(Unavailable, match=r"fake ended with exit code 1.*first \| the reason"):
        child.wait_until_serving(time.monotonic() + 30)


def test_a_child_that_a_signal_ended_is_reported_with_the_signal(spec) -> None:
    child = ChildProcess(spec(SERVING))
    child.kill()
    with pytest.raises(Unavailable, match=r"fake was ended by SIGKILL; the end of .*fake\.log"):
        child.check()


def test_the_end_of_a_log_is_short(spec) -> None:
    child = ChildProcess(spec("print('x' * 10_000)"))
    child.end(time.monotonic() + 30)
    assert child.log_tail() == "x" * 600


def test_a_child_that_is_never_ready_is_reported(spec) -> None:
    child = ChildProcess(spec(STUBBORN))
    try:
        with pytest.raises(Unavailable, match="did not become ready in time"):
            child.wait_until_serving(time.monotonic())
    finally:
        child.kill()
    assert not is_alive(child.process_id)


def test_a_child_that_ignores_sigterm_is_killed(spec) -> None:
    child = ChildProcess(spec(STUBBORN))
    while "ignoring" not in child.log_tail():
        child.check()
    stop_all([child], grace_seconds=0.2)
    assert not is_alive(child.process_id)


def test_sigterm_unwinds_like_ctrl_c() -> None:
    before = signal.getsignal(signal.SIGTERM)
    try:
        interrupt_on_sigterm()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)


def test_stopping_is_interrupted_only_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT)
    ended = []

    def stop() -> None:
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGTERM)
            ended.append(True)

    with pytest.raises(KeyboardInterrupt):
        stop()
    assert ended
    assert signal.getsignal(signal.SIGINT) is before
