"""The density of incidents along streets."""

from dataclasses import replace
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.routes.likelihood import network_likelihood
from services.routes.network import StreetNetwork, build_network
from services.routes.snapping import SnappedIncidents
from services.routes.streets import Street
from services.routes.testing import grid_streets

STEP_M = 1.0


def random_incidents(network: StreetNetwork, count: int, rng: np.random.Generator) -> SnappedIncidents:
    segments = rng.integers(0, network.segment_count, count)
    return SnappedIncidents(segments, rng.random(count) * network.lengths_m[segments], np.ones(count), 0)


def numerical_likelihood(network: StreetNetwork, incidents: SnappedIncidents, bandwidth_m: float) -> np.ndarray:
    """Cut every segment into short pieces and sum the kernel at shortest paths between their middles."""
    graph, middles = nx.Graph(), []
    for segment, length_m in enumerate(network.lengths_m):
        piece_count = int(length_m / STEP_M)
        places = [(segment, piece) for piece in range(piece_count)]
        middles.append(places)
        stops = [int(network.from_nodes[segment]), *places, int(network.to_nodes[segment])]
        step_m = length_m / piece_count
        for index, (start, end) in enumerate(pairwise(stops)):
            graph.add_edge(start, end, length_m=step_m / (2 if index in (0, piece_count) else 1))
    mass = np.zeros(network.segment_count)
    for segment, offset_m in zip(incidents.segments, incidents.offsets_m, strict=True):
        places = middles[segment]
        piece = min(int(offset_m / network.lengths_m[segment] * len(places)), len(places) - 1)
        reached = nx.single_source_dijkstra_path_length(graph, places[piece], cutoff=bandwidth_m, weight="length_m")
        heights = np.zeros(network.segment_count)
        for other, pieces in enumerate(middles):
            step_m = network.lengths_m[other] / len(pieces)
            heights[other] = sum(
                step_m * (1 - (reached[place] / bandwidth_m) ** 2) ** 2 for place in pieces if place in reached
            )
        mass += heights / heights.sum()
    return mass / network.lengths_m


@pytest.mark.parametrize("seed", range(4))
def test_it_equals_numerical_integration_over_short_pieces(seed: int) -> None:
    rng = np.random.default_rng(seed)
    network = build_network("town", grid_streets(3, 4, rng))
    incidents = random_incidents(network, 6, rng)
    likelihood = network_likelihood(network, incidents, bandwidth_m=170.0)
    expected = numerical_likelihood(network, incidents, bandwidth_m=170.0)
    assert likelihood * network.lengths_m == pytest.approx(expected * network.lengths_m, abs=0.015)


def test_loops_and_parallel_streets_equal_numerical_integration_too() -> None:
    line = np.array([[0.0, 0.0], [0.001, 0.0]])
    streets = [Street(0, 1, line, 110.0), Street(0, 1, line, 180.0), Street(1, 1, line, 90.0), Street(1, 2, line, 60.0)]
    network = build_network("town", streets)
    incidents = SnappedIncidents(np.array([1, 2, 3, 1]), np.array([150.0, 20.0, 10.0, 60.0]), np.ones(4), 0)
    likelihood = network_likelihood(network, incidents, bandwidth_m=200.0)
    expected = numerical_likelihood(network, incidents, bandwidth_m=200.0)
    assert likelihood * network.lengths_m == pytest.approx(expected * network.lengths_m, abs=0.01)


@given(st.integers(0, 10_000), st.integers(1, 40), st.floats(1.0, 2000.0))
@settings(max_examples=50)
def test_it_integrates_to_the_number_of_incidents(seed: int, count: int, bandwidth_m: float) -> None:
    rng = np.random.default_rng(seed)
    network = build_network("town", grid_streets(4, 4, rng))
    likelihood = network_likelihood(network, random_incidents(network, count, rng), bandwidth_m)
    assert (likelihood >= 0).all()
    assert (likelihood * network.lengths_m).sum() == pytest.approx(count)


def test_it_spreads_along_streets_not_through_blocks() -> None:
    line = np.array([[0.0, 0.0], [0.001, 0.0]])
    across = line + np.array([0.0, 0.0001])  # 11 m away, but 311 m along streets
    network = build_network("town", [Street(0, 1, line, 100.0), Street(1, 2, line, 250.0), Street(2, 3, across, 100.0)])
    incidents = SnappedIncidents(np.array([0]), np.array([50.0]), np.ones(1), 0)
    likelihood = network_likelihood(network, incidents, bandwidth_m=200.0)
    assert likelihood[2] == 0
    assert likelihood[0] > likelihood[1] > 0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_density_times_length_is_the_weight_of_all_incidents(seed: int) -> None:
    rng = np.random.default_rng(seed)
    network = build_network("t", grid_streets(4, 4, rng))
    incidents = replace(random_incidents(network, 12, rng), weights=rng.random(12) * 5)
    density = network_likelihood(network, incidents)
    assert (density * network.lengths_m).sum() == pytest.approx(incidents.weights.sum())
