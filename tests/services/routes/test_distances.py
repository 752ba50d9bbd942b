"""Distances along streets, against networkx."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.routes.distances import node_graph, surroundings
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
    segments = np.random.default_rng(seed).integers(0, network.segment_count, 30)
    rows: list[int] = []
    for around in surroundings(network, segments, limit_m, rows_at_once=7):
        rows += around.rows.tolist()
        for row, segment in enumerate(segments[around.rows]):
            for distances_m, node in (
                (around.from_start_m[row], network.from_nodes[segment]),
                (around.from_end_m[row], network.to_nodes[segment]),
            ):
                lengths_m = np.array([expected[int(node)][other] for other in range(network.node_count)])
                assert distances_m == pytest.approx(np.where(lengths_m <= limit_m, lengths_m, np.inf))
                reached = np.flatnonzero(lengths_m <= limit_m)
                touching = np.isin(network.from_nodes, reached) | np.isin(network.to_nodes, reached)
                assert set(np.flatnonzero(touching)) | {segment} <= set(around.near)
    assert sorted(rows) == list(range(30))


def test_of_parallel_streets_the_shortest_counts_and_loops_do_not() -> None:
    line = np.array([[0.0, 0.0], [0.001, 0.0]])
    network = build_network("t", [Street(0, 1, line, 130.0), Street(1, 0, line[::-1], 111.0), Street(1, 1, line, 9.0)])
    assert node_graph(network).toarray().tolist() == [[0.0, 111.0], [111.0, 0.0]]
