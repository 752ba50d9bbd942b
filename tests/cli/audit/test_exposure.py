"""Exposure figures against hand computation, and intervals against known scatter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.audit.exposure import (
    UNLISTED,
    expose,
    groups_by_volume,
    groups_of_labels,
    groups_of_residents,
)

HOURS = np.array([24.0, 24.0, 12.0, 60.0])


def _counts(generator, rates, rows):
    return generator.poisson(rates, size=(rows, len(rates)))


def test_figures_of_groups(generator):
    weekly = _counts(generator, [70, 140, 70, 280], 52)
    predicted = _counts(generator, [10, 20, 20, 40], 200)
    groups = groups_of_labels(["x", "x", "y", "y"], "label")
    first, second = expose(groups, HOURS, weekly, predicted, 1)
    daily = weekly.mean(axis=0) / 7
    assert (first.name, first.car_hours, first.sector_count) == ("x", 48.0, 2)
    assert first.reported_per_day == pytest.approx(daily[:2].sum())
    assert first.predicted == pytest.approx(predicted.mean(axis=0)[:2].sum())
    assert first.hours_per_reported == pytest.approx(48 / daily[:2].sum())
    ratio = (48 / daily[:2].sum()) / (72 / daily[2:].sum())
    assert first.hours_per_reported_ratio.value == pytest.approx(ratio)
    assert second.hours_per_reported_ratio.value == pytest.approx(1 / ratio)
    assert first.hours_per_1000_residents is None
    assert first.residents is None


def test_residents_split_a_sector_among_groups(generator):
    residents = np.array([[900.0, 0.0, 500.0, 1000.0], [100.0, 2000.0, 500.0, 0.0]])
    weekly, predicted = _counts(generator, [70] * 4, 52), _counts(generator, [10] * 4, 50)
    first, second = expose(groups_of_residents(["a", "b"], residents), HOURS, weekly, predicted, 1)
    assert first.car_hours == pytest.approx(0.9 * 24 + 0.5 * 12 + 60)
    assert first.car_hours + second.car_hours == pytest.approx(HOURS.sum())
    assert first.hours_per_1000_residents == pytest.approx(1000 * first.car_hours / 2400)
    ratio = first.hours_per_1000_residents_ratio
    assert ratio.value == pytest.approx((first.car_hours / 2400) / (second.car_hours / 2600))
    assert (ratio.low, ratio.is_clear) == (None, False)  # nothing in it is drawn


def test_sectors_without_residents_are_a_group_of_their_own(generator):
    residents = np.array([[900.0, 0.0, 500.0, 1000.0]])
    groups = groups_of_residents(["a"], residents)
    _, unlisted = expose(groups, HOURS, _counts(generator, [9] * 4, 52), _counts(generator, [9] * 4, 9), 1)
    assert (unlisted.name, unlisted.car_hours, unlisted.residents) == (UNLISTED, 24.0, 0.0)
    assert unlisted.hours_per_1000_residents is None


def test_thirds_by_volume():
    groups = groups_by_volume(np.array([5.0, 50.0, 1.0, 9.0, 70.0, 8.0]))
    assert groups.names == ("most incidents", "middling", "fewest incidents")
    np.testing.assert_array_equal(groups.weights, [[0, 1, 0, 0, 1, 0], [0, 0, 0, 1, 0, 1], [1, 0, 1, 0, 0, 0]])
    assert groups_by_volume(np.array([5.0])).names == ("most incidents",)


def test_intervals_cover_the_truth_as_often_as_they_say():
    groups, covered = groups_of_labels(["x", "y"], "label"), 0
    hours, rates = np.array([30.0, 60.0]), np.array([40.0, 120.0])
    truth = (30 / 40) / (60 / 120)
    for seed in range(150):
        generator = np.random.default_rng(seed)
        weekly, predicted = _counts(generator, rates, 52), _counts(generator, rates / 7, 20)
        ratio = expose(groups, hours, weekly, predicted, seed)[0].hours_per_reported_ratio
        covered += ratio.low <= truth <= ratio.high
    assert 0.82 <= covered / 150 <= 0.96


def test_alike_groups_are_not_clear_and_different_ones_are(generator):
    groups = groups_of_labels(["x", "y"], "label")
    weekly, predicted = np.repeat(_counts(generator, [100], 52), 2, axis=1), _counts(generator, [14, 28], 100)
    exposure = expose(groups, np.array([50.0, 50.0]), weekly, predicted, 1)[0]
    assert not exposure.hours_per_reported_ratio.is_clear
    assert exposure.predicted_per_reported_ratio.is_clear


def test_one_week_gives_no_interval(generator):
    groups = groups_of_labels(["x", "y"], "label")
    weekly, predicted = _counts(generator, [100, 100], 1), _counts(generator, [14, 28], 100)
    exposure = expose(groups, np.array([50.0, 10.0]), weekly, predicted, 1)[0]
    for ratio in (exposure.hours_per_reported_ratio, exposure.predicted_per_reported_ratio):
        assert (ratio.low, ratio.high, ratio.is_clear) == (None, None, False)


def test_a_group_without_incidents_has_no_figure(generator):
    weekly = np.column_stack([np.zeros(52, dtype=int), _counts(generator, [9], 52)])
    first, second = expose(groups_of_labels(["x", "y"], "l"), np.array([1.0, 2.0]), weekly, weekly, 1)
    assert (first.hours_per_reported, first.hours_per_reported_ratio) == (None, None)
    assert second.hours_per_reported_ratio is None
    (alone,) = expose(groups_of_labels(["x", "x"], "l"), np.array([1.0, 2.0]), weekly, weekly, 1)
    assert alone.hours_per_reported is not None
    assert alone.hours_per_reported_ratio is None


@given(st.lists(st.lists(st.integers(0, 500), min_size=4, max_size=4), min_size=1, max_size=4))
def test_groups_share_out_all_presence(residents):
    counts = np.array(residents, dtype=float)
    groups = groups_of_residents([str(position) for position in range(len(counts))], counts)
    np.testing.assert_allclose(groups.weights.sum(axis=0), 1.0)
    assert groups.weights @ HOURS == pytest.approx((groups.weights * HOURS).sum(axis=1))
