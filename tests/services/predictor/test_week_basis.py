import numpy as np
import pytest

from services.predictor.week_basis import FUNCTIONS, WeekBasis, hour_kernel


@pytest.fixture
def basis(generator):
    return WeekBasis.of_profile(generator.uniform(0.2, 3.0, 168))


def test_functions_are_orthonormal_where_incidents_are(basis):
    weighed = basis.functions * basis.profile[:, None]
    np.testing.assert_allclose(basis.functions.T @ weighed, np.eye(FUNCTIONS), atol=1e-9)
    np.testing.assert_allclose(weighed.sum(axis=0), 0.0, atol=1e-9)


def test_shares_fall_and_sum_to_one(basis):
    assert basis.shares.sum() == pytest.approx(1.0)
    assert (np.diff(basis.shares) <= 1e-12).all()
    assert (basis.shares > 0).all()


def test_scores_of_a_shape_are_its_coefficients(basis, generator):
    coefficients = generator.normal(size=(2, 3, FUNCTIONS))
    expected = 40.0 * np.ones((2, 3)) * basis.profile[:, None, None]
    np.testing.assert_allclose(basis.scores(expected * basis.shapes(coefficients)), 40.0 * coefficients, atol=1e-8)


def test_near_hours_of_like_days_are_most_alike():
    kernel = hour_kernel()
    np.testing.assert_allclose(kernel, kernel.T)
    assert np.linalg.eigvalsh(kernel).min() > -1e-9
    monday_ten = 10
    likeness = [kernel[monday_ten, hour] for hour in (10, 11, 24 + 10, 5 * 24 + 10, 22)]
    assert likeness == sorted(likeness, reverse=True)
