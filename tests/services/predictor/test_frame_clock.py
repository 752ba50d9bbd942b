from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.predictor.area import HolidayCalendar
from services.predictor.calendar_features import EXTERNAL_FEATURES, Calendar
from services.predictor.frame_clock import FrameClock

NEW_YORK = FrameClock.of_zone("America/New_York")


def test_days_have_23_24_or_25_hours():
    lengths = [
        NEW_YORK.end_frame_of(day) - NEW_YORK.first_frame_of(day)
        for day in (date(2015, 3, 8), date(2015, 3, 9), date(2015, 11, 1))
    ]
    assert lengths == [23, 24, 25]


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Asia/Kolkata", "America/New_York", "UTC"])
def test_hours_begin_on_the_full_local_hour(zone):
    clock = FrameClock.of_zone(zone)
    hour = clock.first_frame_of(date(2015, 7, 1))
    assert clock.local_times(np.array([hour]))[0].isoformat()[:19] == "2015-07-01T00:00:00"
    assert clock.frame(clock.start_time(hour)) == hour


CHANGING_ZONES = ["Australia/Lord_Howe", "Asia/Kathmandu", "America/New_York", "America/Caracas", "Asia/Pyongyang"]


@pytest.mark.parametrize("zone", CHANGING_ZONES)
@pytest.mark.parametrize("frame_minutes", [30, 60])
def test_frames_follow_the_local_clock_through_every_change(zone, frame_minutes):
    clock = FrameClock.of_zone(zone, frame_minutes)
    quarters = pd.Series(pd.date_range("2007-01-01", "2017-01-01", freq="15min", tz="UTC"))
    numbers = clock.frames(quarters)
    steps = np.diff(numbers)
    assert set(steps) <= {0, 1}  # nothing is skipped, time never runs back
    lengths = np.bincount(numbers - numbers[0])[1:-1]
    assert (lengths != frame_minutes // 15).sum() <= 2 * 10  # only where clocks change by part of a frame
    starts = clock.local_times(np.unique(numbers)[1:])
    assert ((starts.minute % frame_minutes) != 0).sum() <= 10
    first = quarters[np.flatnonzero(steps) + 1]
    np.testing.assert_array_equal(starts.tz_convert("UTC"), pd.DatetimeIndex(first))


@pytest.mark.parametrize("day", [date(2015, 1, 10), date(2015, 7, 10), date(2015, 4, 5), date(2015, 10, 4)])
def test_days_begin_at_local_midnight_where_clocks_change_by_half_an_hour(day):
    clock = FrameClock.of_zone("Australia/Lord_Howe")
    first = clock.local_times(np.array([clock.first_frame_of(day)]))[0]
    assert first.isoformat()[:19] == f"{day.isoformat()}T00:00:00"


def test_days_on_which_clocks_change_and_unknown_dates_have_flags():
    calendar = Calendar(NEW_YORK, None)

    def flags(day):
        values = calendar.external(np.array([NEW_YORK.first_frame_of(day) + 9]))[0]
        return values[
            [EXTERNAL_FEATURES.index(name) for name in ("first_of_month", "new_year", "clock_change")]
        ].tolist()

    assert flags(date(2015, 3, 8)) == [0, 0, 1]
    assert flags(date(2015, 11, 1)) == [1, 0, 1]
    assert flags(date(2015, 1, 1)) == [1, 1, 0]
    assert flags(date(2015, 3, 9)) == [0, 0, 0]


@given(st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)))
def test_one_instant_and_many_agree(time):
    instants = pd.Series([time]).dt.tz_localize("UTC").astype("datetime64[us, UTC]")
    assert NEW_YORK.frames(instants)[0] == NEW_YORK.frame(time.replace(tzinfo=UTC))


def test_external_features_use_the_local_clock():
    calendar = Calendar(NEW_YORK, HolidayCalendar("US", "NY"))
    hours = np.array([NEW_YORK.frame(datetime(2015, 7, 4, 5, tzinfo=UTC))])  # Saturday 01:00, Independence Day
    values = dict(zip(EXTERNAL_FEATURES, calendar.external(hours)[0], strict=True))
    assert (values["holiday"], values["weekend"]) == (1.0, 1.0)
    assert values["hour_of_day_sin"] == pytest.approx(np.sin(2 * np.pi / 24), abs=1e-6)
    assert calendar.hours_of_week(hours)[0] == 5 * 24 + 1


def test_without_calendar_there_are_no_holidays():
    hours = NEW_YORK.first_frame_of(date(2015, 1, 1)) + np.arange(24)
    assert not Calendar(NEW_YORK, None).external(hours)[:, 0].any()
    assert Calendar(NEW_YORK, HolidayCalendar("US")).external(hours)[:, 0].all()


def test_external_features_are_bounded_and_finite():
    hours = NEW_YORK.first_frame_of(date(2015, 1, 1)) + np.arange(24 * 366)
    values = Calendar(NEW_YORK, HolidayCalendar("US", "NY")).external(hours)
    assert np.isfinite(values).all()
    assert np.abs(values).max() <= 1.0
