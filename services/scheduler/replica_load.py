"""How many trials of a run to have under way at once, learned from how long they wait at replicas."""

import time

LEAST_WAITING, MOST_WAITING = 0.5, 1.0
"""Wanted time in the queues of replicas, by time of work: enough that none runs dry, little enough to stay current."""

MEMORY = 0.2
"""Weight of the newest trial in what is typical."""


class Load:
    """The width of a run: it grows as long as trials hardly wait, so that a replica that joins gets its share.

    Like the congestion window of TCP it doubles with each round at first, and then grows and shrinks by one a round.

    Attributes
    ----------
    typical_seconds
        Time from call to answer of recent trials; 0 before the first.
    """

    def __init__(self, most: int, first: int = 4) -> None:
        self._most, self._value, self._waited = most, float(min(first, most)), False
        self._answer_time = time.monotonic()
        self.typical_seconds = 0.0

    @property
    def silent_seconds(self) -> float:
        """Since the last answer of any replica."""
        return time.monotonic() - self._answer_time

    @property
    def width(self) -> int:
        """Trials that may be under way at once, at least 1."""
        return int(self._value)

    def learn(self, seconds: float, work_seconds: float) -> None:
        """Take in how long a trial took from call to answer, and how much of that was work."""
        self._answer_time = time.monotonic()
        weight = MEMORY if self.typical_seconds else 1.0
        self.typical_seconds += weight * (seconds - self.typical_seconds)
        waiting = (seconds - work_seconds) / max(work_seconds, 1e-3)
        if waiting > MOST_WAITING:
            self.refuse()
        elif waiting < LEAST_WAITING:
            self._grow(1 / self._value if self._waited else 1.0)

    def refuse(self) -> None:
        """Take in that a replica has too much to do."""
        self._waited, self._answer_time = True, time.monotonic()
        self._grow(-1 / self._value)

    def _grow(self, step: float) -> None:
        self._value = min(float(self._most), max(1.0, self._value + step))
