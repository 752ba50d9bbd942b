"""Mixtures of routes, compared with SciPy on small pools."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

from services.routes.arrays import FloatArray
from services.routes.driving import driving_graph
from services.routes.mixture import MixtureGoal, solve_mixture, turn_entropy_bits
from services.routes.network import build_network
from services.routes.predictability import turns
from services.routes.route_pool import RoutePool, pool_routes
from services.routes.sampling import draw_routes
from services.routes.testing import grid_streets

ROUTES = 14


def small_pool(seed: int) -> tuple[RoutePool, FloatArray]:
    """Return a pool on a grid of streets and random rewards of its segments."""
    rng = np.random.default_rng(seed)
    network = build_network("town", grid_streets(3, 3))
    graph = driving_graph(network, 15.0)
    sample = draw_routes(graph, np.ones(network.segment_count), 2.5, ROUTES, rng)
    return pool_routes(graph, [sample]), rng.random(network.segment_count)


def without_constraints(rewards: FloatArray) -> MixtureGoal:
    """Return a goal that everything meets: R² on equal rewards is not defined and therefore not asked for."""
    return MixtureGoal(np.ones_like(rewards), np.zeros_like(rewards), least_reward=1e-6, least_fit=0.5)


def entropy_bits(pool: RoutePool, weights: FloatArray) -> float:
    """Return the bits of the next segment given the last two, by counting."""
    counts: Counter[tuple[int, ...]] = Counter()
    for route in range(pool.route_count):
        for turn in turns(pool.sample.route(route)):
            counts[turn] += weights[route]
            counts[turn[:2]] += weights[route]
    whole = sum(len(turns(pool.sample.route(route))) for route in range(pool.route_count)) / pool.route_count
    bits = [-n * np.log2(n / counts[key[:2]]) for key, n in counts.items() if len(key) == 3 and n > 0]
    return float(sum(bits)) / whole


@pytest.mark.parametrize("seed", range(3))
def test_without_constraints_no_mixture_is_harder_to_predict(seed: int) -> None:
    pool, rewards = small_pool(seed)
    start = np.full(ROUTES, 1 / ROUTES)
    mixture = solve_mixture(pool, without_constraints(rewards), start, 3000)
    assert mixture.weights.sum() == pytest.approx(1)
    assert mixture.entropy_bits == pytest.approx(entropy_bits(pool, mixture.weights))
    best = minimize(
        lambda weights: -entropy_bits(pool, np.maximum(weights, 0)),
        start,
        method="SLSQP",
        bounds=[(0, 1)] * ROUTES,
        constraints={"type": "eq", "fun": lambda weights: weights.sum() - 1},
        options={"maxiter": 300},
    )
    assert mixture.entropy_bits >= -best.fun - 0.01


@pytest.mark.parametrize("seed", range(3))
def test_reward_is_kept_and_paid_for_with_entropy(seed: int) -> None:
    pool, rewards = small_pool(seed)
    start = np.full(ROUTES, 1 / ROUTES)
    totals = pool.sample.rewards(rewards)
    free = solve_mixture(pool, without_constraints(rewards), start, 3000)
    wanted = 0.5 * (free.weights @ totals + totals.max())
    bound = solve_mixture(pool, MixtureGoal(rewards, np.zeros_like(rewards), wanted, 0.01), start, 3000)
    assert bound.weights @ totals >= 0.98 * wanted
    assert bound.entropy_bits < free.entropy_bits
    assert bound.weights @ totals == pytest.approx(pool.visits(bound.weights, len(rewards)) @ rewards)


def test_every_watched_segment_gets_visits_where_a_route_passes_it() -> None:
    pool, rewards = small_pool(1)
    passed = pool.visits(np.ones(ROUTES), len(rewards)) > 0
    goal = replace(without_constraints(rewards), least_visits=np.where(passed, 0.05, 0.0))
    start = np.full(ROUTES, 1e-6)
    start[0] = 1 - start[1:].sum()
    mixture = solve_mixture(pool, goal, start, 3000)
    assert pool.visits(mixture.weights, len(rewards))[passed].min() > 0.045


@pytest.mark.parametrize("seed", range(3))
def test_entropy_per_turn_weighs_routes_by_their_turns(seed: int) -> None:
    pool, _ = small_pool(seed)
    weights = np.random.default_rng(seed).dirichlet(np.ones(ROUTES))
    lengths = np.array([len(turns(pool.sample.route(route))) for route in range(ROUTES)])
    per_pool_turn = entropy_bits(pool, weights)
    assert turn_entropy_bits(pool, weights) == pytest.approx(per_pool_turn * lengths.mean() / (weights @ lengths))
