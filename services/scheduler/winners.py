"""Go with the winners: many searches cool down at once, and those that fall behind go on from where better ones are.

P. Grassberger, "Go with the winners: a general Monte Carlo strategy", Computer Physics Communications 147 (2002) 64.
Every trial is a stretch of a search that fits the time left: it begins at the temperature that the time used so far
calls for, and its end is where a later trial begins.
"""

import time
from collections import deque
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from services.scheduler.annealing import Found
from services.scheduler.budget import Budget
from services.scheduler.instance import Rows
from services.scheduler.schedule_search import SearchWork
from services.scheduler.solution import PenaltyTrial, meets_bound
from services.scheduler.tally import Tally
from services.scheduler.trial import Subject, TrialResult
from services.scheduler.trial_pool import TrialPool

TRIAL_SECONDS = 0.7
"""Wanted length of a trial: little is lost with a replica, and a new one soon has its share."""

FIRST_ROUNDS = 4
"""Rounds of trials before it is known how long a round takes."""

COOLING_SHARE = 0.9
"""Share of the time in which the searches cool down; after that they stay cold."""

FRESH_SHARE = 0.2
"""Share of the cooling in which further searches begin anywhere; later ones begin where another one is."""

FOLLOW_SHARE = 0.5
"""How often a search goes on from a rival that is ahead of it."""

MEMORY = 0.3
"""Weight of the newest trial in the time of a round."""

SEEDS = 2**31
"""Seeds of trials are below this."""


@dataclass(frozen=True, eq=False)
class _End:
    """Where a trial ended: the best objective on its way and its last schedule."""

    objective: float
    rows: Rows


class Winners:
    """The searches of a solve by an annealer of schedules.

    Attributes
    ----------
    best
        The best schedule of all trials.
    trials
        No penalties are searched.
    """

    trials: tuple[PenaltyTrial, ...] = ()

    def __init__(self, subject: Subject, pool: TrialPool, bound: float, seed: int, tally: Tally) -> None:
        self._subject, self._pool, self._bound, self._seed, self._tally = subject, pool, bound, seed, tally
        self._random = np.random.default_rng(seed)
        self._ends: deque[_End] = deque()
        self._rivals: list[_End] = []
        self._round_seconds = 0.0
        self._begun_count, self._ended_count = 0, 0
        self.best = Found(None, float("inf"))

    @property
    def note(self) -> str:
        """How the schedule was found, for people."""
        name = self._subject.annealer_name
        return f"Found by {name} on the schedule itself, in {self._tally.words}, without penalties to tune."

    def run(self, budget: Budget) -> None:
        """Search until the budget ends or a schedule meets the bound. Raises as the pool does; `best` is kept."""
        clock = _Clock(budget)
        with closing(self._pool.run(self._subject, lambda: self._next_work(clock), budget)) as outcomes:
            for outcome in outcomes:
                if not isinstance(outcome.work, SearchWork):
                    raise TypeError("Expected work on schedules.")
                self._take(outcome.work, outcome.result)
                self._tally.count(outcome, self.best.objective)
                if meets_bound(self.best.objective, self._bound):
                    return

    def _next_work(self, clock: "_Clock") -> SearchWork:
        start, seconds = self._start(clock.fraction(0.0)), min(TRIAL_SECONDS, clock.seconds_left)
        rounds = max(1, int(seconds / self._round_seconds)) if self._round_seconds else FIRST_ROUNDS
        self._begun_count += 1
        seed = (self._seed * 1_000_003 + self._begun_count) % SEEDS
        return SearchWork(start, clock.fraction(0.0), clock.fraction(seconds), rounds, self._bound, seed)

    def _take(self, work: SearchWork, result: TrialResult) -> None:
        self._ended_count += 1
        if result.best.objective < self.best.objective:
            self.best = result.best
        if result.state is not None:
            self._ends.append(_End(result.best.objective, result.state))
            searches = self._begun_count - self._ended_count + len(self._ends)
            self._rivals = [*self._rivals, self._ends[-1]][-searches:]
        weight = MEMORY if self._round_seconds else 1.0
        self._round_seconds += weight * (result.work_seconds / work.round_count - self._round_seconds)

    def _start(self, fraction: float) -> Rows | None:
        """Return where the next trial begins: where an earlier one ended, or a better rival is."""
        if not self._ends and (not self._rivals or fraction < FRESH_SHARE):
            return None
        rival = self._rivals[self._random.integers(len(self._rivals))]
        own = self._ends.popleft() if self._ends else rival
        follows = rival.objective < own.objective and self._random.random() < FOLLOW_SHARE
        return rival.rows if follows else own.rows


class _Clock:
    """How far the cooling is."""

    def __init__(self, budget: Budget) -> None:
        self._budget, self._begin, self._seconds = budget, time.monotonic(), max(1e-3, budget.seconds_left)

    @property
    def seconds_left(self) -> float:
        """Until the end of the search."""
        return self._budget.seconds_left

    def fraction(self, seconds_from_now: float) -> float:
        """Return the share of the cooling that is done in a while, 0 to 1."""
        used = time.monotonic() - self._begin + seconds_from_now
        return min(1.0, used / (COOLING_SHARE * self._seconds))
