"""Random routes."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.routes.driving import DrivingGraph, driving_graph
from services.routes.network import build_network
from services.routes.sampling import RouteSample, draw_routes
from services.routes.testing import grid_streets


def random_graph(seed: int) -> DrivingGraph:
    return driving_graph(build_network("t", grid_streets(4, 4, np.random.default_rng(seed))), 15.0)


def routes_of(sample: RouteSample) -> list[np.ndarray]:
    return [sample.route(index) for index in range(sample.route_count)]


@given(st.integers(0, 10_000), st.floats(0.5, 30.0))
@settings(max_examples=100)
def test_every_route_is_connected_within_its_budget_and_as_long_as_possible(seed: int, budget_minutes: float) -> None:
    graph, rng = random_graph(seed), np.random.default_rng(seed)
    weights = rng.random(graph.segment_count) * (rng.random(graph.segment_count) < 0.7)
    for route in routes_of(draw_routes(graph, weights, budget_minutes, 20, rng)):
        assert graph.allowed[route[0]]
        minutes = graph.minutes[route // 2].sum()
        assert minutes <= budget_minutes + 1e-9
        for here, there in pairwise(route):
            assert there in graph.following(here)
        shortest = graph.minutes[graph.following(route[-1]) // 2]
        fits = minutes + shortest < budget_minutes - 1e-9
        assert not (fits & (weights[graph.following(route[-1]) // 2] > 0)).any()


def test_the_same_seed_draws_the_same_routes() -> None:
    graph = random_graph(1)
    weights = np.ones(graph.segment_count)
    first, second, other = (draw_routes(graph, weights, 10.0, 50, np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert np.array_equal(first.directed, second.directed)
    assert not np.array_equal(first.directed, other.directed)


def test_starts_are_uniform_and_turns_follow_the_weights() -> None:
    graph = driving_graph(build_network("t", grid_streets(3, 3)), 15.0)
    weights = np.arange(1.0, graph.segment_count + 1)
    routes = routes_of(draw_routes(graph, weights, 1.0, 40_000, np.random.default_rng(0)))
    starts = np.bincount([route[0] for route in routes], minlength=len(graph.allowed)) / len(routes)
    assert starts == pytest.approx(np.full(24, 1 / 24), abs=0.005)
    following = graph.following(1)
    turns = np.bincount([route[1] for route in routes if route[0] == 1], minlength=len(graph.allowed))[following]
    expected = weights[following // 2] / weights[following // 2].sum()
    assert turns / turns.sum() == pytest.approx(expected, abs=0.05)


def test_where_all_weights_are_zero_the_turn_is_uniform() -> None:
    graph = driving_graph(build_network("t", grid_streets(3, 3)), 15.0)
    sample = draw_routes(graph, np.zeros(graph.segment_count), 1.0, 5000, np.random.default_rng(0))
    middle = next(directed for directed in range(24) if len(graph.following(directed)) == 3)
    turns = [route[1] for route in routes_of(sample) if route[0] == middle]
    shares = np.array([turns.count(directed) for directed in graph.following(middle)]) / len(turns)
    assert shares == pytest.approx(np.full(3, 1 / 3), abs=0.12)


def test_long_budgets_outgrow_the_first_guess_of_their_length() -> None:
    graph = random_graph(2)
    sample = draw_routes(graph, np.ones(graph.segment_count), 300.0, 10, np.random.default_rng(0))
    assert min(len(route) for route in routes_of(sample)) > 500


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_rewards_and_visits_count_distinct_segments(seed: int) -> None:
    graph, rng = random_graph(seed), np.random.default_rng(seed)
    sample = draw_routes(graph, np.ones(graph.segment_count), 8.0, 15, rng)
    rewards, chosen = rng.normal(size=graph.segment_count), rng.random(15) < 0.5
    segments = [set((route // 2).tolist()) for route in routes_of(sample)]
    assert sample.rewards(rewards) == pytest.approx([sum(rewards[list(driven)]) for driven in segments])
    visits = [
        sum(segment in driven for driven, taken in zip(segments, chosen, strict=True) if taken)
        for segment in range(graph.segment_count)
    ]
    assert sample.visits(chosen, graph.segment_count).tolist() == visits
