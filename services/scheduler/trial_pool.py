"""Where annealing trials run: the interface of every pool, and the pool of this process's own threads."""

import os
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Protocol, TypeAlias

from services.scheduler.budget import Budget
from services.scheduler.trial import Subject, TrialResult, Work, run_trial

LOOK_SECONDS = 0.02
"""Between two looks at the budget while trials run."""

LATE_SECONDS = 0.3
"""How long trials on threads may take to hand over what they have once the budget has ended."""

NextWork: TypeAlias = Callable[[], Work | None]
"""The work of the next trial; None: nothing to do before another trial ends."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """The result of a trial.

    Attributes
    ----------
    replica
        Name of the replica that ran it; empty: this process.
    """

    work: Work
    result: TrialResult
    replica: str = ""


class TrialPool(Protocol):
    """Runs many trials at once."""

    def run(self, subject: Subject, next_work: NextWork, budget: Budget) -> Generator[Outcome, None, None]:
        """Yield the outcomes of trials as they end.

        New trials start for as long as there is work. The iterator ends when there is none and every trial has ended,
        or with the budget; closing it cancels all trials, here and elsewhere.

        Raises
        ------
        OfficersError
            What a trial raised; Unavailable where no replica answers any more.
        """
        ...


class LocalPool:
    """Runs trials on threads of this process, one on each; all its runs share them.

    Attributes
    ----------
    thread_count, executor
        The threads.
    """

    def __init__(self, threads: int) -> None:
        self.thread_count = threads
        self.executor = ThreadPoolExecutor(threads, thread_name_prefix="trial")

    def run(self, subject: Subject, next_work: NextWork, budget: Budget) -> Generator[Outcome, None, None]:
        """See `TrialPool`."""
        ended = threading.Event()
        inner = Budget(budget.deadline, lambda: ended.is_set() or budget.stop())

        def start(work: Work) -> Future[TrialResult]:
            return self.executor.submit(run_trial, subject, work, inner)

        try:
            with closing(in_flight(start, lambda: self.thread_count, next_work, budget, LATE_SECONDS)) as trials:
                for work, future in trials:
                    yield Outcome(work, future.result())
        finally:
            ended.set()


@cache
def own_threads() -> LocalPool:
    """Return the pool of this process with a thread per core, for callers that have no other."""
    return LocalPool(core_count())


def core_count() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


def in_flight(
    start: Callable[[Work], Future[TrialResult]],
    most: Callable[[], int],
    next_work: NextWork,
    budget: Budget,
    late_seconds: float,
) -> Generator[tuple[Work, Future[TrialResult]], None, None]:
    """Keep up to `most()` trials running and yield each as it ends; cancel those that are left in the end.

    Trials that the budget cuts short have `late_seconds` to hand over what they have.
    """
    running: dict[Future[TrialResult], Work] = {}
    end_time = float("inf")
    try:
        while True:
            while len(running) < most() and not budget.over and (work := next_work()) is not None:
                running[start(work)] = work
            if budget.over:
                end_time = min(end_time, time.monotonic() + late_seconds)
            if not running or time.monotonic() >= end_time:
                return
            done, _ = wait(running, LOOK_SECONDS, FIRST_COMPLETED)
            for future in done:
                yield running.pop(future), future
    finally:
        for future in running:
            future.cancel()
