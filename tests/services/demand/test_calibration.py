"""The fit of mobilisation and driving to recorded responses, on responses that are made up."""

import numpy as np
import pytest

from services.demand.travel.calibration import LEAST_RECORDS, ResponseRecords, calibrate
from services.demand.travel.pace import STEADY_PACE, Pace

DAILY = 1 + 0.3 * np.sin(np.arange(24) * 2 * np.pi / 24)


def make_records(
    count, mobilisation, level, noise=0.0, seed=0, hours=None, pattern=DAILY, drive_error=0.0, stated=STEADY_PACE
):
    """Responses = mobilisation + level × pattern of the hour × stated pace × drive + noise with a long tail."""
    rng = np.random.default_rng(seed)
    drive = rng.gamma(4.0, 1.0, count)
    hour = rng.integers(0, 24, count) if hours is None else rng.choice(hours, count)
    response = mobilisation + level * pattern[hour] * stated.factors(hour) * drive
    waits = np.where(rng.random(count) < 0.1, rng.exponential(20, count), 0.0)
    response += noise * (rng.normal(0, 1, count) + waits)
    known = drive * np.exp(rng.normal(0, drive_error, count) - drive_error**2 / 2)
    return ResponseRecords(np.maximum(response, 0.1), known, hour)


@pytest.mark.parametrize("level", [0.6, 1.0, 1.7])
def test_what_drive_explains_is_found(level):
    calibration = calibrate(make_records(30_000, 2.0, level, noise=0.05), STEADY_PACE)
    assert calibration.used
    assert calibration.record_count == 30_000
    assert calibration.pace.mobilisation_minutes == pytest.approx(2.0, abs=0.1)
    np.testing.assert_allclose(calibration.pace.hour_factors, level * DAILY, atol=0.05 * level)
    assert calibration.median_error_minutes < 0.15
    assert calibration.median_error_before_minutes > 0.8


def test_unknown_cars_do_not_flatten_the_level():
    """Least squares would find about half the level: the drive is known with an error as large as its own spread."""
    records = make_records(30_000, 2.0, 1.0, noise=0.3, drive_error=0.5)
    slope = np.polyfit(records.drive_minutes, records.response_minutes, 1)[0]
    assert slope < 0.6
    pace = calibrate(records, STEADY_PACE).pace
    assert pace.mobilisation_minutes == pytest.approx(2.0, abs=0.5)
    np.testing.assert_allclose(pace.hour_factors, DAILY, atol=0.12)


def test_drive_that_explains_nothing_keeps_its_level():
    rng = np.random.default_rng(4)
    records = ResponseRecords(rng.lognormal(1.8, 0.3, 5000), rng.gamma(4, 1, 5000), rng.integers(0, 24, 5000))
    pace = calibrate(records, STEADY_PACE).pace
    assert np.mean(pace.hour_factors) == pytest.approx(1.0, abs=0.05)
    assert pace.mobilisation_minutes == pytest.approx(np.exp(1.8) - 4, abs=0.5)


def test_a_long_tail_of_waits_counts_little():
    quiet, busy = (calibrate(make_records(20_000, 2.0, 1.0, noise=noise), STEADY_PACE).pace for noise in (0.0, 0.2))
    assert busy.mobilisation_minutes == pytest.approx(quiet.mobilisation_minutes, abs=0.2)
    np.testing.assert_allclose(busy.hour_factors, quiet.hour_factors, atol=0.05)


def test_cars_that_come_sooner_than_they_can_drive_off_at_once():
    pace = calibrate(make_records(20_000, 0.0, 0.5, noise=0.02, pattern=np.ones(24)), STEADY_PACE).pace
    assert pace.mobilisation_minutes == pytest.approx(0.0, abs=0.1)
    np.testing.assert_allclose(pace.hour_factors, 0.5, atol=0.03)


def test_hours_without_records_follow_the_day():
    calibration = calibrate(make_records(20_000, 2.0, 1.4, 0.02, hours=[8, 9, 10], pattern=np.ones(24)), STEADY_PACE)
    np.testing.assert_allclose(calibration.pace.hour_factors, 1.4, atol=0.03)


def test_few_records_of_an_hour_are_drawn_to_the_day():
    pattern = np.where(np.arange(24) == 3, 3.0, 1.0)
    many, few = (
        calibrate(make_records(count, 2.0, 1.0, 0.02, pattern=pattern), STEADY_PACE).pace.hour_factors[3]
        for count in (50_000, 500)
    )
    assert many == pytest.approx(3.0, abs=0.1)
    assert 1.3 < few < 2.3


def test_the_fit_departs_from_what_the_area_says():
    stated = Pace(1.0, tuple(np.linspace(0.5, 2.0, 24)))
    records = make_records(30_000, 2.0, 1.0, noise=0.02, pattern=np.ones(24), stated=stated)
    pace = calibrate(records, stated).pace
    np.testing.assert_allclose(pace.hour_factors, stated.hour_factors, atol=0.05)
    assert pace.mobilisation_minutes == pytest.approx(2.0, abs=0.1)


def test_too_few_records_leave_the_pace_as_it_is():
    stated = Pace(3.0, (1.5,) * 24)
    calibration = calibrate(make_records(LEAST_RECORDS - 1, 2.0, 1.0), stated)
    assert not calibration.used
    assert calibration.pace == stated
    assert calibration.median_error_minutes == calibration.median_error_before_minutes
    assert calibrate(make_records(LEAST_RECORDS, 2.0, 1.0), stated).used


def test_no_records():
    none = np.zeros(0)
    calibration = calibrate(ResponseRecords(none, none, none.astype(int)), STEADY_PACE)
    assert (calibration.used, calibration.record_count) == (False, 0)


def test_responses_that_are_all_alike():
    records = ResponseRecords(np.full(1000, 5.0), np.full(1000, 2.0), np.arange(1000) % 24)
    pace = calibrate(records, STEADY_PACE).pace
    assert pace.mobilisation_minutes == pytest.approx(3.0)
    np.testing.assert_allclose(pace.hour_factors, 1.0)


def test_calls_at_the_centre_itself():
    records = ResponseRecords(np.full(1000, 5.0), np.zeros(1000), np.arange(1000) % 24)
    assert calibrate(records, STEADY_PACE).pace == Pace(5.0)
