"""Child processes: start, watch, wait for health, stop. Nothing outlives the block that started it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from serving.errors import Unavailable

GRACE_SECONDS = 15.0
POLL_SECONDS = 0.2
LOG_TAIL_LINES = 4
LOG_TAIL_CHARACTERS = 600


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class ProcessSpec:
    """What to run: a Python module with settings as environment variables, and where it answers."""

    name: str
    module: str
    environment: Mapping[str, str]
    address: str
    log_file: Path


class ChildProcess:
    """One running child. Its output goes to its log file; it has a session of its own, so Ctrl-C reaches only us."""

    def __init__(self, spec: ProcessSpec, keep_open: tuple[int, ...] = ()) -> None:
        self.spec = spec
        spec.log_file.parent.mkdir(parents=True, exist_ok=True)
        with spec.log_file.open("wb") as log:
            self._process = _spawn(spec, log, keep_open)

    @property
    def process_id(self) -> int:
        """The child's process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """False once the child has ended."""
        return self._process.poll() is None

    def check(self) -> None:
        """Raise Unavailable, with the end of its log, if the child has ended."""
        if self.is_running:
            return
        raise Unavailable(
            f"{self.spec.name} {_how_it_ended(self._process.returncode)}; the end of {self.spec.log_file}: "
            f"{self.log_tail()}"
        )

    def log_tail(self) -> str:
        """Return the last lines of the log."""
        lines = self.spec.log_file.read_text(encoding="utf-8", errors="replace").splitlines()
        tail = " | ".join(line.strip() for line in lines[-LOG_TAIL_LINES:] if line.strip())
        return tail[-LOG_TAIL_CHARACTERS:] or "(empty)"

    def wait_until_serving(self, deadline: float, on_wait: Callable[[], None] = _nothing) -> None:
        """Wait until the child's gRPC health says SERVING.

        Raises
        ------
        Unavailable
            The child ended, or `deadline` (monotonic seconds) came first.
        """
        with grpc.insecure_channel(self.spec.address) as channel:
            health = health_pb2_grpc.HealthStub(channel)
            while not _is_serving(health):
                self.check()
                on_wait()
                if time.monotonic() > deadline:
                    raise Unavailable(
                        f"{self.spec.name} did not become ready in time; the end of {self.spec.log_file}: "
                        f"{self.log_tail()}"
                    )
                time.sleep(POLL_SECONDS)

    def ask_to_end(self) -> None:
        """Send SIGTERM."""
        if self.is_running:
            self._process.terminate()

    def end(self, deadline: float) -> None:
        """Wait until `deadline` (monotonic seconds) for the child to end, then kill it and whatever it started."""
        try:
            self._process.wait(max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Send SIGKILL to the child and whatever it started, and wait for it."""
        if self.is_running:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def stop_all(children: list[ChildProcess], grace_seconds: float = GRACE_SECONDS) -> None:
    """Stop children, last started first: SIGTERM to all, then SIGKILL to those that are left after the grace."""
    for child in reversed(children):
        child.ask_to_end()
    deadline = time.monotonic() + grace_seconds
    for child in reversed(children):
        child.end(deadline)


def interrupt_on_sigterm() -> None:
    """Let SIGTERM unwind the stack like Ctrl-C does, so that whatever was started is stopped."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Put SIGINT and SIGTERM off to the end of the block: an impatient second Ctrl-C must not leave children behind."""
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _frame: came.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if came:
        raise KeyboardInterrupt


def _spawn(spec: ProcessSpec, log: IO[bytes], keep_open: tuple[int, ...]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", spec.module],
        # what the caller has set (proxies, thread limits) holds for children too; no setting is read here
        env={**os.environ, **spec.environment, "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=keep_open,
    )


def _how_it_ended(return_code: int) -> str:
    if return_code < 0:  # subprocess's way to say that a signal ended it
        return f"was ended by {signal.Signals(-return_code).name}"
    return f"ended with exit code {return_code}"


def _is_serving(health: health_pb2_grpc.HealthStub) -> bool:
    try:
        answer = health.Check(health_pb2.HealthCheckRequest(), timeout=1.0)
    except grpc.RpcError:
        return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
