"""What may follow what."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.routes.driving import driving_graph
from services.routes.network import build_network
from services.routes.streets import Street
from services.routes.testing import grid_streets

LINE = np.array([[0.0, 0.0], [0.001, 0.0]])


def test_a_car_turns_back_only_at_a_dead_end() -> None:
    graph = driving_graph(build_network("t", [Street(0, 1, LINE, 100.0), Street(1, 2, LINE, 100.0)]), 15.0)
    assert graph.following(0).tolist() == [2]  # at the middle: onward only
    assert graph.following(2).tolist() == [3]  # at the end: back
    assert graph.following(1).tolist() == [0]


def test_a_loop_at_a_dead_end_may_be_driven_both_ways_round() -> None:
    graph = driving_graph(build_network("t", [Street(0, 1, LINE, 100.0), Street(1, 1, LINE, 100.0)]), 15.0)
    assert graph.following(0).tolist() == [2, 3]
    assert graph.following(2).tolist() == [1]


def test_one_way_streets_are_entered_only_from_their_beginning() -> None:
    ring = [Street(node, (node + 1) % 3, LINE, 100.0, backward=False) for node in range(3)]
    graph = driving_graph(build_network("t", ring), 15.0)
    assert graph.allowed.tolist() == [True, False] * 3
    assert [graph.following(directed).tolist() for directed in (0, 2, 4)] == [[2], [4], [0]]


@given(st.integers(0, 10_000))
def test_no_car_ever_gets_stuck(seed: int) -> None:
    network = build_network("t", grid_streets(4, 4, np.random.default_rng(seed)))
    graph = driving_graph(network, 15.0)
    begins = np.column_stack([network.from_nodes, network.to_nodes]).ravel()
    ends = np.column_stack([network.to_nodes, network.from_nodes]).ravel()
    for directed in np.flatnonzero(graph.allowed):
        following = graph.following(directed)
        assert len(following)
        assert graph.allowed[following].all()
        assert (begins[following] == ends[directed]).all()
        if directed // 2 in following // 2:
            assert len(following) == 1
