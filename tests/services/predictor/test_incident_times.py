import numpy as np
import pandas as pd
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


def test_of_two_equal_times_the_first_is_taken():
    parsed = parse_times(pd.Series(["2015-11-01T01:30", "2015-11-01T02:30"]), "iso", ZONE)
    assert list(parsed.times) == [_utc("2015-11-01 05:30"), _utc("2015-11-01 07:30")]
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
