from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from services.scheduler import annealing_kernel
from services.scheduler.annealing import REPAIR, SEARCH, breaches, legal_rows, random_rows, search
from services.scheduler.board import make_board, make_position
from services.scheduler.budget import Budget
from services.scheduler.fairness import even_out
from services.scheduler.instance import compile_instance
from services.scheduler.measure import measure
from services.scheduler.problem import Car, CarHistory, MinuteSpan, Placement, PresenceRule, Problem
from services.scheduler.repair import meet_demand, repair
from tests.services.scheduler.problems import brute_force, random_problem, tiny_problems


def plenty() -> Budget:
    return Budget.of_seconds(60, lambda: False)


def rich_problem() -> Problem:
    """Every rule at once: breaks, part-time duty, homes, starts, history, pins, bans, spare cars, a cap."""
    problem = random_problem(5, 8, 8, seed=4, rule=PresenceRule.NO_RETURN_WITHIN_TWO)
    cars = [Car(f"C{i}", "S1", ("S0", "S1"), (MinuteSpan(60 * (1 + i % 3), 15),)) for i in range(8)]
    cars[0] = replace(cars[0], on_duty=MinuteSpan(60, 300))
    demand = tuple((*(min(1, count) for count in row[:4]), 0) for row in problem.demand)
    return replace(
        problem,
        cars=tuple(cars),
        demand=demand,
        home_cost_factor=2.0,
        max_per_sector=3,
        fairness_weight=0.5,
        pins=(Placement("C2", 3, "S4"),),
        bans=(Placement("C3", 0, "S0"),),
        history=(CarHistory("C1", ("S3", "S2")),),
    )


def test_the_kernel_keeps_its_books() -> None:
    instance = compile_instance(rich_problem())
    board, position = make_board(instance, 1.0), make_position(instance, random_rows(instance, 0))
    for car in range(instance.car_count):
        annealing_kernel.score_car(board, position, car)
    random, best_path = np.array([12345], dtype=np.uint64), position.path.copy()
    annealing_kernel.anneal(board, position, random, best_path, np.inf, 50.0, 5.0, 20_000)
    rows = position.path[:, board.history_length :]
    fresh = make_position(instance, rows)
    for car in range(instance.car_count):
        annealing_kernel.score_car(board, fresh, car)
    for kept, counted in zip(position, fresh, strict=True):
        assert kept == pytest.approx(counted)
    assert (instance.allowed[np.argwhere(rows >= 0)[:, 0], np.argwhere(rows >= 0)[:, 1], rows[rows >= 0]]).all()


def test_a_search_tells_the_objective_of_a_schedule_that_breaks_nothing() -> None:
    instance = compile_instance(rich_problem())
    found = search(instance, random_rows(instance, 1), REPAIR, plenty(), seed=1)
    assert found.rows is not None
    assert breaches(instance, found.rows) == 0
    assert found.objective == pytest.approx(measure(instance, found.rows).objective)


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problem=tiny_problems())
def test_a_search_never_beats_the_optimum_and_finds_it_on_tiny_problems(problem: Problem) -> None:
    least = brute_force(problem)
    instance = compile_instance(problem)
    assume(instance.allowed.any(axis=2)[instance.active].all())
    found = search(instance, random_rows(instance, 0), replace(SEARCH, moves_per_place=5000), plenty(), seed=0)
    assert found.objective >= least - 1e-6
    if least == float("inf"):
        assert found.rows is None
    else:
        assert found.rows is not None
        assert breaches(instance, found.rows) == 0
        assert found.objective <= 1.5 * least + 10


def test_same_seed_same_search() -> None:
    instance = compile_instance(rich_problem())
    first, second = (search(instance, random_rows(instance, 1), REPAIR, plenty(), seed=7) for _ in range(2))
    assert first.objective == second.objective


def test_a_stop_gives_back_a_good_start() -> None:
    problem = random_problem(4, 6, 5, seed=0, rule=PresenceRule.NONE)
    instance = compile_instance(problem)
    rows = random_rows(instance, 0)
    found = search(instance, rows, SEARCH, Budget.of_seconds(60, lambda: True), seed=0)
    assert found.rows is not None
    assert found.rows.tolist() == rows.tolist()


def test_repair_mends_a_sample_that_breaks_everything() -> None:
    problem = random_problem(6, 10, 8, seed=1, rule=PresenceRule.NO_RETURN_WITHIN_TWO)
    instance = compile_instance(problem)
    found = repair(instance, np.zeros((10, 8), dtype=np.int64), plenty(), seed=0)
    assert found.rows is not None
    assert breaches(instance, found.rows) == 0


def test_meeting_demand_moves_as_few_minutes_as_it_can() -> None:
    problem = random_problem(6, 10, 4, seed=2, rule=PresenceRule.NONE)
    instance = compile_instance(problem)
    good = random_rows(instance, 3)
    assert meet_demand(instance, good).tolist() == good.tolist()
    moved = good.copy()
    moved[0, 2] = (moved[0, 2] + 1) % 6
    assert breaches(instance, moved) > 0
    assert breaches(instance, meet_demand(instance, moved)) == 0


def test_legal_rows_change_only_what_is_forbidden() -> None:
    instance = compile_instance(rich_problem())
    rows = random_rows(instance, 0)
    assert legal_rows(instance, rows, 0).tolist() == rows.tolist()
    rows[2, 3] = 0  # car C2 is pinned to S4 there
    assert legal_rows(instance, rows, 0)[2, 3] == 4


@pytest.mark.parametrize("rule", PresenceRule)
def test_evening_out_costs_nothing_and_lowers_the_largest_travel(rule: PresenceRule) -> None:
    problem = random_problem(6, 12, 10, seed=1, rule=rule)
    instance = compile_instance(problem)
    start = search(instance, random_rows(instance, 0), SEARCH, plenty(), seed=0).rows
    assert start is not None
    even = even_out(instance, start, plenty())
    before, after = measure(instance, start), measure(instance, even)
    assert after.objective <= before.objective + 1e-6
    assert after.travel_minutes.max() <= before.travel_minutes.max()
    assert breaches(instance, even) == 0


def test_evening_out_shares_two_equal_drives() -> None:
    problem = Problem(
        sectors=("A", "B", "C", "D"),
        cars=(Car("C1"), Car("C2")),
        period_minutes=60,
        travel_minutes=tuple(tuple(0.0 if a == b else 5.0 for b in range(4)) for a in range(4)),
        demand=((1, 1, 0, 0),) * 3,
    )
    instance = compile_instance(problem)
    rows = np.array([[0, 0, 0], [1, 1, 1]])
    rows_with_drives = np.array([[0, 1, 0], [1, 0, 1]])
    assert even_out(instance, rows, plenty()).tolist() == rows.tolist()
    assert measure(instance, even_out(instance, rows_with_drives, plenty())).travel_minutes.max() <= 10
