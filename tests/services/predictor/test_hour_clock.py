from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.predictor.area import HolidayCalendar
from services.predictor.calendar_features import EXTERNAL_FEATURES, Calendar
from services.predictor.hour_clock import HourClock

NEW_YORK = HourClock.of_zone("America/New_York")


def test_days_have_23_24_or_25_hours():
    lengths = [
        NEW_YORK.end_hour_of(day) - NEW_YORK.first_hour_of(day)
        for day in (date(2015, 3, 8), date(2015, 3, 9), date(2015, 11, 1))
    ]
    assert lengths == [23, 24, 25]


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Asia/Kolkata", "America/New_York", "UTC"])
def test_hours_begin_on_the_full_local_hour(zone):
    clock = HourClock.of_zone(zone)
    hour = clock.first_hour_of(date(2015, 7, 1))
    assert clock.local_times(np.array([hour]))[0].isoformat()[:19] == "2015-07-01T00:00:00"
    assert clock.hour(clock.start_time(hour)) == hour


@given(st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)))
def test_one_instant_and_many_agree(time):
    instants = pd.Series([time]).dt.tz_localize("UTC").astype("datetime64[us, UTC]")
    assert NEW_YORK.hours(instants)[0] == NEW_YORK.hour(time.replace(tzinfo=UTC))


def test_external_features_use_the_local_clock():
    calendar = Calendar(NEW_YORK, HolidayCalendar("US", "NY"))
    hours = np.array([NEW_YORK.hour(datetime(2015, 7, 4, 5, tzinfo=UTC))])  # Saturday 01:00, Independence Day
    values = dict(zip(EXTERNAL_FEATURES, calendar.external(hours)[0], strict=True))
    assert (values["holiday"], values["weekend"]) == (1.0, 1.0)
    assert values["hour_of_day_sin"] == pytest.approx(np.sin(2 * np.pi / 24), abs=1e-6)
    assert calendar.hours_of_week(hours)[0] == 5 * 24 + 1


def test_without_calendar_there_are_no_holidays():
    hours = NEW_YORK.first_hour_of(date(2015, 1, 1)) + np.arange(24)
    assert not Calendar(NEW_YORK, None).external(hours)[:, 0].any()
    assert Calendar(NEW_YORK, HolidayCalendar("US")).external(hours)[:, 0].all()


def test_external_features_are_bounded_and_finite():
    hours = NEW_YORK.first_hour_of(date(2015, 1, 1)) + np.arange(24 * 366)
    values = Calendar(NEW_YORK, HolidayCalendar("US", "NY")).external(hours)
    assert np.isfinite(values).all()
    assert np.abs(values).max() <= 1.0
