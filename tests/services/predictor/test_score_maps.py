import numpy as np
import pytest

from services.predictor.score_maps import group_scores, hot_spot_scores, reliability
from services.predictor.scores import frame_deviances, mean_poisson_deviance

COVERED = np.ones((4, 5), dtype=bool)
DAYS = np.repeat(np.arange(30), 24)


@pytest.fixture
def intensities(generator):
    return generator.gamma(0.5, 0.2, (len(DAYS), 4, 5)) * generator.gamma(1.0, 1.0, (4, 5))


def test_hot_spots_by_hand():
    counts = np.zeros((2, 1, 10), np.float32)
    counts[:, 0, 3], counts[:, 0, 7] = 3, 1
    intensities = np.zeros_like(counts)
    intensities[:, 0, 7], intensities[:, 0, 3] = 2, 1
    covered = np.ones((1, 10), dtype=bool)
    best, second = hot_spot_scores(counts, intensities, np.array([0, 1]), covered)[2:]
    assert (best.area_share, best.hit_rate, best.pai, best.pei) == pytest.approx((0.1, 0.25, 2.5, 1 / 3))
    assert (second.area_share, second.hit_rate, second.pai, second.pei) == pytest.approx((0.2, 1.0, 5.0, 1.0))


def test_knowing_the_future_is_fully_efficient(generator, intensities):
    counts = generator.poisson(intensities).astype(np.float32)
    assert all(spot.pei == pytest.approx(1.0) for spot in hot_spot_scores(counts, counts, DAYS, COVERED))
    assert all(spot.pei < 1.0 for spot in hot_spot_scores(counts, intensities, DAYS, COVERED)[1:])


def test_cells_without_sectors_are_no_area(generator, intensities):
    half = COVERED.copy()
    half[:2] = False
    counts = generator.poisson(intensities)
    assert hot_spot_scores(counts, intensities, DAYS, half)[2].area_share == 0.1


def test_a_right_predictor_is_reliable(generator, intensities):
    bins = reliability(generator.poisson(intensities), intensities, COVERED)
    assert [group.predicted for group in bins] == sorted(group.predicted for group in bins)
    assert sum(group.count for group in bins) == intensities.size
    assert all(abs(group.recorded - group.predicted) < 4 * group.standard_error for group in bins)


def test_groups_are_scored_by_their_totals(generator):
    predicted = generator.gamma(2.0, 0.5, (200, 2))
    counts = generator.poisson(predicted)
    first, second = group_scores(["A", "B"], counts, predicted, np.ones_like(predicted))
    assert (first.name, first.actual_count) == ("A", counts[:, 0].sum())
    assert second.relative_deviance < 0
    assert first.predicted_count == pytest.approx(predicted[:, 0].sum())


def test_frame_deviances_sum_to_the_mean(generator, intensities):
    counts = generator.poisson(intensities).astype(np.float32)
    total = frame_deviances(counts, intensities.astype(np.float32)).sum()
    assert total / counts.size == pytest.approx(mean_poisson_deviance(counts, intensities), rel=1e-5)
