"""Getis-Ord Gi*, against esda."""

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp
from esda import G_Local
from hypothesis import given, settings
from hypothesis import strategies as st
from libpysal.graph import Graph

from services.routes.gi_star import gi_star, inverse_distance_weights, rescale
from services.routes.network import build_network
from services.routes.streets import Street
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


def test_rescaling_goes_from_zero_to_one() -> None:
    assert rescale(np.array([-1.0, 1.0, 3.0])).tolist() == [0.0, 0.5, 1.0]
    assert rescale(np.array([4.0, 4.0])).tolist() == [1.0, 1.0]
