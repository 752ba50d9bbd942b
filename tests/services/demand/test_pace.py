"""Mobilisation and factors by hour of the day."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from services.demand.travel.pace import STEADY_PACE, Pace, local_hours

NEW_YORK = "America/New_York"
RISING = Pace(hour_factors=tuple(1 + hour / 100 for hour in range(24)))


def test_a_steady_pace_changes_nothing():
    assert STEADY_PACE.is_even
    assert STEADY_PACE.factors(np.arange(24)).tolist() == [1.0] * 24
    assert STEADY_PACE.mobilisation_minutes == 0


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"mobilisation_minutes": -1.0}, "mobilisation_minutes of 0 to 60"),
        ({"mobilisation_minutes": float("nan")}, "mobilisation_minutes of 0 to 60"),
        ({"hour_factors": (1.0,) * 23}, "24 hour_factors, got 23"),
        ({"hour_factors": (1.0,) * 23 + (0.0,)}, "hour_factors of 0.1 to 10"),
    ],
)
def test_paces_are_checked(fields, message):
    with pytest.raises(ValueError, match=message):
        Pace(**fields)


@pytest.mark.parametrize(
    "start",
    [
        datetime(2014, 7, 1, 3, 17, tzinfo=UTC),
        datetime(2014, 3, 9, 5, tzinfo=UTC),  # clocks go forward at 07:00 UTC
        datetime(2014, 11, 2, 4, tzinfo=UTC),  # clocks go back at 06:00 UTC
        datetime(2014, 11, 2, 1, 30, tzinfo=ZoneInfo(NEW_YORK)),
    ],
)
@pytest.mark.parametrize("zone", [NEW_YORK, "Asia/Kathmandu", "Australia/Lord_Howe"])
def test_local_hours_equal_those_of_the_clock(start, zone):
    minutes = np.arange(0, 1500, 7.25)
    expected = [
        (start.astimezone(UTC) + timedelta(minutes=minute)).astimezone(ZoneInfo(zone)).hour for minute in minutes
    ]
    assert local_hours(start, minutes, zone).tolist() == expected


def test_the_night_on_which_clocks_go_back_has_an_hour_twice():
    start = datetime(2014, 11, 2, 4, tzinfo=UTC)  # midnight in New York
    assert local_hours(start, np.arange(0.0, 300, 60), NEW_YORK).tolist() == [0, 1, 1, 2, 3]
    assert RISING.span_factor(start, 240, NEW_YORK) == pytest.approx(1 + (0 + 1 + 1 + 2) / 400)


def test_the_night_on_which_clocks_go_forward_lacks_an_hour():
    start = datetime(2014, 3, 9, 5, tzinfo=UTC)  # midnight in New York
    assert RISING.span_factor(start, 240, NEW_YORK) == pytest.approx(1 + (0 + 1 + 3 + 4) / 400)


def test_the_mean_of_a_span_counts_minutes():
    start = datetime(2014, 7, 1, 12, 45, tzinfo=UTC)  # 08:45 in New York
    assert RISING.span_factor(start, 60, NEW_YORK) == pytest.approx(1 + (0.25 * 8 + 0.75 * 9) / 100)
    assert RISING.span_factor(start, 1440, NEW_YORK) == pytest.approx(RISING.day_factor)
