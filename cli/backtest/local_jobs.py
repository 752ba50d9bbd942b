"""Runs jobs in processes of this machine, one core each."""

import multiprocessing
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from cli.backtest.jobs import Job, Result


class LocalJobs:
    """Runs jobs in spawned processes; one process runs them here, one after the other."""

    def __init__(self, process_count: int) -> None:
        self._process_count = process_count

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[int, Result]]:
        """Yield the position and result of every job as it ends."""
        if self._process_count == 1:
            for number, job in enumerate(jobs):
                yield number, job.run()
            return
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(self._process_count, context, _end_with_parent) as pool:
            numbers = {pool.submit(_run, job): number for number, job in enumerate(jobs)}
            try:
                for future in as_completed(numbers):
                    yield numbers[future], future.result()
            finally:
                pool.shutdown(wait=False, cancel_futures=True)


def _end_with_parent() -> None:
    """Let this process end with the one that started it, which may be killed: it would wait for jobs for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None  # runs in processes of the pool only

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _run(job: Job) -> Result:
    return job.run()
