import threading
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from services.scheduler import annealing_kernel
from services.scheduler.annealing import breaches, random_rows
from services.scheduler.board import make_board, make_position
from services.scheduler.budget import Budget
from services.scheduler.checker import broken_rules
from services.scheduler.instance import compile_instance
from services.scheduler.measure import measure
from services.scheduler.problem import Car, CarHistory, MinuteSpan, PresenceRule, Problem
from services.scheduler.solve import Engine, SolveOptions, solve
from services.scheduler.tempering import Clock, Ladder, Penalty, run_stretch, temper
from services.scheduler.twin_kernel import swap_twins
from tests.services.scheduler.problems import brute_force, random_problem, sectors_of, tiny_problems

NEVER = -float("inf")


def clock(rounds: int) -> Clock:
    return Clock(rounds, Budget.of_seconds(60, lambda: False))


def twins_with_starts(rule: PresenceRule) -> Problem:
    """Cars that differ in start and history, half of them on duty for a part of the shift."""
    problem = random_problem(5, 10, 9, seed=4, rule=rule)
    cars = tuple(
        Car(f"C{i}", f"S{i % 5}" if i % 3 else None, on_duty=MinuteSpan(60, 360) if i % 2 else None) for i in range(10)
    )
    demand = tuple(tuple(min(1, count) for count in row) for row in problem.demand)
    history = (CarHistory("C1", ("S3", "S2")), CarHistory("C2", ("S1", "S1")))
    return replace(problem, cars=cars, demand=demand, history=history)


@pytest.mark.parametrize("rule", PresenceRule)
@pytest.mark.parametrize("temperature", [1.0, 30.0])
def test_swaps_of_twins_keep_the_books(rule: PresenceRule, temperature: float) -> None:
    """The energies that the kernel adds up are those of the schedules it visits."""
    instance = compile_instance(twins_with_starts(rule))
    board, position = make_board(instance, 0.2), make_position(instance, random_rows(instance, 0))
    for car in range(instance.car_count):
        annealing_kernel.score_car(board, position, car)
    cover = position.cover.copy()
    random, best_path, best = np.array([99], dtype=np.uint64), position.path.copy(), np.inf
    for _ in range(20):
        best = swap_twins(board, position, random, best_path, best, temperature, 500)
    rows = best_path[:, board.history_length :]
    assert (make_position(instance, position.path[:, board.history_length :]).cover == cover).all()
    if best < np.inf:
        assert breaches(instance, rows) == 0
        assert measure(instance, rows).objective == pytest.approx(best)


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problem=tiny_problems())
def test_the_optimum_of_tiny_problems_is_found_and_never_beaten(problem: Problem) -> None:
    least = brute_force(problem)
    instance = compile_instance(problem)
    assume(instance.allowed.any(axis=2)[instance.active].all())
    found = temper(instance, Ladder(), clock(6), NEVER, 0, lambda _: None)
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
    improved: list[float] = []
    found = temper(compile_instance(problem), Ladder(), clock(200), bound, 1, improved.append)
    assert found.objective <= 1.02 * bound
    assert improved == sorted(improved, reverse=True)
    assert improved[-1] == found.objective


def test_same_seed_same_schedule_on_any_number_of_threads() -> None:
    instance = compile_instance(random_problem(6, 12, 8, seed=1, rule=PresenceRule.NO_RETURN_WITHIN_TWO))
    first, second = (temper(instance, Ladder(replica_count=4), clock(10), NEVER, 5, lambda _: None) for _ in range(2))
    assert first.rows is not None
    assert second.rows is not None
    assert (first.rows == second.rows).all()


def test_a_stop_is_heeded_after_the_round_of_a_few_milliseconds() -> None:
    instance = compile_instance(random_problem(20, 40, 18, seed=1, rule=PresenceRule.NO_RETURN_WITHIN_TWO))
    stopped = threading.Event()
    looks: list[bool] = []

    def stop() -> bool:
        looks.append(stopped.is_set())
        return stopped.is_set()

    found = temper(instance, Ladder(), Clock(0, Budget.of_seconds(60, stop)), NEVER, 0, lambda _: stopped.set())
    assert found.rows is not None
    assert looks.count(True) == 1


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


def test_the_penalty_rises_while_rules_are_broken_and_falls_while_none_is() -> None:
    penalty = Penalty()
    before = penalty.factor
    penalty.steer(True)
    assert penalty.factor > before
    for _ in range(1000):
        penalty.steer(False)
    assert penalty.factor == pytest.approx(0.1)


@pytest.mark.parametrize("bad", [{"hot": 0.01}, {"spread": 1.0}, {"replica_count": 1}])
def test_a_ladder_that_makes_no_sense(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="Expected"):
        Ladder(**bad)  # type: ignore[arg-type]
