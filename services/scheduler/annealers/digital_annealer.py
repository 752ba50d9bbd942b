"""Fujitsu's Digital Annealer over its REST interface (v3, v3c, v4); needs a key."""

import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import numpy as np
import numpy.typing as npt
import structlog

from services.scheduler.budget import Budget
from services.scheduler.digital_annealer_client import Jobs, SubmitTimedOut, open_jobs
from services.scheduler.digital_annealer_settings import DigitalAnnealerSettings
from services.scheduler.digital_annealer_wire import make_request, read_states
from services.scheduler.qubo import Qubo
from services.scheduler.sampling import SampleOptions
from serving.errors import Cancelled, FailedPrecondition, InvalidArgument, NotFound, OfficersError, Unavailable

LOG = structlog.get_logger()
MOST_CALLS = 16
"""The vendor keeps at most so many jobs."""

UNFINISHED = ("Waiting", "Running")
LOOK_SECONDS = 0.02
"""Between two looks at the budget."""
GRACE_SECONDS = 30.0
"""How long after its time limit a job is still waited for, to delete it."""


class Annealer:
    """Runs one job per call; whatever happens, the job is deleted. Without settings it has no key and is refused."""

    def __init__(self, settings: DigitalAnnealerSettings | None = None) -> None:
        self._settings = settings or DigitalAnnealerSettings.model_construct()

    def check_access(self) -> None:
        """Raise FailedPrecondition where there is no key."""
        self._settings.read_key()

    def sample(self, qubo: Qubo, options: SampleOptions, budget: Budget) -> npt.NDArray[np.int8]:
        """Return the states of one job; the seed is unknown to the vendor.

        Raises
        ------
        OfficersError
            The vendor refuses, cannot be reached, or the budget ends first.
        """
        jobs = open_jobs(self._settings)
        asked = min(budget.seconds_left, self._settings.job_seconds)
        body = make_request(qubo, options.num_reads, asked)
        seconds = max(1.0, budget.seconds_left) + GRACE_SECONDS
        job = ""
        try:
            job = self._submit(jobs, body, qubo, budget)
            result = self._wait(jobs, job, budget)
            return read_states(result, qubo.variable_count)[: options.num_reads]
        finally:
            _in_background(lambda: self._clean_up(jobs, job, seconds))

    def _submit(self, jobs: Jobs, body: dict[str, Any], qubo: Qubo, budget: Budget) -> str:
        """Submit; after a timeout adopt the job that turns out to be ours, by its size and energies."""
        before = jobs.ids()
        try:
            return jobs.submit(body)
        except SubmitTimedOut:
            LOG.warning("digital_annealer_submit_timed_out")
            strangers: set[str] = set()
            while not budget.over:
                for job in jobs.ids() - before - strangers:
                    result = jobs.result(job)
                    if result.get("status") in UNFINISHED:
                        continue
                    if _is_ours(result, body, qubo.variable_count):
                        return job
                    strangers.add(job)
                _sleep(self._settings.poll_seconds, budget)
            raise

    def _wait(self, jobs: Jobs, job: str, budget: Budget) -> dict[str, Any]:
        while not budget.over:
            result = jobs.result(job)
            status = result.get("status")
            if status == "Done":
                return result
            if status not in UNFINISHED:
                raise Unavailable(f"The Digital Annealer's job ended with status {status}.")
            _sleep(self._settings.poll_seconds, budget)
        raise Cancelled("The Digital Annealer had no answer in time.")

    def _clean_up(self, jobs: Jobs, job: str, seconds: float) -> None:
        """Cancel the job if it waits, and delete it once it has ended."""
        with closing(jobs.http):
            end = time.monotonic() + seconds
            while job and time.monotonic() < end:
                try:
                    status = jobs.result(job).get("status")
                    if status == "Waiting":
                        jobs.cancel(job)
                    if status not in UNFINISHED:
                        jobs.delete(job)
                        return
                except NotFound:
                    return
                except OfficersError as error:
                    LOG.warning("digital_annealer_clean_up_failed", job=job, error=str(error))
                    if isinstance(error, FailedPrecondition | InvalidArgument):
                        return
                time.sleep(self._settings.poll_seconds)


def _is_ours(result: dict[str, Any], body: dict[str, Any], variable_count: int) -> bool:
    """Return whether the energies that the vendor tells are those of our polynomial."""
    try:
        state = read_states(result, variable_count)[0]
        told = result["qubo_solution"]["solutions"][0]["energy"]
    except (Unavailable, KeyError, IndexError):
        return False
    terms = body["binary_polynomial"]["terms"]
    return bool(told == sum(term["c"] for term in terms if all(state[place] for place in term["p"])))


def _sleep(seconds: float, budget: Budget) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not budget.over:
        time.sleep(LOOK_SECONDS)


def _in_background(work: Callable[[], None]) -> None:
    """Run in a thread that the process waits for when it ends."""
    threading.Thread(target=work, name="digital-annealer-clean-up").start()
