"""Policies around annealers; each is an annealer itself: retry, fallback, race, limit, timing."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import structlog

from services.scheduler.budget import Budget
from services.scheduler.qubo import Qubo
from services.scheduler.sampling import Annealer, SampleOptions
from serving.errors import Cancelled, InvalidArgument, OfficersError, ResourceExhausted, Unavailable

LOG = structlog.get_logger()
LOOK_SECONDS = 0.02
States = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Retry:
    """Calls again, up to `attempts` times in all, after what may pass: unavailable, or too much at once.

    Waits as long as the error says, times two for each further attempt, never beyond the budget.
    """

    annealer: Annealer
    attempts: int = 3

    def sample(self, qubo: Qubo, options: SampleOptions, budget: Budget) -> States:
        """See `Annealer`."""
        for attempt in range(1, self.attempts):
            try:
                return self.annealer.sample(qubo, options, budget)
            except (Unavailable, ResourceExhausted) as error:
                delay = error.retry_delay_seconds * 2 ** (attempt - 1)
                if budget.over or delay >= budget.seconds_left:
                    raise
                LOG.warning("annealer_retried", attempt=attempt, error=error.reason)
                _sleep(delay, budget)
        return self.annealer.sample(qubo, options, budget)


@dataclass(frozen=True)
class Fallback:
    """Asks the annealers in turn until one answers; what is wrong with the request is not tried elsewhere."""

    annealers: Sequence[Annealer]

    def sample(self, qubo: Qubo, options: SampleOptions, budget: Budget) -> States:
        """See `Annealer`."""
        for annealer in self.annealers[:-1]:
            try:
                return annealer.sample(qubo, options, budget)
            except (InvalidArgument, Cancelled):
                raise
            except OfficersError as error:
                LOG.warning("annealer_fell_back", annealer=type(annealer).__name__, error=error.reason)
        return self.annealers[-1].sample(qubo, options, budget)


@dataclass(frozen=True)
class Race:
    """Runs the annealers at once and takes the first answer; the others are stopped."""

    annealers: Sequence[Annealer]

    def sample(self, qubo: Qubo, options: SampleOptions, budget: Budget) -> States:
        """See `Annealer`; if all fail, the first one's error is raised."""
        won = threading.Event()
        shared = Budget(budget.deadline, lambda: won.is_set() or budget.stop())
        with ThreadPoolExecutor(len(self.annealers), thread_name_prefix="race") as pool:
            running = [pool.submit(annealer.sample, qubo, options, shared) for annealer in self.annealers]
            try:
                return _first_answer(running)
            finally:
                won.set()


class Limit:
    """Lets so many calls in at once; the others wait within their budgets."""

    def __init__(self, annealer: Annealer, calls: int) -> None:
        self._annealer, self._places = annealer, threading.BoundedSemaphore(calls)

    def sample(self, qubo: Qubo, options: SampleOptions, budget: Budget) -> States:
        """See `Annealer`.

        Raises
        ------
        ResourceExhausted
            No place became free within the budget.
        """
        while not self._places.acquire(timeout=LOOK_SECONDS):
            if budget.over:
                raise ResourceExhausted("All places of the annealer are taken.")
        try:
            return self._annealer.sample(qubo, options, budget)
        finally:
            self._places.release()


@dataclass
class Timing:
    """Counts calls and seconds, failed ones too."""

    annealer: Annealer
    clock: Callable[[], float] = time.monotonic
    seconds: list[float] = field(default_factory=list)

    def sample(self, qubo: Qubo, options: SampleOptions, budget: Budget) -> States:
        """See `Annealer`."""
        begin = self.clock()
        try:
            return self.annealer.sample(qubo, options, budget)
        finally:
            self.seconds.append(self.clock() - begin)


def _first_answer(running: list[Future[States]]) -> States:
    pending: set[Future[States]] = set(running)
    while pending:
        done, pending = wait(pending, return_when=FIRST_COMPLETED)
        for future in running:
            if future in done and future.exception() is None:
                return future.result()
    return running[0].result()


def _sleep(seconds: float, budget: Budget) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not budget.over:
        time.sleep(LOOK_SECONDS)
