from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings

from services.scheduler.annealing import breaches, random_rows
from services.scheduler.checker import broken_rules
from services.scheduler.instance import compile_instance
from services.scheduler.measure import measure
from services.scheduler.problem import Car, CarHistory, MinuteSpan, PresenceRule, Problem
from services.scheduler.solve import Engine, SolveOptions, solve
from services.scheduler.tempering import run_stretch, temperature_at
from tests.services.scheduler.problems import brute_force, random_problem, sectors_of, tiny_problems

NEVER = -float("inf")


def twins_with_starts(rule: PresenceRule) -> Problem:
    """Cars that differ in start and history, half of them on duty for a part of the shift."""
    problem = random_problem(5, 10, 9, seed=4, rule=rule)
    cars = tuple(
        Car(f"C{i}", f"S{i % 5}" if i % 3 else None, on_duty=MinuteSpan(60, 360) if i % 2 else None) for i in range(10)
    )
    demand = tuple(tuple(min(1, count) for count in row) for row in problem.demand)
    history = (CarHistory("C1", ("S3", "S2")), CarHistory("C2", ("S1", "S1")))
    return replace(problem, cars=cars, demand=demand, history=history)


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problem=tiny_problems())
def test_the_optimum_of_tiny_problems_is_found_and_never_beaten(problem: Problem) -> None:
    least = brute_force(problem)
    instance = compile_instance(problem)
    assume(instance.allowed.any(axis=2)[instance.active].all())
    found = run_stretch(instance, None, 0.0, 1.0, 20, NEVER, 0, lambda: False).best
    if least == float("inf"):
        assert found.rows is None
    else:
        assert found.rows is not None
        assert breaches(instance, found.rows) == 0
        assert least - 1e-6 <= found.objective <= 1.3 * least + 5


@pytest.mark.parametrize("rule", PresenceRule)
def test_it_comes_near_the_proved_optimum(rule: PresenceRule) -> None:
    problem = random_problem(8, 10, 10, seed=3, rule=rule)
    bound = solve(problem, SolveOptions(Engine.EXACT), stop=lambda: False).best_bound
    found = run_stretch(compile_instance(problem), None, 0.0, 1.0, 200, bound, 1, lambda: False).best
    assert bound - 1e-6 <= found.objective <= 1.02 * bound


def test_a_stop_is_heeded_after_the_round_of_a_few_milliseconds() -> None:
    instance = compile_instance(random_problem(20, 40, 18, seed=1, rule=PresenceRule.NO_RETURN_WITHIN_TWO))
    looks: list[bool] = []

    def stop() -> bool:
        looks.append(len(looks) >= 3)
        return looks[-1]

    run_stretch(instance, None, 0.0, 1.0, 1000, NEVER, 0, stop)
    assert looks == [False, False, False, True]


@pytest.mark.parametrize("rule", PresenceRule)
def test_stretches_follow_one_another_from_the_state_of_the_last(rule: PresenceRule) -> None:
    instance = compile_instance(twins_with_starts(rule))
    first = run_stretch(instance, None, 0.0, 0.5, 20, NEVER, 3, lambda: False)
    second = run_stretch(instance, first.rows, 0.5, 1.0, 20, NEVER, 4, lambda: False)
    again = run_stretch(instance, first.rows, 0.5, 1.0, 20, NEVER, 4, lambda: False)
    assert second.best.rows is not None
    assert again.best.rows is not None
    assert breaches(instance, second.best.rows) == 0
    assert second.best.objective == pytest.approx(measure(instance, second.best.rows).objective)
    assert (again.best.rows == second.best.rows).all()
    assert (again.rows == second.rows).all()


def test_a_stretch_that_is_stopped_at_once_hands_back_where_it_began() -> None:
    instance = compile_instance(random_problem(6, 12, 8, seed=1, rule=PresenceRule.NONE))
    rows = random_rows(instance, 0)
    assert (run_stretch(instance, rows, 0.0, 1.0, 10, NEVER, 0, lambda: True).rows == rows).all()


@pytest.mark.parametrize("rule", PresenceRule)
def test_selected_by_name_with_the_qubo_engine(rule: PresenceRule) -> None:
    problem = replace(twins_with_starts(rule), max_consecutive=2)
    options = SolveOptions(Engine.QUBO, "one_hot_tempering", time_limit_seconds=4, seed=3)
    schedule = solve(problem, options, stop=lambda: False)
    assert not broken_rules(problem, sectors_of(schedule))
    assert (schedule.engine, schedule.annealer) == ("qubo", "one_hot_tempering")
    assert schedule.gap is not None
    assert 0 <= schedule.gap < 0.03


def test_it_cools() -> None:
    instance = compile_instance(random_problem(6, 12, 8, seed=1, rule=PresenceRule.NONE))
    temperatures = [temperature_at(instance, fraction) for fraction in (0.0, 0.5, 1.0)]
    assert temperatures == sorted(temperatures, reverse=True)
    assert temperatures[-1] > 0
