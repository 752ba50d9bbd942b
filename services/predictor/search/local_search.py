"""Runs trials in processes of this machine, one core each."""

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait

import tensorflow as tf

from services.predictor.search.space import Point, Space
from services.predictor.search.suggester import Suggester
from services.predictor.search.trial import SearchData, TrialResult, run_trial
from services.predictor.search.trials_file import TrialRecord, TrialsFile

WAIT_SECONDS = 1.0


class LocalSearch:
    """Asks Hyperopt for points as processes become free; processes are spawned, which TensorFlow needs."""

    def __init__(self, process_count: int) -> None:
        self._process_count = process_count

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
        running: dict[Future[TrialResult], Point] = {}
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(self._process_count, context, _begin, (data,)) as pool:
            while running or time.monotonic() < end:
                while len(running) < self._process_count and time.monotonic() < end:
                    point = suggester.ask()
                    running[pool.submit(_run, point, deadline_time)] = point
                finished, _ = wait(running, WAIT_SECONDS, FIRST_COMPLETED)
                for future in finished:
                    record = TrialRecord(running.pop(future), future.result())
                    suggester.tell(record)
                    trials.add(record)
                    on_trial(record)


_data: SearchData | None = None
"""What this process works on; set once as it begins."""


def _begin(data: SearchData) -> None:
    global _data
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    _data = data


def _run(point: Point, deadline_time: float) -> TrialResult:
    assert _data is not None  # the process has begun
    return run_trial(_data, point, deadline_time)
