"""Times of the day on the local clock; days on which clocks change are not told apart."""

DAY_MINUTES = 1440


def clock_times(start: str, step_minutes: float, count: int) -> list[str]:
    """Return local times from a start on, in steps.

    >>> clock_times("23:30", 60, 2)
    ['23:30', '00:30']
    """
    first = minutes_of(start)
    return [clock_time(first + step_minutes * number) for number in range(count)]


def minutes_of(time: str) -> int:
    """Return the minute of the day of a time such as "07:30", which is known to be one."""
    hour, minute = time.split(":")
    return 60 * int(hour) + int(minute)


def clock_time(minute: float) -> str:
    """Write a minute of the day, or of a later one.

    >>> clock_time(1500)
    '01:00'
    """
    hour, rest = divmod(int(minute) % DAY_MINUTES, 60)
    return f"{hour:02d}:{rest:02d}"


def duration(minutes: float) -> str:
    """Write minutes as hours.

    >>> duration(510)
    '8.5 h'
    """
    return f"{minutes / 60:g} h"
