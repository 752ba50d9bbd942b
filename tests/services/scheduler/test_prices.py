import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from services.scheduler.budget import Budget
from services.scheduler.column_generation import ColumnGeneration
from services.scheduler.exact import solve_exact
from services.scheduler.instance import Instance, compile_instance
from services.scheduler.prices import Pricer
from services.scheduler.problem import PresenceRule, Problem
from services.scheduler.reporter import Reporter, emit_nothing
from services.scheduler.shift_kinds import Crew, gather_crew
from services.scheduler.soft_cars import COOLING, SoftCars, settle
from tests.services.scheduler.problems import brute_force, every_schedule, random_problem, rows_of, tiny_problems


def plenty() -> Budget:
    return Budget.of_seconds(60, lambda: False)


def optimum(instance: Instance) -> float:
    return solve_exact(instance, plenty(), 0, Reporter(emit_nothing, 60)).objective


def bound_of(crew: Crew) -> float:
    cars = SoftCars(crew)
    columns = ColumnGeneration(crew, settle(cars, crew, COOLING, plenty()), plenty(), 0)
    columns.add_drawn(cars, 0)
    columns.advance(1000, plenty())
    assert columns.done
    return columns.bound


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problem=tiny_problems(), seed=st.integers(0, 1000))
def test_no_prices_prove_more_than_the_best_of_all_schedules(problem: Problem, seed: int) -> None:
    instance = compile_instance(problem)
    assume(instance.allowed.any(axis=2)[instance.active].all())
    least, crew = brute_force(problem), gather_crew(instance)
    prices = np.random.default_rng(seed).exponential(3.0, crew.needs.shape)
    assert Pricer(crew).price(prices).bound <= least + 1e-6
    if least < np.inf:
        assert bound_of(crew) <= least + 1e-6


@pytest.mark.parametrize("rule", PresenceRule)
def test_the_bound_of_columns_comes_near_the_optimum(rule: PresenceRule) -> None:
    instance = compile_instance(random_problem(8, 10, 8, seed=2, rule=rule))
    least = optimum(instance)
    assert 0.99 * least <= bound_of(gather_crew(instance)) <= least + 1e-6


def test_without_prices_the_bound_is_that_of_cars_on_their_own() -> None:
    crew = gather_crew(compile_instance(random_problem(5, 6, 4, seed=0, rule=PresenceRule.NONE)))
    assert Pricer(crew).price(np.zeros(crew.needs.shape)).bound == 0  # a car that no place pays for stays


@pytest.mark.parametrize("rule", PresenceRule)
def test_the_cheapest_shift_and_what_each_drive_costs_more_are_those_of_all_shifts(rule: PresenceRule) -> None:
    problem = random_problem(3, 1, 5, seed=1, rule=rule)
    instance = compile_instance(problem)
    crew = gather_crew(instance)
    prices = np.random.default_rng(0).exponential(8.0, crew.needs.shape)
    pricer = Pricer(crew)
    priced = pricer.price(prices)
    entries, drives = pricer.excess(prices, 0)
    shifts = np.array([rows_of(problem, sectors)[0] for sectors in every_schedule(problem)])
    shifts = np.array([shift for shift in shifts if _keeps(rule, shift)])
    counted = instance.minutes[shifts[:, :-1], shifts[:, 1:]].sum(axis=1) - prices[np.arange(5), shifts].sum(axis=1)
    assert priced.least[0] == pytest.approx(counted.min())
    assert (priced.paths[0] == shifts[counted.argmin()]).all()
    for period, a, b in np.ndindex(4, 3, 3):
        through = counted[(shifts[:, period] == a) & (shifts[:, period + 1] == b)]
        assert drives[period, a, b] == pytest.approx(through.min(initial=np.inf) - counted.min())
    assert entries[1] == pytest.approx(counted[shifts[:, 0] == 1].min() - counted.min())


def _keeps(rule: PresenceRule, shift: np.ndarray) -> bool:
    if rule is PresenceRule.NO_RETURN_WITHIN_TWO:
        return bool((shift[2:] != shift[:-2]).all())
    three = (shift[2:] == shift[1:-1]) & (shift[1:-1] == shift[:-2])
    return rule is PresenceRule.NONE or not three.any()


@pytest.mark.parametrize("rule", PresenceRule)
def test_soft_cars_drive_with_the_probability_of_their_shift(rule: PresenceRule) -> None:
    problem = random_problem(3, 1, 4, seed=3, rule=rule)
    instance = compile_instance(problem)
    crew, random = gather_crew(instance), np.random.default_rng(0)
    cars = SoftCars(crew)
    cars.set_temperature(1.0)
    unit = float(np.median(instance.costs[instance.costs > 0]))
    needs, prices = crew.needs, np.zeros(crew.needs.shape)
    needs[:] = 0  # so that prices stay at zero
    cars.sweep(prices, needs, crew.sizes)
    shifts = [rows_of(problem, sectors)[0] for sectors in every_schedule(problem)]
    shifts = [shift for shift in shifts if _keeps(rule, shift)]
    weights = np.array([np.exp(-instance.minutes[shift[:-1], shift[1:]].sum() / unit) for shift in shifts])
    drawn = [cars.draw(0, random) for _ in range(4000)]
    assert all(path is not None for path in drawn)
    counts = np.array([sum((path == shift).all() for path in drawn) for shift in shifts])
    assert counts.sum() == 4000
    assert counts / 4000 == pytest.approx(weights / weights.sum(), abs=0.03)


def test_settled_prices_bring_the_cars_that_are_needed() -> None:
    crew = gather_crew(compile_instance(random_problem(8, 10, 8, seed=2, rule=PresenceRule.NO_RETURN_WITHIN_TWO)))
    cars, prices = SoftCars(crew), np.zeros(crew.needs.shape)
    cars.set_temperature(0.5)
    missed = [cars.sweep(prices, crew.needs, crew.sizes) for _ in range(60)]
    assert missed[-1] < 0.05 * missed[0]
