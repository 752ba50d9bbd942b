"""The search for one route."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.routes.cross_entropy import CrossEntropyParameters, search_routes
from services.routes.driving import DrivingGraph, driving_graph
from services.routes.network import build_network
from services.routes.testing import grid_streets
from serving.errors import DeadlineExceeded
from serving.work import never_stop

THOROUGH = CrossEntropyParameters(sample_size=500, stop_threshold=1e-9, max_iterations=40)


def best_reward(graph: DrivingGraph, rewards: np.ndarray, budget_minutes: float) -> float:
    """Return the highest reward of any route, by trying all."""

    def extend(route: tuple[int, ...], remaining_minutes: float) -> float:
        best = float(rewards[list({step // 2 for step in route})].sum())
        for following in graph.following(route[-1]).tolist():
            if graph.minutes[following // 2] <= remaining_minutes:
                best = max(best, extend((*route, following), remaining_minutes - graph.minutes[following // 2]))
        return best

    starts = np.flatnonzero(graph.allowed).tolist()
    return max(extend((start,), budget_minutes - graph.minutes[start // 2]) for start in starts)


@pytest.mark.parametrize("seed", range(5))
def test_a_thorough_search_finds_nearly_the_best_route(seed: int) -> None:
    rng = np.random.default_rng(seed)
    graph = driving_graph(build_network("t", grid_streets(3, 4, rng)), 15.0)
    rewards = rng.gamma(0.5, size=graph.segment_count)
    budget_minutes = 7.5 * graph.minutes.max()
    search = search_routes(graph, rewards, budget_minutes, THOROUGH, rng, never_stop)
    assert search.rewards[search.best_first[0]] >= 0.95 * best_reward(graph, rewards, budget_minutes)


def test_learning_beats_as_many_random_routes() -> None:
    rng = np.random.default_rng(0)
    graph = driving_graph(build_network("t", grid_streets(12, 12)), 15.0)
    rewards = rng.gamma(0.2, size=graph.segment_count)
    learnt = search_routes(graph, rewards, 10.0, THOROUGH, np.random.default_rng(1), never_stop)
    drawn = CrossEntropyParameters(sample_size=500 * learnt.iteration_count, max_iterations=1)
    random = search_routes(graph, rewards, 10.0, drawn, np.random.default_rng(1), never_stop)
    assert learnt.rewards.mean() > 1.5 * random.rewards.mean()
    assert learnt.rewards.max() > random.rewards.max()


@given(st.integers(0, 10_000), st.floats(1e-6, 1e6))
@settings(max_examples=30, deadline=None)
def test_scaling_the_rewards_changes_no_route(seed: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    graph = driving_graph(build_network("t", grid_streets(4, 4, rng)), 15.0)
    rewards = rng.gamma(0.5, size=graph.segment_count)
    parameters = CrossEntropyParameters(sample_size=50)
    first, second = (
        search_routes(graph, values, 5.0, parameters, np.random.default_rng(seed), never_stop)
        for values in (rewards, factor * rewards)
    )
    assert np.array_equal(first.sample.directed, second.sample.directed)
    assert first.iteration_count == second.iteration_count


def test_a_relaxed_threshold_stops_earlier() -> None:
    graph = driving_graph(build_network("t", grid_streets(8, 8)), 15.0)
    rewards = np.random.default_rng(0).gamma(0.2, size=graph.segment_count)
    counts = []
    for threshold in (1.0, 0.01):
        parameters = CrossEntropyParameters(stop_threshold=threshold)
        rng = np.random.default_rng(3)
        counts.append(search_routes(graph, rewards, 10.0, parameters, rng, never_stop).iteration_count)
    assert counts == sorted(set(counts))
    assert counts[0] == 2


def test_the_limit_of_iterations_holds() -> None:
    graph = driving_graph(build_network("t", grid_streets(8, 8)), 15.0)
    rewards = np.random.default_rng(0).gamma(0.2, size=graph.segment_count)
    parameters = CrossEntropyParameters(stop_threshold=1e-12, max_iterations=3)
    assert search_routes(graph, rewards, 10.0, parameters, np.random.default_rng(3), never_stop).iteration_count == 3


def test_it_stops_when_told() -> None:
    graph = driving_graph(build_network("t", grid_streets(2, 2)), 15.0)
    with pytest.raises(DeadlineExceeded):
        search_routes(graph, np.ones(4), 10.0, CrossEntropyParameters(), np.random.default_rng(0), lambda: True)


def test_at_least_one_route_is_elite() -> None:
    assert CrossEntropyParameters(sample_size=2, elite_share=0.01).elite_count == 1
    assert CrossEntropyParameters().elite_count == 20


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sample_size", 1),
        ("sample_size", 10_001),
        ("elite_share", 1.0),
        ("elite_share", float("nan")),
        ("smoothing", 1.1),
        ("smoothing", -0.5),
        ("stop_threshold", 0.0),
        ("max_iterations", 0),
    ],
)
def test_values_out_of_range_are_named(field: str, value: float) -> None:
    violations = CrossEntropyParameters(**{field: value}).violations()  # type: ignore[arg-type]
    assert [name for name, _ in violations] == [field]
