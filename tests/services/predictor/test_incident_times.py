import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.predictor.incident_times import draw_minutes, parse_times

ZONE = "America/New_York"


def _utc(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz="UTC")


def test_local_times_and_times_with_offset():
    column = pd.Series(["2015-07-01T12:00", "2015-07-01 12:00:30", "2015-07-01T12:00Z", "2015-07-01T12:00-07:00", "x"])
    times = parse_times(column, "iso", ZONE).times
    assert list(times[:4]) == [
        _utc("2015-07-01 16:00"),
        _utc("2015-07-01 16:00:30"),
        _utc("2015-07-01 12:00"),
        _utc("2015-07-01 19:00"),
    ]
    assert times.isna().tolist() == [False] * 4 + [True]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2014-01-01 05:00:00+00", "2014-01-01 05:00"),  # as PostgreSQL writes its timestamptz
        ("2014-01-01 05:00:00.25-05", "2014-01-01 10:00:00.25"),
        ("2014-01-01T05:00:00+0530", "2013-12-31 23:30"),
        ("2014-01-01T05:00+05:30", "2013-12-31 23:30"),
        ("20140101T050000+00", "2014-01-01 05:00"),
        ("2014-01-01T05:00:00z", "2014-01-01 05:00"),
        ("2014-01-01 05:00:00 +00", "2014-01-01 05:00"),
        ("2014-01-01", "2014-01-01 05:00"),  # midnight in New York: -01 is a day
        ("2014-01", "2014-01-01 05:00"),
        ("2014/01/01 05", "2014-01-01 10:00"),
    ],
)
def test_offsets_and_days(text, instant):
    mixed = pd.Series([text, "2015-07-01T12:00", "2015-07-01T12:00+02", "x", None])
    for column in (mixed, mixed[:1]):
        assert parse_times(column, "iso", ZONE).times[0] == _utc(instant)
    assert parse_times(mixed, "iso", ZONE).times.isna().tolist() == [False, False, False, True, True]


@pytest.mark.parametrize(
    "text",
    ["now", "today", "2014-01-01T05:00+5", "2014-01-01T05:00+99", "2014-01-01 05:00 EST", "2014-01-01T05:00+00[UTC]",
     "9999-12-31T23:59-05:00", "0001-01-01T00:00+05", "2014-13-01", "10000-01-01", "1388552400", "", "NaT"],
)  # fmt: skip
def test_what_is_no_time_spoils_no_other_row(text):
    for other in ("2014-01-01 05:00:00+00", "2014-01-01 05:00:00"):
        times = parse_times(pd.Series([text, other]), "iso", ZONE).times
        assert times.isna().tolist() == [True, False]


def test_formats_with_offsets_or_names_of_zones():
    column = pd.Series(["2014-01-01 05:00 +00", "2014-01-01 05:00 -0500", "2014-01-01 05:00", "now"])
    times = parse_times(column, "%Y-%m-%d %H:%M %z", ZONE).times
    assert list(times[:2]) == [_utc("2014-01-01 05:00"), _utc("2014-01-01 10:00")]
    assert times.isna().tolist() == [False, False, True, True]
    named = parse_times(pd.Series(["2014-01-01 05:00 UTC", "2014-01-01 05:00 Nowhere"]), "%Y-%m-%d %H:%M %Z", ZONE)
    assert named.times[0] == _utc("2014-01-01 05:00")
    assert named.times.isna()[1]


def test_of_two_equal_times_the_first_is_taken():
    parsed = parse_times(pd.Series(["2015-11-01T01:30", "2015-11-01T02:30"]), "iso", ZONE)
    assert list(parsed.times) == [_utc("2015-11-01 05:30"), _utc("2015-11-01 07:30")]
    assert list(parsed.later_times) == [_utc("2015-11-01 06:30"), _utc("2015-11-01 07:30")]
    assert parsed.ambiguous.tolist() == [True, False]


def test_times_that_the_clocks_skip_are_marked():
    parsed = parse_times(pd.Series(["2015-03-08T02:30", "2015-03-08T03:30"]), "iso", ZONE)
    assert parsed.nonexistent.tolist() == [True, False]
    assert parsed.times.isna().tolist() == [True, False]


def test_strptime_formats():
    local = parse_times(pd.Series(["07/01/2015 4 PM", "31/12/2015 4 PM"]), "%m/%d/%Y %I %p", ZONE).times
    assert local[0] == _utc("2015-07-01 20:00")
    assert local.isna()[1]
    absolute = parse_times(pd.Series(["01.07.2015 16:00 +0200"]), "%d.%m.%Y %H:%M %z", ZONE).times
    assert absolute[0] == _utc("2015-07-01 14:00")


def test_timestamps_of_parquet_files():
    naive = pd.Series(pd.to_datetime(["2015-07-01 12:00"]))
    assert parse_times(naive, "iso", ZONE).times[0] == _utc("2015-07-01 16:00")
    aware = naive.dt.tz_localize("Europe/Paris")
    assert parse_times(aware, "iso", ZONE).times[0] == _utc("2015-07-01 10:00")


@given(st.integers(0, 400 * 24), st.sampled_from(["America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]))
def test_drawn_minutes_stay_in_the_local_hour(hours, zone):
    times = pd.Series([_utc("2015-01-01") + pd.Timedelta(hours=hours)]).astype("datetime64[us, UTC]")
    drawn = draw_minutes(times, zone, np.random.default_rng(1))
    before, after = times.dt.tz_convert(zone)[0], drawn.dt.tz_convert(zone)[0]
    assert (before.date(), before.hour, before.utcoffset()) == (after.date(), after.hour, after.utcoffset())
