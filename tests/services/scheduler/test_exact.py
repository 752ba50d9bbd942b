from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from services.scheduler.budget import Budget
from services.scheduler.checker import broken_rules, objective_of
from services.scheduler.exact import solve_exact
from services.scheduler.instance import compile_instance
from services.scheduler.problem import Car, MinuteSpan, PresenceRule, Problem
from services.scheduler.reporter import Reporter, SolveProgress, emit_nothing
from services.scheduler.solution import Status
from services.scheduler.solve import Engine, SolveOptions, solve
from services.scheduler.validation import validate
from tests.services.scheduler.problems import brute_force, random_problem, sectors_of, tiny_problems

EXACT = SolveOptions(Engine.EXACT, time_limit_seconds=60)


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problem=tiny_problems())
def test_the_optimum_equals_that_of_all_schedules_with_any_rules(problem: Problem) -> None:
    validate(problem)
    least = brute_force(problem)
    schedule = solve(problem, EXACT, stop=lambda: False)
    if least == float("inf"):
        assert schedule.status is Status.INFEASIBLE
        assert schedule.infeasible_rules
        return
    assert schedule.status is Status.OPTIMAL
    assert schedule.gap == 0
    assert schedule.objective == pytest.approx(least, abs=1e-6)
    assert not broken_rules(problem, sectors_of(schedule))
    assert objective_of(problem, sectors_of(schedule)) == pytest.approx(schedule.objective)


@pytest.mark.parametrize("rule", PresenceRule)
def test_twenty_sectors_cars_and_eighteen_periods_are_solved_with_proof(rule: PresenceRule) -> None:
    problem = random_problem(20, 20, 18, seed=0, rule=rule)
    schedule = solve(problem, EXACT, stop=lambda: False)
    assert schedule.status is Status.OPTIMAL
    assert schedule.gap == 0
    assert schedule.best_bound == schedule.objective
    assert not broken_rules(problem, sectors_of(schedule))


def test_the_presence_rule_costs_travel() -> None:
    problem = random_problem(8, 10, 8, seed=3, rule=PresenceRule.NO_RETURN_WITHIN_TWO)
    free = replace(problem, presence_rule=PresenceRule.NONE)
    strict, loose = (solve(variant, EXACT, stop=lambda: False).objective for variant in (problem, free))
    assert strict > loose


def several_classes() -> Problem:
    """Breaks and homes that make five classes of cars, with two spare cars."""
    problem = random_problem(6, 10, 6, seed=1, rule=PresenceRule.NO_RETURN_WITHIN_TWO)
    cars = tuple(
        Car(car.id, "S1", problem.sectors[:3] if index % 2 else (), (MinuteSpan(60 * (index % 3 + 1), 30),))
        for index, car in enumerate(problem.cars)
    )
    demand = tuple(tuple(np.array(row) - (np.array(row) >= 2)) for row in problem.demand)
    demand = tuple(_at_most(row, 6) for row in demand)
    return replace(problem, cars=cars, demand=demand, home_cost_factor=2.0, max_per_sector=4)


def _at_most(row: tuple[int, ...], total: int) -> tuple[int, ...]:
    kept = []
    for cars in row:
        kept.append(int(min(cars, total - sum(kept))))
    return tuple(kept)


def test_several_classes_are_solved_with_a_bound() -> None:
    problem = several_classes()
    schedule = solve(problem, replace(EXACT, time_limit_seconds=20), stop=lambda: False)
    assert schedule.status in (Status.OPTIMAL, Status.FEASIBLE)
    assert not broken_rules(problem, sectors_of(schedule))
    assert 0 < schedule.best_bound <= schedule.objective
    assert schedule.gap is not None
    assert schedule.gap < 0.05


def test_same_seed_same_schedule() -> None:
    problem = random_problem(6, 8, 6, seed=5, rule=PresenceRule.MAX_CONSECUTIVE)
    first, second = (solve(problem, EXACT, stop=lambda: False) for _ in range(2))
    assert first.assignments == second.assignments


def test_a_stop_ends_the_solve_and_keeps_the_best_so_far() -> None:
    problem = random_problem(40, 60, 24, seed=0, rule=PresenceRule.NO_RETURN_WITHIN_TWO)
    seen: list[SolveProgress] = []
    schedule = solve(problem, EXACT, stop=lambda: any(s.incumbent is not None for s in seen), emit=seen.append)
    assert schedule.status is Status.FEASIBLE
    assert not broken_rules(problem, sectors_of(schedule))


def test_a_stop_before_the_start_gives_no_schedule_and_no_claim() -> None:
    problem = random_problem(30, 40, 24, seed=0, rule=PresenceRule.NO_RETURN_WITHIN_TWO)
    schedule = solve(problem, EXACT, stop=lambda: True)
    assert schedule.status is Status.CANCELLED
    assert schedule.gap is None
    assert schedule.assignments == ()


def test_progress_never_falls_back() -> None:
    seen: list[SolveProgress] = []
    solve(several_classes(), replace(EXACT, time_limit_seconds=10), stop=lambda: False, emit=seen.append)
    bounds = [step.best_bound for step in seen if step.best_bound is not None]
    incumbents = [step.incumbent for step in seen if step.incumbent is not None]
    assert bounds == sorted(bounds)
    assert incumbents == sorted(incumbents, reverse=True)
    assert [step.fraction for step in seen] == sorted(step.fraction for step in seen)


def test_a_car_that_may_be_nowhere_makes_it_infeasible() -> None:
    problem = random_problem(2, 2, 2, seed=0, rule=PresenceRule.NONE)
    instance = compile_instance(problem)
    instance.allowed[0, 1, :] = False
    budget = Budget.of_seconds(5, lambda: False)
    assert solve_exact(instance, budget, 0, Reporter(emit_nothing, 5)).infeasible
