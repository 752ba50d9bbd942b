import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from services.predictor.area import Grid
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


def test_frames_shorter_than_an_hour_are_not_dominated_by_rounded_times():
    generator = np.random.default_rng(5)
    minutes = np.where(generator.random(20_000) < 0.4, 0, generator.integers(0, 60, 20_000))
    start = pd.Timestamp("2015-01-01", tz="UTC")
    times = start + pd.to_timedelta(60 * generator.integers(0, 2000, 20_000) + minutes, unit="min")
    incidents = pd.DataFrame({"time": times.astype("datetime64[us, UTC]"), "latitude": 0.5, "longitude": 0.5})
    incidents = incidents.sort_values("time", kind="stable")
    grid = Grid(0.0, 0.0, 1.0, 1.0, 1, 1)
    hourly, half_hourly = (
        FeatureReader(ModelSpec(frame_minutes=frame_minutes), Calendar(FrameClock.of_zone("UTC", frame_minutes), None))
        for frame_minutes in (60, 30)
    )
    first = hourly.calendar.clock.frame(start.to_pydatetime())
    counts = hourly.count(incidents, grid, first, first + 2000).counts.ravel()
    halves = half_hourly.count(incidents, grid, 2 * first, 2 * first + 4000).counts.reshape(-1, 2)
    np.testing.assert_array_equal(halves.sum(axis=1), counts)
    assert abs(halves.sum(axis=0)[0] / counts.sum() - 0.5) < 0.02


def test_frames_do_not_reach_back_before_the_first_incident():
    times = pd.Series(pd.date_range("2015-01-01", periods=900, freq="h", tz="UTC").astype("datetime64[us, UTC]"))
    incidents = pd.DataFrame({"time": times, "latitude": 0.5, "longitude": 0.5})
    first = CALENDAR.clock.frame(times[0].to_pydatetime())
    frames = READER.count(incidents, Grid(0.0, 0.0, 1.0, 1.0, 1, 1), first + 800, first + 850)
    assert (frames.first_frame, frames.end_frame) == (first, first + 850)
    assert frames.counts.min() == 1
