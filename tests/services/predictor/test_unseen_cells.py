import numpy as np
import pytest

from services.predictor.unseen_cells import turing_means


def test_the_total_is_kept_and_no_mean_is_zero(generator):
    recorded = generator.poisson(generator.gamma(0.3, 4.0, (20, 20))).astype(float)
    means = turing_means(recorded, 1000.0)
    assert means.sum() == pytest.approx(recorded.sum() / 1000.0)
    assert (means > 0).all()
    assert (turing_means(np.zeros((3, 3)), 10.0) > 0).all()


def test_empty_cells_expect_what_single_incidents_say():
    recorded = np.zeros((12, 12))
    recorded[:6, :6] = 9.0
    recorded[0, 0] = recorded[0, 5] = recorded[5, 0] = 1.0
    means = turing_means(recorded, 1.0)
    near = means[6, :7]  # the 13 empty cells beside the block, of cells like which three hold one incident
    np.testing.assert_allclose(near / means[1, 1] * 9.0, 3.5 / 13.5)
    assert means[11, 11] == pytest.approx(near[0] * (0.5 / 95.5) / (3.5 / 13.5))


@pytest.mark.parametrize("seed", range(5))
def test_cells_without_incidents_are_predicted_better_than_by_a_fixed_pseudo_count(seed):
    generator = np.random.default_rng(seed)
    rows, columns = np.indices((40, 40))
    town = np.hypot(rows - 20, columns - 20) < 12
    true = np.where(town, generator.gamma(0.4, 5.0, (40, 40)), 0.0)
    recorded = generator.poisson(true).astype(float)
    fixed = (recorded + 0.1) * recorded.sum() / (recorded + 0.1).sum()
    empty = recorded == 0

    def loss(means):
        return float((means - true * np.log(np.maximum(means, 1e-12)))[empty].sum())

    assert loss(turing_means(recorded, 1.0)) < loss(fixed)
