import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from services.predictor.scores import mean_poisson_deviance, pearson_dispersion, rmse


@given(st.lists(st.tuples(st.integers(0, 9), st.floats(0.01, 9)), min_size=1))
def test_deviance_is_twice_the_log_likelihood_ratio(pairs):
    counts, means = np.array(pairs).T
    saturated = poisson.logpmf(counts, np.maximum(counts, 1e-300))
    expected = 2 * np.mean(saturated - poisson.logpmf(counts, means))
    assert mean_poisson_deviance(counts, means) == pytest.approx(expected, abs=1e-5)


def test_deviance_of_a_zero_intensity_is_finite():
    assert np.isfinite(mean_poisson_deviance(np.array([1.0]), np.array([0.0])))


def test_rmse_and_dispersion(generator):
    assert rmse(np.array([0.0, 2.0]), np.array([1.0, 1.0])) == 1.0
    counts = generator.poisson(5.0, 20_000).astype(float)
    assert pearson_dispersion(counts, np.full(20_000, 5.0)) == pytest.approx(1.0, abs=0.03)
