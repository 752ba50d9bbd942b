"""Counts the trials of a solve and where they ran."""

from services.scheduler.reporter import Reporter
from services.scheduler.trial_pool import Outcome


class Tally:
    """The trials of one annealer in a solve, told to its reporter as they end."""

    def __init__(self, annealer_name: str, bound: float, reporter: Reporter) -> None:
        self._annealer_name, self._bound, self._reporter = annealer_name, bound, reporter
        self._done, self._remote_done = 0, 0
        self._others: set[str] = set()

    def count(self, outcome: Outcome, incumbent: float) -> None:
        """Count a trial; `incumbent` is the best objective of all so far, infinite without one."""
        self._done += 1
        if outcome.replica:
            self._remote_done += 1
            self._others.add(outcome.replica)
        self._reporter.report(
            f"annealing with {self._annealer_name}: {self.words}",
            incumbent=incumbent if incumbent < float("inf") else None,
            bound=self._bound,
            trials_done=self._done,
            remote_trials_done=self._remote_done,
        )

    @property
    def words(self) -> str:
        """How many trials there were, for people."""
        trials = _count(self._done, "trial")
        if not self._others:
            return trials
        return f"{trials}, {self._remote_done} of them on {_count(len(self._others), 'other replica')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
