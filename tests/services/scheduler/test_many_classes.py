from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from cli.schedule_bench.instances import MANY_CLASSES, problem_of_size
from services.scheduler.annealing import breaches
from services.scheduler.budget import Budget
from services.scheduler.checker import broken_rules
from services.scheduler.column_generation import ColumnGeneration
from services.scheduler.exact import solve_exact
from services.scheduler.instance import Instance, compile_instance
from services.scheduler.many_classes import quick_bound, solve_many_classes
from services.scheduler.measure import measure
from services.scheduler.problem import Car, MinuteSpan, Placement, PresenceRule, Problem
from services.scheduler.reporter import Reporter, SolveProgress, emit_nothing
from services.scheduler.shift_kinds import gather_crew
from services.scheduler.solve import Engine, SolveOptions, solve
from tests.services.scheduler.problems import brute_force, random_problem, sectors_of, tiny_problems

RULES = tuple(PresenceRule)


def seconds(count: float) -> Budget:
    return Budget.of_seconds(count, lambda: False)


def quiet() -> Reporter:
    return Reporter(emit_nothing, 60)


def mixed_problem(rule: PresenceRule, seed: int) -> Problem:
    """Four homes and two breaks that make eight kinds of cars; two cars to spare outside breaks, and a limit."""
    problem = random_problem(8, 10, 8, seed, rule)
    cars = tuple(
        Car(car.id, "S1", problem.sectors[2 * (index % 4) :][:2], (MinuteSpan(60 * (index // 4 + 1), 45),))
        for index, car in enumerate(problem.cars)
    )
    demand = tuple(_lowered(row, 4) for row in problem.demand)
    return replace(problem, cars=cars, demand=demand, home_cost_factor=1.5, max_per_sector=3)


def _lowered(row: tuple[int, ...], by: int) -> tuple[int, ...]:
    kept = list(row)
    for _ in range(by):
        kept[int(np.argmax(kept))] -= 1
    return tuple(kept)


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problem=tiny_problems())
def test_the_optimum_equals_that_of_all_schedules_with_any_rules(problem: Problem) -> None:
    instance = compile_instance(problem)
    assume(instance.allowed.any(axis=2)[instance.active].all())
    least = brute_force(problem)
    bound = quick_bound(instance, seconds(60))
    assert bound <= least + 1e-6
    solution = solve_many_classes(instance, seconds(60), 0, quiet())
    assert solution.infeasible == (least == np.inf)
    if least < np.inf:
        assert solution.proved
        assert solution.objective == pytest.approx(least, abs=1e-6)
        assert solution.bound <= least + 1e-6
        assert solution.rows is not None
        assert not breaches(instance, solution.rows)


@pytest.mark.parametrize("rule", RULES)
def test_eight_kinds_of_cars_come_near_the_bound(rule: PresenceRule) -> None:
    instance = compile_instance(mixed_problem(rule, 4))
    solution = solve_many_classes(instance, seconds(12), 0, quiet())
    assert solution.rows is not None
    assert not breaches(instance, solution.rows)
    assert solution.objective - solution.bound <= 0.01 * solution.objective


@pytest.mark.parametrize("rule", RULES)
def test_alike_cars_cost_as_much_as_in_the_flow_model(rule: PresenceRule) -> None:
    instance = compile_instance(random_problem(8, 10, 8, seed=2, rule=rule))
    least = solve_exact(instance, seconds(60), 0, quiet()).objective
    solution = solve_many_classes(instance, seconds(30), 0, quiet())
    assert solution.bound <= least + 1e-6 <= solution.objective + 2e-6
    assert solution.bound >= 0.99 * least
    assert solution.objective <= 1.02 * least


def test_an_instance_of_sixteen_classes_is_within_four_percent_soon() -> None:
    problem = problem_of_size(MANY_CLASSES, 100)
    schedule = solve(problem, SolveOptions(Engine.EXACT, time_limit_seconds=10), stop=lambda: False)
    assert schedule.assignments
    assert not broken_rules(problem, sectors_of(schedule))
    assert schedule.gap is not None
    assert schedule.gap < 0.04


def test_fairness_is_counted_as_least_the_mean() -> None:
    problem = replace(mixed_problem(PresenceRule.NONE, 1), fairness_weight=2.0)
    instance = compile_instance(problem)
    solution = solve_many_classes(instance, seconds(8), 0, quiet())
    assert solution.rows is not None
    assert measure(instance, solution.rows).objective == pytest.approx(solution.objective)
    assert 0 < solution.bound <= solution.objective


def test_same_seed_same_schedule() -> None:
    first, second = (solve_many_classes(small_instance(), seconds(60), 3, quiet()) for _ in range(2))
    assert first.proved
    assert np.array_equal(first.rows, second.rows)


def small_instance() -> Instance:
    problem = random_problem(4, 4, 4, 0, PresenceRule.NO_RETURN_WITHIN_TWO)
    cars = tuple(Car(car.id, None, problem.sectors[:2] if i % 2 else ()) for i, car in enumerate(problem.cars))
    return compile_instance(replace(problem, cars=cars, home_cost_factor=2.0))


def test_a_stop_ends_the_search_and_keeps_what_is_proved() -> None:
    instance = compile_instance(problem_of_size(MANY_CLASSES, 101))
    seen: list[SolveProgress] = []
    budget = Budget.of_seconds(60, lambda: any(step.incumbent is not None for step in seen))
    solution = solve_many_classes(instance, budget, 0, Reporter(seen.append, 60))
    assert solution.rows is not None
    assert 0 < solution.bound < solution.objective
    stopped = solve_many_classes(instance, Budget.of_seconds(60, lambda: True), 0, quiet())
    assert stopped.rows is None
    assert not stopped.infeasible


def clashing_problem(kind: str) -> Problem:
    """An instance of sixteen classes with a clash in the middle of the shift."""
    problem = problem_of_size(MANY_CLASSES, 500)
    demand, middle = [list(row) for row in problem.demand], 15
    cars, sectors = len(problem.cars), len(problem.sectors)
    if kind == "bans":
        place = int(np.argmax(demand[middle]))
        banned = problem.cars[demand[middle][place] - 1 :]
        bans = tuple(Placement(car.id, middle, problem.sectors[place]) for car in banned)
        return replace(problem, bans=bans)
    for period, count in ((middle, cars // 2), (middle + 2, cars // 2 + 1)):  # a car more than there are
        demand[period] = [0] * sectors
        demand[period][3] = count
    return replace(problem, demand=tuple(tuple(row) for row in demand))


@pytest.mark.parametrize("kind", ["bans", "returns"])
def test_a_clash_among_sixteen_classes_is_proved_soon(kind: str) -> None:
    instance = compile_instance(clashing_problem(kind))
    assert not instance.lacks_cars
    budget = seconds(30)
    assert solve_many_classes(instance, budget, 0, quiet()).infeasible
    assert not budget.over


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problem=tiny_problems())
def test_what_is_called_a_clash_has_no_schedule(problem: Problem) -> None:
    instance = compile_instance(problem)
    assume(instance.allowed.any(axis=2)[instance.active].all())
    crew = gather_crew(instance)
    columns = ColumnGeneration(crew.costless, np.ones(crew.needs.shape), seconds(60), 0)
    columns.advance(100, seconds(60))
    assert not columns.clashes or brute_force(problem) == np.inf


def handing_over(seed: int) -> Problem:
    """An instance whose breaks follow one right after the other, so that pairs of cars hand cover over in a period."""
    problem = problem_of_size(replace(MANY_CLASSES, breaks=6), seed)
    first = min(span.start_minute for car in problem.cars for span in car.breaks)
    moved = [
        tuple(replace(span, start_minute=first + (span.start_minute - first) * 3 // 4) for span in car.breaks)
        for car in problem.cars
    ]
    cars = tuple(replace(car, breaks=breaks) for car, breaks in zip(problem.cars, moved, strict=True))
    return replace(problem, cars=cars)


@pytest.mark.parametrize("seed", [20, 21, 22])
def test_a_schedule_is_found_where_cars_hand_over_within_a_period(seed: int) -> None:
    instance = compile_instance(handing_over(seed))
    seen: list[SolveProgress] = []
    budget = Budget.of_seconds(30, lambda: any(step.incumbent is not None for step in seen))
    solution = solve_many_classes(instance, budget, 0, Reporter(seen.append, 30))
    assert solution.rows is not None
    assert not breaches(instance, solution.rows)
