import numpy as np
import pytest
from scipy import integrate, stats

from services.predictor.expected_deviance import deviance_moments, expected_deviance
from services.predictor.scores import mean_poisson_deviance


@pytest.mark.parametrize("level", [1e-5, 0.003, 0.2, 1.7, 9.3, 250.0])
def test_the_table_agrees_with_sums_over_all_counts(level):
    counts = np.arange(0, int(level + 30 * np.sqrt(level) + 60))
    deviances = np.array([mean_poisson_deviance(np.array([count]), np.array([level])) for count in counts])
    shares = stats.poisson(level).pmf(counts)
    mean = float(shares @ deviances)
    variance = float(shares @ np.square(deviances - mean))
    assert deviance_moments(level) == pytest.approx((mean, variance), rel=1e-6)
    expected = expected_deviance(np.full((4, 5), level))
    assert expected.mean == pytest.approx(mean, rel=1e-3)
    assert expected.standard_error == pytest.approx(np.sqrt(variance / 20), rel=1e-3)


def test_counts_large_enough_have_the_deviance_of_a_normal_variable():
    mean, variance = deviance_moments(5_000.0)
    normal = integrate.quad(lambda x: x**2 * stats.norm.pdf(x), -12, 12)[0]
    assert (mean, variance) == pytest.approx((normal, 2.0), rel=1e-3)


def test_drawn_counts_have_the_expected_deviance(generator):
    intensities = generator.gamma(0.3, 0.2, size=(500, 40))
    expected = expected_deviance(intensities)
    errors = [
        (mean_poisson_deviance(generator.poisson(intensities), intensities) - expected.mean) / expected.standard_error
        for _ in range(40)
    ]
    assert abs(np.mean(errors)) < 3 / np.sqrt(40)
    assert 0.7 < np.std(errors) < 1.4
