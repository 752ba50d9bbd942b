"""How many trials of a run to have under way at once, learned from how long they wait at replicas."""

import math
import time

WAITING = 0.5
"""Wanted time in the queues of replicas, by time of work: enough that none runs dry, little enough to stay current."""

MEMORY = 0.2
"""Weight of the newest trial in what is typical."""


class Load:
    """The width of a run: so many trials at once that they wait a little.

    By Little's law the replicas work on `width · work / (waiting + work)` trials at a time. The width follows this
    number, plus a share that waits, within one round of trials: it grows while trials hardly wait, so that a replica
    that joins soon has its share, and shrinks when one is lost.

    Attributes
    ----------
    typical_seconds
        Time from call to answer of recent trials; 0 before the first.
    """

    def __init__(self, most: int, first: int = 4) -> None:
        self._most, self._value = most, float(min(first, most))
        self._answer_time = time.monotonic()
        self.typical_seconds = 0.0

    @property
    def silent_seconds(self) -> float:
        """Since the last answer of any replica."""
        return time.monotonic() - self._answer_time

    @property
    def width(self) -> int:
        """Trials that may be under way at once, at least 1."""
        return min(self._most, math.ceil(self._value))

    def learn(self, seconds: float, work_seconds: float) -> None:
        """Take in how long a trial took from call to answer, and how much of that was work."""
        self._answer_time = time.monotonic()
        weight = MEMORY if self.typical_seconds else 1.0
        self.typical_seconds += weight * (seconds - self.typical_seconds)
        working = self._value * min(1.0, work_seconds / max(seconds, 1e-9))
        self._follow((1 + WAITING) * working)

    def refuse(self) -> None:
        """Take in that a replica has too much to do."""
        self._answer_time = time.monotonic()
        self._follow(self._value - 1)

    def _follow(self, wanted: float) -> None:
        self._value += (wanted - self._value) / self._value
        self._value = min(float(self._most), max(1.0, self._value))
