"""Runs jobs on a Ray cluster, one core each."""

from collections.abc import Iterator, Sequence

import ray

from cli.backtest.jobs import Job, Result
from serving.errors import Unavailable


class RayJobs:
    """Runs jobs on the cluster at an address; a job whose machine is lost runs again elsewhere.

    The workers need this program's version and the artifact store of the jobs.
    """

    def __init__(self, address: str) -> None:
        self._address = address

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[int, Result]]:
        """Yield the position and result of every job as it ends. Raises Unavailable where there is no cluster."""
        self._connect()
        try:
            task = ray.remote(num_cpus=1, max_retries=3)(_run)
            running = {task.remote(job): number for number, job in enumerate(jobs)}
            while running:
                (finished,), _ = ray.wait(list(running), num_returns=1)
                yield running.pop(finished), ray.get(finished)
        finally:
            ray.shutdown()

    def _connect(self) -> None:
        try:
            ray.init(address=self._address, configure_logging=False, log_to_driver=False)
        except (ConnectionError, ValueError) as error:
            raise Unavailable(f"There is no Ray cluster at {self._address!r}: {error}") from error


def _run(job: Job) -> Result:
    return job.run()
