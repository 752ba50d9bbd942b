"""Getis-Ord Gi*, against esda."""

from itertools import permutations

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp
from esda import G_Local
from hypothesis import given, settings
from hypothesis import strategies as st
from libpysal.graph import Graph

from services.routes.basic_units import merge_chains
from services.routes.gi_star import gi_star, inverse_distance_weights, rescale
from services.routes.network import build_network
from services.routes.planning import Reward, segment_rewards
from services.routes.streets import Street
from services.routes.survey import survey_network
from services.routes.testing import grid_streets


def random_weights(rng: np.random.Generator, count: int, binary: bool) -> sp.csr_array:
    weights = (rng.random((count, count)) < 0.3) * (1.0 if binary else rng.uniform(0.1, 5.0, (count, count)))
    np.fill_diagonal(weights, 1.0)
    return sp.csr_array(weights)


@given(st.integers(0, 10_000), st.booleans())
@settings(max_examples=30)
def test_the_statistic_equals_esda_on_random_weights_which_stay_unchanged(seed: int, binary: bool) -> None:
    rng = np.random.default_rng(seed)
    weights, variable = random_weights(rng, 12, binary), rng.gamma(1.0, size=12)
    before = weights.toarray()
    expected = G_Local(variable, Graph.from_sparse(weights), transform="R", permutations=0, star=True)
    assert gi_star(variable, weights).Gs == pytest.approx(expected.Gs)
    assert np.array_equal(weights.toarray(), before)


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_the_z_score_equals_esda_where_weights_are_equal(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights, variable = random_weights(rng, 12, binary=True), rng.gamma(1.0, size=12)
    partial = np.asarray(weights.sum(axis=1)).ravel() < 12  # z is not defined where everybody is a neighbour
    expected = G_Local(variable, Graph.from_sparse(weights), transform="B", permutations=0, star=True)
    assert gi_star(variable, weights).Zs[partial] == pytest.approx(expected.Zs[partial])


def test_z_scores_of_unequal_weights_have_mean_zero_and_deviation_one_under_shuffling() -> None:
    rng = np.random.default_rng(0)
    weights, variable = random_weights(rng, 40, binary=False), rng.gamma(1.0, size=40)
    scores = np.array([gi_star(rng.permutation(variable), weights).Zs for _ in range(600)])
    assert scores.mean(axis=0) == pytest.approx(np.zeros(40), abs=0.2)
    assert scores.std(axis=0) == pytest.approx(np.ones(40), abs=0.12)


def test_weights_are_inverse_distances_between_midpoints_along_streets() -> None:
    network = build_network("town", grid_streets(3, 3, np.random.default_rng(3)))
    graph = nx.Graph()
    for segment, length_m in enumerate(network.lengths_m):
        for node in (network.from_nodes[segment], network.to_nodes[segment]):
            graph.add_edge(("middle", segment), int(node), length_m=length_m / 2)
    weights = inverse_distance_weights(network, band_m=250.0).toarray()
    for first in range(network.segment_count):
        distances_m = nx.single_source_dijkstra_path_length(graph, ("middle", first), weight="length_m")
        for second in set(range(network.segment_count)) - {first}:
            distance_m = distances_m[("middle", second)]
            assert weights[first, second] == pytest.approx(1 / distance_m if distance_m <= 250 else 0)
        others = np.delete(weights[first], first)
        assert weights[first, first] == others.max()


def test_a_segment_without_neighbours_is_its_own() -> None:
    line = np.array([[0.0, 0.0], [0.01, 0.0]])
    network = build_network("town", [Street(0, 1, line, 1000.0), Street(1, 2, line, 1000.0)])
    assert inverse_distance_weights(network, band_m=500.0).toarray().tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_where_nothing_varies_nothing_is_hot() -> None:
    assert gi_star(np.full(3, 2.0), sp.csr_array(np.eye(3))).Zs.tolist() == [0.0, 0.0, 0.0]
    assert gi_star(np.array([2.0]), sp.csr_array(np.eye(1))).Zs.tolist() == [0.0]


def brute_force_z(variable: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the z-scores by every order of the values; 0 where the order makes no difference."""
    standardised = weights / weights.sum(axis=1, keepdims=True)
    drawn = standardised @ np.array(list(permutations(variable))).T
    deviation = drawn.std(axis=1)
    z = (standardised @ variable - drawn.mean(axis=1)) / np.where(deviation > 1e-12, deviation, 1.0)
    return np.where(deviation > 1e-12, z, 0.0)


@pytest.mark.parametrize(
    "weights",
    [
        np.full((2, 2), 0.01),  # two neighbouring segments
        np.array([[0.1, 0.1, 0.1], [0.1, 0.1, 0.0], [0.1, 0.0, 0.1]]),
        np.array([[0.3, 0.3, 0.3, 0.3], [0.3, 0.4, 0.2, 0.1], [0.3, 0.2, 0.3, 0.0], [0.3, 0.1, 0.0, 0.3]]),
    ],
)
def test_z_scores_equal_those_over_all_orders_and_are_zero_where_order_makes_no_difference(weights: np.ndarray) -> None:
    variable = np.array([1.0, 0.0, 0.7, 0.2])[: len(weights)]
    assert gi_star(variable, sp.csr_array(weights)).Zs == pytest.approx(brute_force_z(variable, weights), abs=1e-9)


def test_two_neighbouring_segments_are_alike() -> None:
    streets = [Street(0, 1, np.array([[0.0, 0.0], [0.001, 0.0]]), 111.0)]
    streets += [Street(1, 2, np.array([[0.001, 0.0], [0.002, 0.0]]), 111.0)]
    survey = survey_network(build_network("lane", streets), np.array([[0.0005, 0.0]]))
    assert survey.gi_star_z.tolist() == [0.0, 0.0]
    assert survey.gi_star_p.tolist() == [1.0, 1.0]
    assert segment_rewards(survey, Reward.GI_STAR).tolist() == [1.0, 1.0]


@given(st.integers(0, 10_000), st.integers(1, 3), st.integers(2, 3))
@settings(max_examples=40, deadline=None)
def test_rewards_of_small_networks_are_finite(seed: int, rows: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    streets = grid_streets(rows, columns)
    chosen = [street for street in streets if rng.random() < 0.8] or streets
    network = build_network("hamlet", chosen if rng.random() < 0.5 else merge_chains(chosen))
    survey = survey_network(network, network.lines[int(rng.integers(network.segment_count))].mean(axis=0)[None])
    for reward in Reward:
        rewards = segment_rewards(survey, reward)
        assert np.isfinite(rewards).all()
        assert rewards.max() == 1
    assert np.isfinite(survey.gi_star_z).all()
    assert ((survey.gi_star_p > 0) & (survey.gi_star_p <= 1)).all()


def test_rescaling_goes_from_zero_to_one() -> None:
    assert rescale(np.array([-1.0, 1.0, 3.0])).tolist() == [0.0, 0.5, 1.0]
    for alike in ([4.0, 4.0], [0.0, 0.0], [-0.3, -0.1 - 0.2]):
        assert rescale(np.array(alike)).tolist() == [1.0, 1.0]
