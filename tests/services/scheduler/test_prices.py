import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from services.scheduler.annealing import breaches
from services.scheduler.budget import Budget
from services.scheduler.exact import solve_exact
from services.scheduler.instance import Instance, compile_instance
from services.scheduler.measure import measure
from services.scheduler.price_rounding import search_by_prices
from services.scheduler.prices import Prices
from services.scheduler.problem import PresenceRule, Problem
from services.scheduler.reporter import Reporter, emit_nothing
from tests.services.scheduler.problems import brute_force, random_problem, tiny_problems


def plenty() -> Budget:
    return Budget.of_seconds(60, lambda: False)


def optimum(instance: Instance) -> float:
    return solve_exact(instance, plenty(), 0, Reporter(emit_nothing, 60)).objective


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problem=tiny_problems())
def test_prices_never_prove_more_than_the_best_of_all_schedules(problem: Problem) -> None:
    instance = compile_instance(problem)
    assume(instance.allowed.any(axis=2)[instance.active].all())
    least = brute_force(problem)
    rows, bound = search_by_prices(instance, plenty(), 0, lambda _objective, _bound: None)
    if least < np.inf:
        assert bound <= least + 1e-6
    if rows is not None:
        assert not breaches(instance, rows)
        assert measure(instance, rows).objective >= least - 1e-6


WEAK_WITHOUT_RULE = pytest.mark.xfail(
    reason="Without a presence rule the bound of prices ends 8 % below the optimum; the aggregate model proves those."
)


@pytest.mark.parametrize(
    "rule", [pytest.param(PresenceRule.NONE, marks=WEAK_WITHOUT_RULE), PresenceRule.NO_RETURN_WITHIN_TWO]
)
def test_the_bound_of_prices_comes_near_the_optimum(rule: PresenceRule) -> None:
    instance = compile_instance(random_problem(8, 10, 8, seed=2, rule=rule))
    _, bound = search_by_prices(instance, plenty(), 0, lambda _objective, _bound: None)
    least = optimum(instance)
    assert 0.97 * least <= bound <= least + 1e-6


@pytest.mark.parametrize("rule", [PresenceRule.NONE, PresenceRule.NO_RETURN_WITHIN_TWO])
def test_schedules_by_prices_come_near_the_optimum(rule: PresenceRule) -> None:
    instance = compile_instance(random_problem(8, 10, 8, seed=2, rule=rule))
    rows, bound = search_by_prices(instance, plenty(), 0, lambda _objective, _bound: None)
    least = optimum(instance)
    assert rows is not None
    assert bound <= least + 1e-6
    assert measure(instance, rows).objective <= 1.1 * least


def test_without_prices_the_bound_is_that_of_cars_on_their_own() -> None:
    instance = compile_instance(random_problem(5, 6, 4, seed=0, rule=PresenceRule.NONE))
    prices = Prices(instance)
    prices.improve(np.inf)
    assert prices.bound == 0  # a car that no place pays for stays where it is


def test_same_seed_same_schedule_and_a_stop_ends_the_search() -> None:
    instance = compile_instance(random_problem(8, 10, 8, seed=2, rule=PresenceRule.NO_RETURN_WITHIN_TWO))
    (first, _), (second, _) = (search_by_prices(instance, plenty(), 7, lambda *_: None) for _ in range(2))
    assert np.array_equal(first, second)
    stopped = Budget.of_seconds(60, lambda: True)
    assert search_by_prices(instance, stopped, 0, lambda *_: None) == (None, -np.inf)
