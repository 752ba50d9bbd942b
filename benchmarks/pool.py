"""How many annealing trials replicas of the scheduler do in a second: one, one with two threads, and two.

Trials are handed out by this process, so that sampling alone is measured: no exact engine runs beside it.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from cli.processes import ChildProcess, stop_all
from cli.schedule_bench.instances import random_problem
from cli.stack import free_ports, process_specs, scheduler_target
from services.scheduler.annealers import load_annealer
from services.scheduler.budget import Budget
from services.scheduler.replica_pool import ReplicaPool
from services.scheduler.schedule_search import SearchWork
from services.scheduler.trial import Subject
from serving.channel import open_blocking_channel

SIZES = ((20, 20, 18), (50, 100, 24))
"""Sectors, cars, periods."""
PROCESSES = ((1, 1), (1, 2), (2, 1))
"""Replicas, and sampling threads of each."""
ANNEALER = "one_hot_tempering"
SECONDS = 15.0
TRIAL_SECONDS = 0.7
MOST_IN_FLIGHT = 16
START_SECONDS = 180.0


def measure() -> Iterator[dict[str, Any]]:
    """Count the trials of a fixed amount of work that end within a time."""
    rounds: dict[tuple[int, int, int], int] = {}
    for replicas, threads in PROCESSES:
        with _replicas(replicas, threads) as (pool, children):
            for size in SIZES:
                subject = Subject(random_problem(*size, 0), ANNEALER, load_annealer(ANNEALER))
                rounds.setdefault(size, _rounds(pool, subject))
                before_seconds = _processor_seconds(children)
                trials, seconds, work_seconds = _count_trials(pool, subject, rounds[size])
                used_seconds = _processor_seconds(children) - before_seconds
                yield {
                    "benchmark": "pool",
                    "size": "x".join(map(str, size)),
                    "replicas": replicas,
                    "threads_per_replica": threads,
                    "rounds_per_trial": rounds[size],
                    "trials_per_second": round(trials / seconds, 3),
                    "busy_share_of_threads": round(work_seconds / (seconds * replicas * threads), 3),
                    "cores_had": round(used_seconds / SECONDS, 2),
                }


@contextmanager
def _replicas(number: int, threads: int) -> Iterator[tuple[ReplicaPool, list[ChildProcess]]]:
    """Run replicas for the block."""
    ports = free_ports(scheduler_replicas=number)
    setting = {"SCHEDULER_SAMPLING_THREADS": str(threads)}
    with tempfile.TemporaryDirectory() as folder:
        specs = [spec for spec in process_specs(Path(folder), ports) if spec.name.startswith("scheduler")]
        children = [ChildProcess(replace(spec, environment={**spec.environment, **setting})) for spec in specs]
        try:
            for child in children:
                child.wait_until_serving(time.monotonic() + START_SECONDS, child.check)
            with open_blocking_channel(scheduler_target(ports)) as channel:
                yield ReplicaPool(channel, "", MOST_IN_FLIGHT), children
        finally:
            stop_all(children)


def _processor_seconds(children: list[ChildProcess]) -> float:
    """Return the processor time that replicas have used: what the machine gave them, whoever else it works for."""
    fields = [Path(f"/proc/{child.process_id}/stat").read_text().rpartition(")")[2].split() for child in children]
    return sum(int(field[11]) + int(field[12]) for field in fields) / os.sysconf("SC_CLK_TCK")


def _rounds(pool: ReplicaPool, subject: Subject) -> int:
    """Return how many rounds take about as long as a trial should."""
    seconds = {}
    for rounds in (10, 40):
        with closing(pool.run(subject, lambda rounds=rounds: _work(rounds, 0), _budget(60.0))) as outcomes:  # type: ignore[misc]
            seconds[rounds] = min(next(outcomes).result.work_seconds for _ in range(4))
    return max(1, round(TRIAL_SECONDS * 30 / (seconds[40] - seconds[10])))


def _count_trials(pool: ReplicaPool, subject: Subject, rounds: int) -> tuple[int, float, float]:
    """Return how many trials ended, the seconds from the first end to the last, and the seconds of their work."""
    seeds = count()
    ends, work_seconds = [], []
    with closing(pool.run(subject, lambda: _work(rounds, next(seeds)), _budget(SECONDS))) as outcomes:
        for outcome in outcomes:
            ends.append(time.monotonic())
            work_seconds.append(outcome.result.work_seconds)
    full = sum(end < ends[0] + SECONDS - 3 * TRIAL_SECONDS for end in ends)
    return full - 1, ends[full - 1] - ends[0], sum(work_seconds[1:full])


def _work(rounds: int, seed: int) -> SearchWork:
    return SearchWork(None, 0.4, 0.6, rounds, 0.0, seed)


def _budget(seconds: float) -> Budget:
    return Budget.of_seconds(seconds, lambda: False)
