"""Chance and change from year to year."""

import numpy as np
import pytest

from services.routes.gi_star import inverse_distance_weights
from services.routes.network import build_network
from services.routes.significance import pseudo_p_values, stability_r2
from services.routes.survey import Survey
from services.routes.testing import BLOCK_DEGREES, CORNER, grid_streets


def test_hot_streets_are_rarely_chance_and_noise_mostly_is(geodanet: Survey) -> None:
    weights = inverse_distance_weights(geodanet.network)
    p_values = pseudo_p_values(geodanet.likelihood, weights, seed=1)
    assert p_values.min() >= 1 / 1000
    assert p_values[geodanet.gi_star_z > 2.5].max() < 0.05
    noise = np.random.default_rng(2).permutation(geodanet.likelihood)
    assert 0.05 < (pseudo_p_values(noise, weights, seed=1) < 0.05).mean() < 0.2  # 5 % on either side


def test_a_variable_that_does_not_vary_is_never_significant(geodanet: Survey) -> None:
    weights = inverse_distance_weights(geodanet.network)
    assert (pseudo_p_values(np.ones(geodanet.network.segment_count), weights, seed=1) == 1).all()


def test_the_same_places_every_year_are_stable_and_others_are_not() -> None:
    network = build_network("town", grid_streets(6, 6))
    rng = np.random.default_rng(3)
    places = CORNER + BLOCK_DEGREES * rng.uniform(0, 5, (40, 2))
    others = CORNER + BLOCK_DEGREES * rng.uniform(0, 5, (40, 2))
    years = np.repeat([2019, 2020, 2021], 40)
    same, different = stability_r2(network, np.concatenate([places, places, others]), years)
    assert same[:2] == (2019, 2020)
    assert same[2] == pytest.approx(1)
    assert different[2] is not None
    assert different[2] < 0.5
