"""Replicas of the scheduler as processes of their own, and problems that keep them busy."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cli.processes import ChildProcess, ProcessSpec, stop_all
from officers.scheduler.v1 import scheduler_pb2 as pb
from services.scheduler.convert import from_problem
from services.scheduler.problem import PresenceRule
from tests.services.scheduler.problems import random_problem

START_SECONDS = 120.0
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@contextmanager
def scheduler_processes(
    folder: Path, addresses: list[str], settings: Mapping[str, str]
) -> Iterator[dict[str, ChildProcess]]:
    """Run a replica with one sampling thread at each address for the block."""
    children = {}
    try:
        for number, address in enumerate(addresses):
            children[address] = ChildProcess(_spec(f"scheduler_{number}", address, folder, settings))
        for child in children.values():
            child.wait_until_serving(time.monotonic() + START_SECONDS, child.check)
        yield children
    finally:
        stop_all(list(children.values()), grace_seconds=5)


def _spec(name: str, address: str, folder: Path, settings: Mapping[str, str]) -> ProcessSpec:
    host, _, port = address.rpartition(":")
    own = {"HOST": host, "PORT": port, "SAMPLING_THREADS": "1", "DRAIN_SECONDS": "3", **settings}
    environment = {f"SCHEDULER_{key}": value for key, value in own.items()}
    return ProcessSpec(name, "services.scheduler", environment, address, folder / f"{name}.log")


def busy_seconds(child: ChildProcess) -> float:
    """Return the processor time that a child has used."""
    fields = Path(f"/proc/{child.process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def watch_request(seconds: float, seed: int = 0) -> pb.WatchSolveRequest:
    """Ask for a schedule by annealing; the time limit is used up, since the optimum is out of reach."""
    problem = random_problem(25, 60, 16, seed=7, rule=PresenceRule.NO_RETURN_WITHIN_TWO)
    options = pb.SolveOptions(
        engine=pb.ENGINE_QUBO, annealer="one_hot_tempering", time_limit_seconds=seconds, seed=seed
    )
    return pb.WatchSolveRequest(problem=from_problem(problem), options=options)
