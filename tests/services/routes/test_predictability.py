"""How well somebody can guess the next turn."""

import numpy as np
import pytest

from services.routes.driving import DrivingGraph, driving_graph
from services.routes.network import build_network
from services.routes.predictability import MarkovAdversary, held_out_entropy_bits, turns
from services.routes.sampling import draw_routes
from services.routes.testing import grid_streets


def grid_graph() -> DrivingGraph:
    return driving_graph(build_network("t", grid_streets(4, 4)), 15.0)


def random_routes(graph: DrivingGraph, count: int, seed: int) -> list[np.ndarray]:
    sample = draw_routes(graph, np.ones(graph.segment_count), 10.0, count, np.random.default_rng(seed))
    return [sample.route(index) for index in range(count)]


def test_turns_are_all_three_in_a_row() -> None:
    assert turns(np.array([1, 2, 3, 4])) == [(1, 2, 3), (2, 3, 4)]
    assert turns(np.array([1, 2])) == []


def test_a_set_of_the_same_route_is_predictable_and_a_random_one_is_not() -> None:
    graph = grid_graph()
    routes = random_routes(graph, 60, 0)
    same, varied = held_out_entropy_bits(graph, [routes[0]] * 60), held_out_entropy_bits(graph, routes)
    ways = np.diff(graph.offsets)
    assert same < 0.2
    assert np.log2(ways).mean() * 0.8 < varied < np.log2(ways.max())


def test_a_single_route_is_as_uncertain_as_the_streets_allow() -> None:
    graph = grid_graph()
    (route,) = random_routes(graph, 1, 1)
    expected = np.mean([np.log2(len(graph.following(step))) for step in route[1:-1]])
    assert held_out_entropy_bits(graph, [route]) == pytest.approx(expected)


def test_routes_too_short_to_turn_have_no_entropy() -> None:
    assert held_out_entropy_bits(grid_graph(), [np.array([0, 2])]) == 0.0


def test_what_is_learnt_can_be_forgotten() -> None:
    graph = grid_graph()
    first, second = random_routes(graph, 2, 2)
    adversary, fresh = MarkovAdversary(graph), MarkovAdversary(graph)
    adversary.learn([first, second])
    adversary.learn([second], times=-1)
    fresh.learn([first])
    assert adversary.surprises_bits(second) == fresh.surprises_bits(second)


def test_a_known_route_is_hit_and_unknown_turns_are_a_draw() -> None:
    graph = grid_graph()
    (route,) = random_routes(graph, 1, 3)
    adversary = MarkovAdversary(graph)
    assert adversary.hits(route) == pytest.approx([1 / len(graph.following(step)) for step in route[1:-1]])
    adversary.learn([route] * 9)
    assert np.mean(adversary.hits(route)) == 1.0
