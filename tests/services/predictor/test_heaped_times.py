import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from services.predictor.heaped_times import spread_heaped_times


def made(minutes, zone="America/New_York", seed=0):
    hours = np.sort(np.random.default_rng(seed).integers(0, 5000, len(minutes)))
    times = pd.Timestamp("2015-01-01", tz="UTC") + pd.to_timedelta(hours * 60 + np.asarray(minutes), unit="min")
    frame = pd.DataFrame({"time": times.astype("datetime64[us, UTC]"), "id": np.arange(len(minutes))})
    return frame.sort_values("time", kind="stable")


def heaped(count, seed=1):
    generator = np.random.default_rng(seed)
    draws = generator.random(count)
    return np.where(draws < 0.4, 0, np.where(draws < 0.5, 30, generator.integers(0, 60, count)))


def test_heaps_are_gone_and_hours_stay_as_recorded():
    incidents = made(heaped(20_000))
    spread = spread_heaped_times(incidents, "America/New_York")
    counts = np.bincount(spread["time"].dt.minute, minlength=60)
    assert counts.max() < 1.5 * counts.mean()
    assert spread["time"].is_monotonic_increasing
    before, after = (frame.set_index("id")["time"].dt.floor("h").sort_index() for frame in (incidents, spread))
    pd.testing.assert_series_equal(before, after)


def test_half_hours_stay_half_hours():
    incidents = made(heaped(20_000))
    merged = incidents.merge(spread_heaped_times(incidents, "UTC"), on="id")
    half = merged[merged["time_x"].dt.minute == 30]
    assert half["time_y"].dt.minute.between(30, 59).all()
    assert half["time_y"].dt.minute.nunique() == 30


def test_times_that_are_not_heaped_stay():
    incidents = made(np.random.default_rng(2).integers(0, 60, 20_000))
    pd.testing.assert_frame_equal(spread_heaped_times(incidents, "UTC"), incidents)


def test_the_local_clock_says_what_the_full_hour_is():
    incidents = made((heaped(20_000) + 15) % 60)  # full hours of Kathmandu, 5:45 ahead of UTC
    counts = np.bincount(spread_heaped_times(incidents, "Asia/Kathmandu")["time"].dt.minute, minlength=60)
    assert counts.max() < 1.5 * counts.mean()


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 59), max_size=60), st.integers(0, 9))
def test_the_same_incidents_give_the_same_times_and_none_is_lost(minutes, seed):
    incidents = made(np.array(minutes, dtype=int), seed=seed)
    spread = spread_heaped_times(incidents, "UTC")
    pd.testing.assert_frame_equal(spread, spread_heaped_times(incidents, "UTC"))
    assert sorted(spread["id"]) == sorted(incidents["id"])
