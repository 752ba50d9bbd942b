"""Directed arcs become streets."""

import numpy as np
import pytest

from services.routes.streets import RoadTable, line_length_m, streets_from_roads
from services.routes.testing import grid_point


def roads(arcs: list[tuple[int, int]], lengths_m: list[float] | None = None) -> RoadTable:
    points = np.array([grid_point(0, 0), grid_point(0, 1), grid_point(1, 1), grid_point(1, 1) + 1e-8])
    ends = np.array(arcs)
    lengths = np.full(len(arcs), np.nan) if lengths_m is None else np.array(lengths_m)
    return RoadTable(points, ends[:, 0], ends[:, 1], lengths, tuple(f"street {index}" for index in range(len(arcs))))


def test_two_directions_become_one_street() -> None:
    (street,) = streets_from_roads(roads([(1, 0), (0, 1)]))
    assert (street.from_node, street.to_node, street.forward, street.backward) == (0, 1, True, True)
    assert street.length_m == pytest.approx(line_length_m(street.line))
    assert street.length_m == pytest.approx(101.3, abs=0.5)


def test_one_way_streets_keep_their_direction() -> None:
    up, down = streets_from_roads(roads([(0, 1), (2, 1)]))
    assert (up.from_node, up.to_node, up.forward, up.backward) == (0, 1, True, False)
    assert (down.from_node, down.to_node, down.forward, down.backward) == (1, 2, False, True)


def test_known_lengths_and_names_are_kept_and_the_shortest_of_parallel_arcs_counts() -> None:
    (street,) = streets_from_roads(roads([(0, 1), (1, 0), (0, 1)], [150.0, 120.0, 130.0]))
    assert (street.length_m, street.name) == (120.0, "street 1")


def test_nodes_a_centimetre_apart_are_one_and_loops_without_length_vanish() -> None:
    streets = streets_from_roads(roads([(1, 3), (3, 2), (2, 0), (1, 1)]))
    assert [(street.from_node, street.to_node) for street in streets] == [(1, 2), (0, 2)]


def test_roads_within_keep_arcs_between_two_inside_nodes() -> None:
    inside = roads([(0, 1), (1, 2), (2, 0)]).within(np.array([True, True, False, False]))
    assert (inside.from_nodes.tolist(), inside.to_nodes.tolist(), inside.names) == ([0], [1], ("street 0",))


def test_reversing_twice_gives_the_same_street() -> None:
    (street,) = streets_from_roads(roads([(0, 1)]))
    back = street.reversed()
    assert (back.from_node, back.to_node, back.forward, back.backward) == (1, 0, False, True)
    assert np.array_equal(back.line, street.line[::-1])
    assert np.array_equal(back.reversed().line, street.line)
