"""Combines a time limit with the caller's wish to stop."""

import time

from serving.work import Stop


class TimeLimit:
    """A limit of `seconds` from now on; also over once `stop` is true."""

    def __init__(self, seconds: float, stop: Stop) -> None:
        self._end_time = time.monotonic() + seconds
        self._stop = stop

    @property
    def remaining_seconds(self) -> float:
        """Seconds left; 0 when over."""
        return 0.0 if self._stop() else max(self._end_time - time.monotonic(), 0.0)

    def over(self) -> bool:
        """Tell whether to stop."""
        return self.remaining_seconds == 0.0

    def share(self, fraction: float) -> "TimeLimit":
        """Return a limit that ends after this fraction of the remaining time."""
        return TimeLimit(self.remaining_seconds * fraction, self._stop)
