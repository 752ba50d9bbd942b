"""What the clock on the wall shows in steps of elapsed time, through changes to and from daylight saving."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


def wall_minutes(start: datetime, zone_name: str, minutes: float, step_minutes: int) -> Sequence[int]:
    """Return the local minutes since the midnight before `start` at the beginning of each step.

    Whoever works from one local time to another works an hour less or more in the night in which clocks change. In the
    hour that comes twice the clock counts as standing still where it got to the first time, so that nobody begins or
    ends twice.

    Parameters
    ----------
    start : time-zone aware.
    minutes : elapsed time of the span.

    >>> start = datetime(2015, 3, 8, 6, 0, tzinfo=UTC)
    >>> wall_minutes(start, "America/New_York", 120, 30)
    [60, 90, 180, 210]
    >>> wall_minutes(datetime(2015, 11, 1, 5, 0, tzinfo=UTC), "America/New_York", 150, 30)
    [60, 90, 90, 90, 120]
    """
    zone, first = ZoneInfo(zone_name), start.astimezone(UTC)
    midnight = start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    shown: list[int] = []
    for number in range(-int(-minutes // step_minutes)):
        local = (first + timedelta(minutes=number * step_minutes)).astimezone(zone).replace(tzinfo=None)
        reached = int((local - midnight) / timedelta(minutes=1))
        shown.append(max(reached, shown[-1]) if shown else reached)
    return shown
