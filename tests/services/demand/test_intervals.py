"""Bootstrap intervals."""

import numpy as np
import pytest
from scipy.stats import binomtest

from services.demand.intervals import Interval, rate_interval, ratio_interval


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


@pytest.mark.parametrize("counts", [[1.0], [14.0], [0.0, 4.0, 10.0], [100.0] * 40])
def test_calls_without_a_failure_are_no_proof_of_none(counts):
    calls = np.array(counts)
    interval = rate_interval(np.zeros(len(calls)), calls, 1)
    exact = binomtest(0, int(calls.sum()), alternative="less").proportion_ci(0.95, "exact")
    assert (interval.value, interval.low) == (0.0, 0.0)
    assert interval.high == pytest.approx(exact.high)


def test_rates_of_calls_that_failed_are_drawn_over_units():
    failures, calls = np.array([1.0, 0.0, 3.0]), np.array([5.0, 4.0, 6.0])
    assert rate_interval(failures, calls, 1, 2) == ratio_interval(failures, calls, 1, 2)
    assert rate_interval(calls, calls, 1) == Interval(1.0, 1.0, 1.0)


def test_no_calls_have_no_rate():
    assert rate_interval(np.zeros(3), np.zeros(3), 1) is None
