import numpy as np
import pytest
from scipy.stats import poisson

from services.predictor.score_intervals import covered_share


@pytest.mark.parametrize("mean", [0.05, 1.3, 40.0])
@pytest.mark.parametrize("nominal", [0.5, 0.9])
def test_right_scenarios_cover_what_they_should(generator, mean, nominal):
    scenarios = generator.poisson(mean, (100, 20_000))
    recorded = generator.poisson(mean, 20_000)
    below, equal = (scenarios < recorded).sum(axis=0), (scenarios == recorded).sum(axis=0)
    assert covered_share(below, equal, 100, nominal) == pytest.approx(nominal, abs=0.01)


def test_scenarios_that_vary_too_little_cover_too_little(generator):
    scenarios, recorded = generator.poisson(40.0, (100, 5000)), generator.negative_binomial(10, 0.2, 5000)
    below, equal = (scenarios < recorded).sum(axis=0), (scenarios == recorded).sum(axis=0)
    assert covered_share(below, equal, 100, 0.9) < 0.75


def test_it_is_the_expected_share_of_ranks(generator):
    """One total: the share of its possible random ranks within the central half."""
    below, equal = np.array([20.0]), np.array([9.0])  # ranks 20 to 29 of 0 to 99
    assert covered_share(below, equal, 99, 0.5) == pytest.approx(5 / 10)
    assert poisson.cdf(0, 0.05) > 0.9  # the plain half interval of so small a mean would always be full
