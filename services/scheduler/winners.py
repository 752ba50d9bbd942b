"""Many descents, recombined: searches cool down at once, and the best of all that they end in is put together.

A trial is a stretch of a descent from hot to cold, so short that little is lost with a replica; a descent takes as many
of them as a share of the time has room for. What descents end in is recombined over time in the `Elite`; the first
descents begin anywhere, later ones in a member of the elite that is heated again to half of the cooling.
"""

from collections import deque
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from services.scheduler.annealing import Found
from services.scheduler.budget import Budget
from services.scheduler.elite import Elite
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

DESCENT_SHARE = 1 / 8
"""Share of the time that a descent from hot to cold takes."""

FRESH_DESCENTS = 4
"""Descents that begin anywhere, even if there is an elite."""

REHEATED_FRACTION = 0.5
"""How far the cooling is where later descents begin."""

MEMORY = 0.3
"""Weight of the newest trial in the time of a round."""

SEEDS = 2**31
"""Seeds of trials are below this."""


@dataclass(frozen=True, eq=False)
class _Descent:
    """A search on its way: where it is, None before it begins, and how far its cooling is."""

    rows: Rows | None
    fraction: float


class Winners:
    """The searches of a solve by an annealer of schedules; with a `start`, shape (n, T), every one begins near it.

    Attributes
    ----------
    best
        The best schedule of all trials.
    trials
        No penalties are searched.
    """

    trials: tuple[PenaltyTrial, ...] = ()

    def __init__(
        self, subject: Subject, pool: TrialPool, bound: float, seed: int, tally: Tally, start: Rows | None = None
    ) -> None:
        self._subject, self._pool, self._bound, self._seed, self._tally = subject, pool, bound, seed, tally
        self._random = np.random.default_rng(seed)
        self._descents: deque[_Descent] = deque()
        self._elite, self._begun_descents = Elite(subject.instance), 0
        self._round_seconds = 0.0
        self._begun_count = 0
        self._start = start
        self.best = Found(None, float("inf"))

    @property
    def note(self) -> str:
        """How the schedule was found, for people."""
        name = self._subject.annealer_name
        return f"Found by {name} on the schedule itself, in {self._tally.words}, without penalties to tune."

    def run(self, budget: Budget) -> None:
        """Search until the budget ends or a schedule meets the bound. Raises as the pool does; `best` is kept."""
        if self._start is not None:
            self._elite.take(self._start, budget)
            self._improve(self._elite.best)
            self._begun_descents = FRESH_DESCENTS
        seconds = max(1e-3, budget.seconds_left * DESCENT_SHARE)
        with closing(self._pool.run(self._subject, lambda: self._next_work(budget, seconds), budget)) as outcomes:
            for outcome in outcomes:
                if not isinstance(outcome.work, SearchWork):
                    raise TypeError("Expected work on schedules.")
                self._take(outcome.work, outcome.result, budget)
                self._tally.count(outcome, self.best.objective)
                if meets_bound(self.best.objective, self._bound):
                    return

    def _next_work(self, budget: Budget, descent_seconds: float) -> SearchWork:
        descent = self._descents.popleft() if self._descents else self._new_descent()
        seconds = min(TRIAL_SECONDS, max(1e-3, budget.seconds_left))
        rounds = max(1, int(seconds / self._round_seconds)) if self._round_seconds else FIRST_ROUNDS
        cooled = rounds * self._round_seconds / min(descent_seconds, max(1e-3, budget.seconds_left))
        end = min(1.0, descent.fraction + cooled)
        self._begun_count += 1
        seed = (self._seed * 1_000_003 + self._begun_count) % SEEDS
        return SearchWork(descent.rows, descent.fraction, end, rounds, self._bound, seed)

    def _new_descent(self) -> _Descent:
        self._begun_descents += 1
        start = self._elite.start(self._random) if self._begun_descents > FRESH_DESCENTS else None
        return _Descent(start, 0.0 if start is None else REHEATED_FRACTION)

    def _take(self, work: SearchWork, result: TrialResult, budget: Budget) -> None:
        self._improve(result.best)
        if result.state is not None and work.to_fraction < 1:
            self._descents.append(_Descent(result.state, work.to_fraction))
        else:
            for rows in (result.best.rows, result.state):
                if rows is not None:
                    self._elite.take(rows, budget)
            self._improve(self._elite.best)
        weight = MEMORY if self._round_seconds else 1.0
        self._round_seconds += weight * (result.work_seconds / work.round_count - self._round_seconds)

    def _improve(self, found: Found) -> None:
        if found.objective < self.best.objective:
            self.best = found
