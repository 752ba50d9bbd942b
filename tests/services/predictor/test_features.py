import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.predictor.calendar_features import Calendar
from services.predictor.features import FeatureReader
from services.predictor.frames import Frames
from services.predictor.hour_clock import HourClock
from services.predictor.model_spec import ModelSpec

CALENDAR = Calendar(HourClock.of_zone("America/New_York"), None)
FIRST_HOUR = 400_000
READER = FeatureReader(ModelSpec(closeness_frames=3, period_days=2, trend_weeks=1), CALENDAR)


def _frames(count):
    return Frames(FIRST_HOUR, np.arange(count, dtype=np.float32)[:, None, None])


def test_lags_are_hours_days_and_weeks_most_recent_first():
    inputs = READER.read(_frames(200), np.array([FIRST_HOUR + 180]))
    assert inputs.closeness.ravel().tolist() == [179, 178, 177]
    assert inputs.period.ravel().tolist() == [156, 132]
    assert inputs.trend.ravel().tolist() == [12]
    assert READER.history_hours == 168


@given(st.integers(1, 30), st.integers(1, 6), st.integers(1, 3), st.integers(0, 40), st.integers(0, 2**31))
def test_nothing_at_or_after_the_hour_is_looked_at(closeness, period, trend, ahead, seed):
    reader = FeatureReader(ModelSpec(closeness_frames=closeness, period_days=period, trend_weeks=trend), CALENDAR)
    generator = np.random.default_rng(seed)
    counts = generator.poisson(1.0, (reader.history_hours + 60, 2, 2)).astype(np.float32)
    hour = FIRST_HOUR + reader.history_hours + ahead
    before = reader.read(Frames(FIRST_HOUR, counts), np.array([hour])).named()
    counts[hour - FIRST_HOUR :] += 100
    after = reader.read(Frames(FIRST_HOUR, counts), np.array([hour])).named()
    short = reader.read(Frames(FIRST_HOUR, counts[: hour - FIRST_HOUR]), np.array([hour])).named()
    for name, values in before.items():
        np.testing.assert_array_equal(values, after[name])
        np.testing.assert_array_equal(values, short[name])
