"""Runs trials in processes of this machine, one core each."""

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from types import TracebackType
from typing import Self

import tensorflow as tf

from services.predictor.search.space import Point, Space
from services.predictor.search.suggester import Suggester
from services.predictor.search.trial import SearchData, TrialResult, run_trial
from services.predictor.search.trials_file import TrialRecord, TrialsFile

WAIT_SECONDS = 1.0
DIED = "The process ended before the trial did; it may have asked for more memory than there is."

Trial = Callable[[SearchData, Point, float], TrialResult]
"""Runs a point until a time, seconds since 1970; see `run_trial`."""


class LocalSearch:
    """Asks Hyperopt for points as processes become free; processes are spawned, which TensorFlow needs.

    A trial that raises, or whose process dies, has failed and is recorded so; the search goes on.
    """

    def __init__(self, process_count: int, trial: Trial = run_trial) -> None:
        self._process_count = process_count
        self._trial = trial

    def run(
        self,
        data: SearchData,
        space: Space,
        trials: TrialsFile,
        budget_seconds: float,
        on_trial: Callable[[TrialRecord], None],
    ) -> None:
        """Run trials until the time is over; those that run then are ended or finish their cheap fit."""
        suggester = Suggester(space, data.seed, trials.records)
        end, deadline_time = time.monotonic() + budget_seconds, time.time() + budget_seconds
        running: dict[Future[TrialResult], _Worker] = {}
        with ExitStack() as workers:
            idle = [workers.enter_context(_Worker(data, self._trial)) for _ in range(self._process_count)]
            while running or time.monotonic() < end:
                while idle and time.monotonic() < end:
                    worker = idle.pop()
                    running[worker.begin(suggester.ask(), deadline_time)] = worker
                finished, _ = wait(running, WAIT_SECONDS, FIRST_COMPLETED)
                for future in finished:
                    worker = running.pop(future)
                    idle.append(worker)
                    record = worker.record(future)
                    suggester.tell(record)
                    trials.add(record)
                    on_trial(record)


class _Worker:
    """A process with one trial at a time; a pool of its own, so that its death leaves the others alone."""

    def __init__(self, data: SearchData, trial: Trial) -> None:
        self._data, self._trial = data, trial
        self._pool = self._new_pool()
        self._point: Point | None = None
        self._started = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._pool.shutdown()

    def begin(self, point: Point, deadline_time: float) -> Future[TrialResult]:
        """Begin a trial; in a new process where the last one has died."""
        self._point, self._started = point, time.monotonic()
        try:
            return self._pool.submit(_run, point, deadline_time)
        except BrokenProcessPool:
            self._renew()
            return self._pool.submit(_run, point, deadline_time)

    def record(self, future: Future[TrialResult]) -> TrialRecord:
        """Return what the trial came to."""
        assert self._point is not None  # a trial has begun
        error = future.exception()
        if error is None:
            return TrialRecord(self._point, future.result())
        failure = f"{type(error).__name__}: {error}"
        if isinstance(error, BrokenProcessPool):
            self._renew()
            failure = DIED
        return TrialRecord(self._point, TrialResult(None, time.monotonic() - self._started, failure))

    def _renew(self) -> None:
        self._pool.shutdown()
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, context, _begin, (self._data, self._trial))


_work: tuple[SearchData, Trial] | None = None
"""What this process works on, and how; set once as it begins."""


def _begin(data: SearchData, trial: Trial) -> None:
    global _work
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    _work = data, trial


def _run(point: Point, deadline_time: float) -> TrialResult:
    assert _work is not None  # the process has begun
    data, trial = _work
    return trial(data, point, deadline_time)
