from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.shift_times import Span, covering_hours, local_date, parse_date, shift_span

NEW_YORK = "America/New_York"


@pytest.mark.parametrize(
    ("day", "start", "first", "last"),
    [
        ("2015-01-01", "08:00", "2015-01-01T13:00+00:00", "2015-01-02T01:00+00:00"),
        ("2015-03-07", "20:00", "2015-03-08T01:00+00:00", "2015-03-08T13:00+00:00"),  # an hour is skipped
        ("2015-10-31", "20:00", "2015-11-01T00:00+00:00", "2015-11-01T12:00+00:00"),  # an hour comes twice
        ("2015-11-01", "01:30", "2015-11-01T05:30+00:00", "2015-11-01T17:30+00:00"),  # the first of two
        ("2015-03-08", "02:30", "2015-03-08T07:30+00:00", "2015-03-08T19:30+00:00"),  # does not exist: 03:30
    ],
)
def test_shifts_last_as_long_on_every_night_of_the_year(day: str, start: str, first: str, last: str) -> None:
    span = shift_span(date.fromisoformat(day), start, 12, NEW_YORK)
    assert span == Span(datetime.fromisoformat(first), datetime.fromisoformat(last))
    assert span.minutes == 720


@given(
    day=st.dates(date(2000, 1, 1), date(2040, 1, 1)),
    half_hours=st.integers(0, 47),
    length=st.integers(1, 48),
    zone=st.sampled_from([NEW_YORK, "Asia/Kolkata", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
)
def test_full_local_hours_cover_the_shift(day: date, half_hours: int, length: int, zone: str) -> None:
    start = f"{half_hours // 2:02d}:{half_hours % 2 * 30:02d}"
    span = shift_span(day, start, length / 2, zone)
    first_hour, hours = covering_hours(span, zone)
    assert first_hour.astimezone(ZoneInfo(zone)).minute == 0
    assert first_hour <= span.start_time < first_hour + timedelta(hours=1)
    assert first_hour + timedelta(hours=hours - 1) < span.end_time <= first_hour + timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "2015-02-29", "20150101", "2015-1-1", "2015-W01-1", "tomorrow", "2015-01-01T00"])
def test_what_is_no_day(text: str) -> None:
    assert parse_date(text) is None


def test_days_are_local() -> None:
    assert parse_date("2015-01-01") == date(2015, 1, 1)
    assert local_date(datetime(2015, 1, 1, 3, tzinfo=UTC), NEW_YORK) == "2014-12-31"
