"""The quality of a set of routes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import linregress

from services.routes.quality import coefficient_of_determination, visit_counts


@given(st.integers(0, 10_000))
def test_r2_equals_scipys_regression(seed: int) -> None:
    rng = np.random.default_rng(seed)
    visits, likelihood = rng.integers(0, 5, 30).astype(float), rng.random(30)
    r2 = coefficient_of_determination(visits, likelihood)
    assert r2 == pytest.approx(linregress(likelihood, visits).rvalue ** 2)


def test_r2_is_not_defined_without_variation() -> None:
    assert coefficient_of_determination(np.ones(3), np.array([0.0, 0.5, 1.0])) is None
    assert coefficient_of_determination(np.array([0.0, 0.5, 1.0]), np.ones(3)) is None


def test_a_route_visits_a_segment_once_however_often_it_passes() -> None:
    assert visit_counts([np.array([0, 2, 3, 1]), np.array([3])], 3).tolist() == [1.0, 2.0, 0.0]
