from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings

from services.scheduler.budget import Budget
from services.scheduler.instance import compile_instance
from services.scheduler.presence_cost import PresenceCost, presence_cost
from services.scheduler.problem import PresenceRule, Problem
from services.scheduler.solution import Solution
from services.scheduler.solve import Engine, SolveOptions, solve
from tests.services.scheduler.problems import brute_force, random_problem, rows_of, sectors_of, tiny_problems

EXACT = SolveOptions(Engine.EXACT, time_limit_seconds=20)


def plenty() -> Budget:
    return Budget.of_seconds(20, lambda: False)


@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problem=tiny_problems())
def test_what_presence_forces_is_the_difference_of_the_two_optima(problem: Problem) -> None:
    assume(problem.presence_rule is not PresenceRule.NONE)
    least = brute_force(problem)
    assume(least < float("inf"))
    schedule = solve(problem, EXACT, stop=lambda: False)
    instance = compile_instance(problem)
    rows = rows_of(problem, sectors_of(schedule))
    cost = presence_cost(instance, Solution(rows, schedule.objective, schedule.best_bound), plenty(), 0)
    free = brute_force(replace(problem, presence_rule=PresenceRule.NONE))
    assert cost is not None
    assert (cost.least, cost.most) == pytest.approx((least - free, least - free), abs=1e-5)
    assert f", of it {least - free:.1f} forced by presence" in schedule.explanation[0]


def test_bounds_of_a_schedule_that_is_not_proved_hold_the_difference() -> None:
    problem = random_problem(6, 8, 8, seed=0, rule=PresenceRule.NO_RETURN_WITHIN_TWO)
    strict = solve(problem, EXACT, stop=lambda: False)
    free = solve(replace(problem, presence_rule=PresenceRule.NONE), EXACT, stop=lambda: False)
    rows = rows_of(problem, sectors_of(strict))
    loose = Solution(rows, strict.objective + 30, strict.objective - 20)
    cost = presence_cost(compile_instance(problem), loose, plenty(), 0)
    difference = strict.objective - free.objective
    assert cost is not None
    assert cost.least == pytest.approx(difference - 20)
    assert cost.most == pytest.approx(difference + 30)


def test_words_say_what_is_proved() -> None:
    assert PresenceCost(38.0, 38.0).words == "38.0 forced by presence"
    assert PresenceCost(0.0, 40.0).words == "at most 40.0 forced by presence"
    assert PresenceCost(31.0, 40.0).words == "at least 31.0 and at most 40.0 forced by presence"


def test_nothing_is_said_without_a_rule_a_schedule_or_time() -> None:
    problem = random_problem(4, 5, 4, seed=1, rule=PresenceRule.MAX_CONSECUTIVE)
    schedule = solve(problem, EXACT, stop=lambda: False)
    instance = compile_instance(problem)
    solution = Solution(rows_of(problem, sectors_of(schedule)), schedule.objective, schedule.objective)
    assert presence_cost(replace(instance, max_consecutive=0), solution, plenty(), 0) is None
    assert presence_cost(instance, replace(solution, rows=None), plenty(), 0) is None
    assert presence_cost(instance, solution, Budget.of_seconds(20, lambda: True), 0) is None


def test_the_travel_line_names_the_objective_only_where_it_is_another_number() -> None:
    problem = random_problem(4, 5, 4, seed=1, rule=PresenceRule.NONE)
    plain, squared = (
        solve(variant, EXACT, stop=lambda: False) for variant in (problem, replace(problem, square_travel=True))
    )
    assert plain.explanation[0] == f"Travel: {plain.travel_minutes:.1f} min in all; proved least possible."
    assert f"min in all, objective {squared.objective:.1f}; proved" in squared.explanation[0]


@pytest.mark.parametrize("rule", [PresenceRule.NO_RETURN_WITHIN_TWO, PresenceRule.MAX_CONSECUTIVE])
def test_every_engine_tells_what_presence_forces(rule: PresenceRule) -> None:
    problem = random_problem(6, 8, 8, seed=0, rule=rule)
    options = SolveOptions(Engine.QUBO, annealer="one_hot_tempering", time_limit_seconds=4)
    assert "forced by presence" in solve(problem, options, stop=lambda: False).explanation[0]
