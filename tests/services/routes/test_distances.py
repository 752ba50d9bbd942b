"""Distances along streets, against networkx."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.routes.distances import distances_from_ends, node_graph
from services.routes.network import StreetNetwork, build_network
from services.routes.streets import Street
from services.routes.testing import grid_streets


def as_networkx(network: StreetNetwork) -> nx.MultiGraph:
    graph = nx.MultiGraph()
    for start, end, length_m in zip(network.from_nodes, network.to_nodes, network.lengths_m, strict=True):
        graph.add_edge(int(start), int(end), length_m=float(length_m))
    return graph


@given(st.integers(0, 10_000), st.sampled_from([150.0, 330.0, np.inf]))
@settings(max_examples=30)
def test_distances_are_shortest_paths_up_to_the_limit(seed: int, limit_m: float) -> None:
    network = build_network("town", grid_streets(4, 4, np.random.default_rng(seed)))
    expected = dict(nx.all_pairs_dijkstra_path_length(as_networkx(network), weight="length_m"))
    segments = np.arange(network.segment_count)
    for rows, from_start_m, from_end_m in distances_from_ends(network, segments, limit_m, rows_at_once=7):
        for row, segment in enumerate(segments[rows]):
            for distances_m, node in (
                (from_start_m[row], network.from_nodes[segment]),
                (from_end_m[row], network.to_nodes[segment]),
            ):
                for other in range(network.node_count):
                    length_m = expected[int(node)][other]
                    assert distances_m[other] == pytest.approx(length_m if length_m <= limit_m else np.inf)


def test_of_parallel_streets_the_shortest_counts_and_loops_do_not() -> None:
    line = np.array([[0.0, 0.0], [0.001, 0.0]])
    network = build_network("t", [Street(0, 1, line, 130.0), Street(1, 0, line[::-1], 111.0), Street(1, 1, line, 9.0)])
    assert node_graph(network).toarray().tolist() == [[0.0, 111.0], [111.0, 0.0]]
