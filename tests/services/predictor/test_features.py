import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.predictor.calendar_features import Calendar
from services.predictor.features import FeatureReader
from services.predictor.frame_clock import FrameClock
from services.predictor.frames import Frames
from services.predictor.model_spec import ModelSpec

CALENDAR = Calendar(FrameClock.of_zone("America/New_York"), None)
FIRST_FRAME = 400_000
READER = FeatureReader(ModelSpec(closeness_frames=3, period_days=2, trend_weeks=1), CALENDAR)


def _frames(count):
    return Frames(FIRST_FRAME, np.arange(count, dtype=np.float32)[:, None, None])


def test_lags_are_hours_days_and_weeks_most_recent_first():
    inputs = READER.read(_frames(200), np.array([FIRST_FRAME + 180]))
    assert inputs.closeness.ravel().tolist() == [179, 178, 177]
    assert inputs.period.ravel().tolist() == [156, 132]
    assert inputs.trend.ravel().tolist() == [12]
    assert READER.history_frames == 168


@settings(deadline=None)
@given(
    st.integers(1, 30),
    st.integers(1, 6),
    st.integers(1, 3),
    st.integers(0, 40),
    st.integers(0, 2**31),
    st.sampled_from([0, 1, 5, 30]),
    st.sampled_from([30, 60]),
)
def test_nothing_that_is_not_known_yet_is_looked_at(closeness, period, trend, ahead, seed, delay_hours, frame_minutes):
    spec = ModelSpec(
        closeness_frames=closeness,
        period_days=period,
        trend_weeks=trend,
        frame_minutes=frame_minutes,
        reporting_delay_hours=delay_hours,
    )
    calendar = Calendar(FrameClock.of_zone("America/New_York", frame_minutes), None)
    reader, per_day = FeatureReader(spec, calendar), calendar.clock.frames_per_day
    generator = np.random.default_rng(seed)
    counts = generator.poisson(1.0, (reader.history_frames + 60, 2, 2)).astype(np.float32)
    frame = FIRST_FRAME + reader.history_frames + ahead
    known = frame - FIRST_FRAME - delay_hours * 60 // frame_minutes
    before = reader.read(Frames(FIRST_FRAME, counts, per_day), np.array([frame])).named()
    counts = counts.copy()
    counts[known:] += 100
    after = reader.read(Frames(FIRST_FRAME, counts, per_day), np.array([frame])).named()
    short = reader.read(Frames(FIRST_FRAME, counts[:known], per_day), np.array([frame])).named()
    for name, values in before.items():
        np.testing.assert_array_equal(values, after[name])
        np.testing.assert_array_equal(values, short[name])
