import numpy as np
import pytest

from services.predictor.weekly_bootstrap import Estimate, relative_difference


def test_equal_scores_differ_by_nothing(generator):
    scores = generator.random(70)
    estimate = relative_difference(scores, scores, np.arange(70) // 7)
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((0, 0, 0))


def test_the_interval_covers_the_truth_nine_times_in_ten(generator):
    weeks = np.arange(26 * 7) // 7
    hits = 0
    for _ in range(500):
        reference = generator.gamma(20.0, 1.0, len(weeks))
        better = 0.98 * reference + generator.normal(0, 1.0, 26)[weeks]
        estimate = relative_difference(better, reference, weeks)
        hits += estimate.low <= -0.02 <= estimate.high
    assert hits / 500 == pytest.approx(0.9, abs=0.04)


def test_pairing_removes_what_both_share(generator):
    weeks = np.arange(26 * 7) // 7
    reference = generator.gamma(1.0, 20.0, len(weeks))
    estimate = relative_difference(0.99 * reference, reference, weeks)
    assert estimate.high - estimate.low < 1e-9
    assert estimate.value == pytest.approx(-0.01)


@pytest.mark.parametrize("weeks", [np.zeros(7, dtype=int), np.full(3, 2)])
def test_one_week_has_no_interval(weeks, generator):
    reference = generator.gamma(20.0, 1.0, len(weeks))
    estimate = relative_difference(0.9 * reference, reference, weeks)
    assert estimate == Estimate(pytest.approx(-0.1), None, None)
    assert not estimate.is_below_zero


def test_weeks_without_a_frame_are_no_weeks(generator):
    scores, reference = generator.gamma(20.0, 1.0, (2, 21))
    weeks = np.repeat([0, 1, 2], 7)
    assert relative_difference(scores, reference, 2 * weeks) == relative_difference(scores, reference, weeks)
    assert Estimate(-0.1, -0.2, -0.05).is_below_zero
