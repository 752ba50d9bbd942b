"""Bootstrap intervals."""

import numpy as np
import pytest

from services.demand.intervals import ratio_interval


def test_equal_units_leave_no_doubt():
    interval = ratio_interval(np.full(10, 2.0), np.full(10, 8.0), 1)
    assert (interval.value, interval.low, interval.high) == (0.25, 0.25, 0.25)


def test_covers_the_truth_about_nine_times_out_of_ten():
    rng = np.random.default_rng(0)
    covered = 0
    for seed in range(200):
        calls = rng.poisson(50, 40)
        interval = ratio_interval(rng.binomial(calls, 0.1).astype(float), calls.astype(float), seed)
        covered += interval.low <= 0.1 <= interval.high
    assert 0.82 <= covered / 200 <= 0.96


def test_dependent_units_leave_more_doubt():
    rng = np.random.default_rng(0)
    runs = np.repeat(rng.normal(10, 3, 30), 4)
    single, blocks = (ratio_interval(runs, np.full(120, 10.0), 1, length) for length in (1, 4))
    assert blocks.high - blocks.low > 1.5 * (single.high - single.low)


def test_nothing_to_compare_with():
    assert np.isnan(ratio_interval(np.ones(3), np.zeros(3), 1).value)


def test_a_draw_without_a_denominator_counts_as_the_estimate():
    interval = ratio_interval(np.array([1.0, 0.0]), np.array([1.0, 0.0]), 1)
    assert interval.value == interval.low == interval.high == pytest.approx(1.0)
