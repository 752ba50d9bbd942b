"""How long a piece of work may take, and whether somebody asked to stop."""

import time
from collections.abc import Callable
from dataclasses import dataclass

Stop = Callable[[], bool]


@dataclass(frozen=True)
class Budget:
    """Time until a deadline, cut short by a stop.

    Attributes
    ----------
    deadline
        On ``time.monotonic``, seconds.
    stop
        True once the caller wants no more.
    """

    deadline: float
    stop: Stop

    @classmethod
    def of_seconds(cls, seconds: float, stop: Stop) -> "Budget":
        """Return a budget of so many seconds from now."""
        return cls(time.monotonic() + seconds, stop)

    @property
    def seconds_left(self) -> float:
        """Seconds until the deadline, at least 0."""
        return max(0.0, self.deadline - time.monotonic())

    @property
    def over(self) -> bool:
        """Whether the work must end now."""
        return self.stop() or time.monotonic() >= self.deadline

    def share(self, fraction: float, most_seconds: float = float("inf")) -> "Budget":
        """Return a part of what is left, at most `most_seconds`."""
        return Budget.of_seconds(min(self.seconds_left * fraction, most_seconds), self.stop)
