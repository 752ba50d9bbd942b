import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.predictor.rhythm_field import FieldPrior, krige, week_factors
from services.predictor.week_basis import WeekBasis

ROWS, COLUMNS = 4, 5


def dense_means(scores, information, shares, prior):
    """The posterior means of each field, by inverting the whole covariance."""
    rows, columns = (axis.ravel() for axis in np.indices(information.shape))
    distances = np.hypot(np.subtract.outer(rows, rows), np.subtract.outer(columns, columns))
    near = np.exp(-0.5 * np.square(distances / prior.reach_cells))
    covariance = (1 - prior.regional_share) * np.eye(len(rows)) + prior.regional_share * near
    seen = information.ravel() > 0
    means = []
    for field, share in enumerate(shares):
        own = prior.variance * share * covariance
        noise = np.diag(1 / information.ravel()[seen])
        values = scores[..., field].ravel()[seen] / information.ravel()[seen]
        means.append(own[:, seen] @ np.linalg.solve(own[np.ix_(seen, seen)] + noise, values))
    return np.stack(means, axis=-1).reshape(scores.shape)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**31), st.floats(0.001, 1.0), st.floats(0.0, 0.95), st.floats(0.5, 6.0))
def test_kriging_is_the_conditional_mean_of_a_gaussian_field(seed, variance, share, reach):
    generator = np.random.default_rng(seed)
    information = generator.gamma(0.5, 40.0, (ROWS, COLUMNS)) * (generator.random((ROWS, COLUMNS)) < 0.7)
    scores = generator.normal(size=(ROWS, COLUMNS, 2)) * np.sqrt(information)[..., None]
    prior = FieldPrior(variance, share, reach)
    shares = np.array([0.8, 0.2])
    expected = dense_means(scores, information, shares, prior)
    scale = max(float(np.abs(expected).max()), 1e-9)
    np.testing.assert_allclose(krige(scores, information, shares, prior) / scale, expected / scale, atol=0.02)


@pytest.fixture
def basis(generator):
    return WeekBasis.of_profile(generator.uniform(0.5, 2.0, 168))


def test_factors_are_positive_and_keep_the_total_of_each_cell(basis, generator):
    expected = generator.gamma(0.5, 60.0, (ROWS, COLUMNS)) * basis.profile[:, None, None]
    recorded = generator.poisson(expected * generator.choice([0.2, 3.0], (168, 1, 1))).astype(float)
    factors = week_factors(recorded, expected, basis, FieldPrior(2.0, 0.5, 2.0))
    assert (factors > 0).all()
    np.testing.assert_allclose((factors * expected).sum(axis=0), expected.sum(axis=0))


def test_what_goes_on_around_tells_of_cells_that_hold_little(basis):
    profile = basis.profile[:, None, None]
    wave = basis.functions[:, 0][:, None, None] * 0.3
    expected = np.full((1, 3), 1e4) * profile
    expected[:, 0, 1] = 1e-6 * basis.profile
    recorded = expected * (1 + wave)
    recorded[:, 0, 1] = 0.0
    shared, apart = (
        week_factors(recorded, expected, basis, FieldPrior(0.1, share, 2.0))[:, 0, 1] for share in (0.9, 0.0)
    )
    assert np.corrcoef(shared, wave[:, 0, 0])[0, 1] > 0.99
    np.testing.assert_allclose(apart, 1.0, atol=1e-6)


def test_without_variance_every_place_has_the_common_week(basis, generator):
    expected = 10.0 * np.ones((ROWS, COLUMNS)) * basis.profile[:, None, None]
    recorded = generator.poisson(expected).astype(float)
    np.testing.assert_allclose(week_factors(recorded, expected, basis, FieldPrior(0.0, 0.5, 1.0)), 1.0)
