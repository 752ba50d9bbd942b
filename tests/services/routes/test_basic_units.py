"""Pieces of street become segments between intersections."""

from collections import Counter
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routes.basic_units import largest_component, merge_chains
from services.routes.streets import Street
from services.routes.testing import grid_streets


def chain(nodes: list[int], forward: bool = True, backward: bool = True, name: str = "") -> list[Street]:
    return [
        Street(start, end, np.array([[start, 0.0], [end, 0.0]]), abs(end - start), forward, backward, name)
        for start, end in pairwise(nodes)
    ]


def degrees(streets: list[Street]) -> Counter[int]:
    return Counter(node for street in streets for node in (street.from_node, street.to_node))


def test_a_chain_becomes_one_unit_whatever_way_its_pieces_point() -> None:
    pieces = chain([0, 1, 2, 3])
    pieces[1] = pieces[1].reversed()
    (unit,) = merge_chains([pieces[1], pieces[0], pieces[2]])
    assert {unit.from_node, unit.to_node} == {0, 3}
    assert sorted(unit.line[:, 0].tolist()) == [0, 1, 2, 3]
    assert unit.length_m == 3


def test_one_way_pieces_join_only_in_the_same_direction() -> None:
    ahead, against = chain([0, 1, 2], backward=False), chain([2, 3], forward=False)
    units = merge_chains([*ahead, *against])
    assert [(unit.length_m, unit.forward, unit.backward) for unit in units] == [(2, True, False), (1, False, True)]


def test_a_one_way_chain_found_from_its_middle_keeps_its_direction() -> None:
    pieces = chain([0, 1, 2, 3], backward=False)
    (unit,) = merge_chains([pieces[2], pieces[0], pieces[1]])
    assert (unit.from_node, unit.to_node, unit.forward, unit.backward) == (0, 3, True, False)
    assert unit.line[:, 0].tolist() == [0, 1, 2, 3]


def test_a_ring_becomes_one_unit_that_ends_where_it_begins() -> None:
    (unit,) = merge_chains(chain([0, 1, 2, 0]))
    assert unit.from_node == unit.to_node == 0
    assert unit.length_m == 4


def test_a_unit_is_named_after_its_longest_named_piece() -> None:
    (unit,) = merge_chains([*chain([0, 1], name="Short"), *chain([1, 3], name="Long"), *chain([3, 9])])
    assert unit.name == "Long"


@given(st.integers(0, 10_000))
def test_merging_keeps_all_length_and_leaves_no_chain(seed: int) -> None:
    streets = grid_streets(4, 5, np.random.default_rng(seed))
    units = merge_chains(streets)
    assert sum(unit.length_m for unit in units) == pytest.approx(sum(street.length_m for street in streets))
    before, after = degrees(streets), degrees(units)
    assert all(after[node] == degree for node, degree in before.items() if degree != 2)
    for unit in units:
        assert np.allclose(np.diff(unit.line, axis=0).any(axis=1), True)
    for node, degree in after.items():
        if degree == 2:
            meeting = [unit for unit in units if node in (unit.from_node, unit.to_node)]
            if len(meeting) == 2:
                first, second = (unit if unit.to_node == node else unit.reversed() for unit in meeting)
                assert (first.forward, first.backward) != (second.backward, second.forward)


@given(st.integers(0, 10_000))
def test_the_largest_component_is_strongly_connected_and_as_large_as_networkx_finds(seed: int) -> None:
    streets = grid_streets(4, 5, np.random.default_rng(seed))
    kept, excluded_count = largest_component(streets)
    graph = nx.MultiDiGraph()
    for street in streets:
        graph.add_nodes_from((street.from_node, street.to_node))
        graph.add_edges_from([(street.from_node, street.to_node)] * street.forward)
        graph.add_edges_from([(street.to_node, street.from_node)] * street.backward)
    sizes = [
        sum({street.from_node, street.to_node} <= component for street in streets)
        for component in nx.strongly_connected_components(graph)
    ]
    assert len(kept) == max(sizes)
    assert len(kept) + excluded_count == len(streets)
    if kept:
        nodes = {node for street in kept for node in (street.from_node, street.to_node)}
        assert nx.is_strongly_connected(graph.subgraph(nodes))


def test_one_way_streets_that_lead_nowhere_have_no_component() -> None:
    assert largest_component(chain([0, 1, 2], backward=False)) == ([], 2)
