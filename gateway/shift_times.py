"""When a shift of an area is, in absolute time."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DATE_PATTERN = re.compile(r"\d{4}-\d{2}-\d{2}")

FIRST_YEAR, LAST_YEAR = 1900, 2999
"""Plans lie well within the years that dates can hold: no zone and no shift leads out of them."""


@dataclass(frozen=True)
class Span:
    """A stretch of absolute time, in UTC."""

    start_time: datetime
    end_time: datetime

    @property
    def minutes(self) -> int:
        """Length, minutes."""
        return round((self.end_time - self.start_time).total_seconds() / 60)


def parse_date(text: str) -> date | None:
    """Return the day in ISO 8601 ("2014-12-31"); None if it is not one of the years 1900 to 2999."""
    if not DATE_PATTERN.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def shift_span(day: date, start: str, hours: float, time_zone: str) -> Span:
    """Return the span of a shift.

    Parameters
    ----------
    day
        The local day on which the shift starts.
    start
        Local time "HH:MM". Where clocks go back, the first of two equal times is taken; a time that does not exist
        where clocks go forward is taken as so long after the last time that exists.
    hours
        Length of the shift in absolute time: twelve hours are twelve hours on every night of the year.
    time_zone
        IANA time zone.

    >>> span = shift_span(date(2015, 3, 7), "20:00", 12, "America/New_York")
    >>> span.end_time.astimezone(ZoneInfo("America/New_York")).strftime("%H:%M")
    '09:00'
    """
    hour, minute = start.split(":")
    local = datetime.combine(day, time(int(hour), int(minute)), ZoneInfo(time_zone))
    start_time = local.astimezone(UTC)
    return Span(start_time, start_time + timedelta(hours=hours))


def covering_hours(span: Span, time_zone: str) -> tuple[datetime, int]:
    """Return the full local hour in which a span begins, and how many hours from there cover the span."""
    local = span.start_time.astimezone(ZoneInfo(time_zone))
    past_the_hour = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    first_hour = span.start_time - past_the_hour
    return first_hour, -(-(span.end_time - first_hour) // timedelta(hours=1))


def local_date(instant: datetime, time_zone: str) -> str:
    """Return the local day of an instant, ISO 8601."""
    return instant.astimezone(ZoneInfo(time_zone)).date().isoformat()
