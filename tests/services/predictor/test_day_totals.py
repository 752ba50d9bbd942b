import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.predictor.day_totals import MEMORY_DAYS, DayTotals

FRAMES_PER_DAY = 4


def _totals(first_frame, counts):
    return DayTotals.of_counts(first_frame, counts.astype(np.float32), FRAMES_PER_DAY)


def test_only_whole_days_count():
    totals = _totals(5, np.arange(12.0)[:, None, None])  # frames 5 to 16: day 2 (8 to 11) and day 3 (12 to 15)
    assert totals.first_day == 2
    assert totals.counts.ravel().tolist() == [3 + 4 + 5 + 6, 7 + 8 + 9 + 10]


@settings(deadline=None)
@given(st.integers(0, 9), st.integers(10, 60), st.integers(0, 2**31), st.floats(0.5, 100.0))
def test_decayed_means_are_weighted_means_of_known_days(first_frame, frame_count, seed, half_life):
    counts = np.random.default_rng(seed).poisson(1.0, (frame_count, 2, 3))
    totals = _totals(first_frame, counts)
    ends = np.array([first_frame + frame_count // 2, first_frame + frame_count, 10_000])
    means = totals.decayed_means(ends, np.array([half_life]))
    for row, end in enumerate(ends):
        days = [
            day for day in range(100) if first_frame <= 4 * day and 4 * day + 4 <= min(end, first_frame + frame_count)
        ]
        weights = [2 ** (-(days[-1] - day) / half_life) for day in days]
        sums = [counts[4 * day - first_frame : 4 * day + 4 - first_frame].sum(axis=0) for day in days]
        expected = np.average(sums, axis=0, weights=weights) / 4 if days else np.zeros((2, 3))
        np.testing.assert_allclose(means[row, ..., 0], expected, rtol=1e-5, atol=1e-7)


def test_levels_are_means_over_the_last_weeks():
    counts = np.repeat(np.arange(30.0), FRAMES_PER_DAY)[:, None, None] / FRAMES_PER_DAY
    levels = _totals(0, counts).level_means(np.array([30 * FRAMES_PER_DAY]), np.array([1, 2, 52]))
    assert levels[0] * FRAMES_PER_DAY == pytest.approx([26.0, 22.5, 14.5])


def test_the_memory_ends():
    counts = np.zeros((FRAMES_PER_DAY * (MEMORY_DAYS + 1), 1, 1))
    counts[:FRAMES_PER_DAY] = 100.0
    totals = _totals(0, counts)
    end = np.array([len(counts)])
    assert totals.decayed_means(end, np.array([1e9])).max() == 0
    assert totals.decayed_means(end - FRAMES_PER_DAY, np.array([1e9])).max() > 0


def test_without_a_known_day_means_are_zero():
    totals = _totals(0, np.ones((8, 1, 1)))
    assert totals.decayed_means(np.array([3]), np.array([7.0])).max() == 0
    assert totals.level_means(np.array([3]), np.array([1])).max() == 0
