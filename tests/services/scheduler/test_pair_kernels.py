"""The heat baths on pairs draw from the exact distribution, keep the books and find the best exchange of a pair."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from services.scheduler import annealing_kernel
from services.scheduler.annealing import breaches
from services.scheduler.board import Board, Position, make_board, make_position
from services.scheduler.instance import Instance, Rows, compile_instance
from services.scheduler.measure import measure
from services.scheduler.mixed_pair_kernel import mix_any
from services.scheduler.pair_kernel import mix_twins
from services.scheduler.problem import Car, CarHistory, MinuteSpan, Placement, PresenceRule, Problem
from services.scheduler.tempering import _mates
from tests.services.scheduler.problems import random_problem

PERIODS = 5
Draw = Callable[[Board, Position, np.ndarray, float, int], None]

RULES = [
    (PresenceRule.NONE, 0),
    (PresenceRule.NO_RETURN_WITHIN_TWO, 0),
    (PresenceRule.MAX_CONSECUTIVE, 1),
    (PresenceRule.MAX_CONSECUTIVE, 2),
]
LONG_RULES = [*RULES, (PresenceRule.MAX_CONSECUTIVE, 3), (PresenceRule.MAX_CONSECUTIVE, 5)]


def twins(rule: PresenceRule, longest: int) -> Problem:
    """Two cars that differ in start and history."""
    problem = random_problem(3, 2, PERIODS, seed=8, rule=rule)
    return replace(
        problem,
        cars=(Car("C0", "S0"), Car("C1", "S2")),
        max_consecutive=longest,
        history=(CarHistory("C0", ("S1", "S2")), CarHistory("C1", ("S0", "S0"))),
    )


def strangers(rule: PresenceRule, longest: int) -> Problem:
    """Two cars of different homes, breaks, duty and bans."""
    return replace(
        twins(rule, longest),
        cars=(
            Car("C0", "S0", home_sectors=("S0", "S1"), breaks=(MinuteSpan(75, 30),)),
            Car("C1", "S2", home_sectors=("S1", "S2"), on_duty=MinuteSpan(0, 60 * PERIODS - 60)),
        ),
        home_cost_factor=1.5,
        bans=(Placement("C0", 2, "S2"),),
    )


def draw_twins(board: Board, position: Position, random: np.ndarray, temperature: float, moves: int) -> None:
    mix_twins(board, position, random, _mates(board), position.path.copy(), np.inf, temperature, moves)


def draw_any(board: Board, position: Position, random: np.ndarray, temperature: float, moves: int) -> None:
    mix_any(board, position, random, position.path.copy(), np.inf, temperature, moves)


def at(instance: Instance, rows: Rows, penalty: float) -> tuple[Board, Position]:
    board, position = make_board(instance, penalty), make_position(instance, rows)
    for car in range(instance.car_count):
        annealing_kernel.score_car(board, position, car)
    return board, position


def exchanges(instance: Instance, rows: Rows, penalty: float) -> dict[bytes, float]:
    """The energy of every schedule that two cars reach by exchanging sectors where both may."""
    energies = {}
    for exchanged in itertools.product([False, True], repeat=instance.period_count):
        mixed = rows.copy()
        mixed[:, list(exchanged)] = rows[::-1, list(exchanged)]
        cars, periods = np.nonzero(instance.active)
        legal = instance.allowed[cars, periods, mixed[cars, periods]].all()
        if legal and ((mixed >= 0) == instance.active).all():
            energies[mixed.tobytes()] = float(annealing_kernel.energy(*at(instance, mixed, penalty)))
    return energies


def rows_of(instance: Instance) -> Rows:
    rows = np.array([[0, 1, 1, 0, 2], [2, 0, 1, 1, 0]])
    rows[~instance.active] = -1
    return rows


CASES = [
    *((twins(*rule), draw_twins) for rule in RULES),
    *((twins(*rule), draw_any) for rule in LONG_RULES),
    *((strangers(*rule), draw_any) for rule in LONG_RULES),
    (replace(strangers(*RULES[1]), fairness_weight=0.7), draw_any),
]


@pytest.mark.parametrize(("problem", "draw"), CASES)
def test_pairs_are_drawn_from_the_exact_distribution(problem: Problem, draw: Draw) -> None:
    instance, penalty, temperature = compile_instance(problem), 0.1, 12.0
    board, position = at(instance, rows_of(instance), penalty)
    random = np.array([11], dtype=np.uint64)
    counts = dict.fromkeys(exchanges(instance, rows_of(instance), penalty), 0)
    for _ in range(8_000):
        draw(board, position, random, temperature, 12)
        counts[position.path[:, board.history_length :].tobytes()] += 1
    energies = exchanges(instance, rows_of(instance), penalty)
    weights = np.array([np.exp(-energies[rows] / temperature) for rows in counts])
    seen, expected = np.array(list(counts.values())), weights / weights.sum() * 8_000
    often = expected >= 5
    seen, expected = np.append(seen[often], seen[~often].sum()), np.append(expected[often], expected[~often].sum())
    present = expected > 0
    assert stats.chisquare(seen[present], expected[present] * seen.sum() / expected.sum()).pvalue > 1e-3


@pytest.mark.parametrize(("problem", "draw"), CASES)
def test_next_to_zero_temperature_the_best_exchange_is_found(problem: Problem, draw: Draw) -> None:
    instance = compile_instance(problem)
    board, position = at(instance, rows_of(instance), 0.1)
    draw(board, position, np.array([5], dtype=np.uint64), 0.1, 40)
    best = min(exchanges(instance, rows_of(instance), 0.1).values())
    judged_afterwards = problem.fairness_weight > 0 or problem.max_consecutive > 4
    if not judged_afterwards:
        assert float(annealing_kernel.energy(board, position)) == pytest.approx(best)
    assert float(annealing_kernel.energy(board, position)) >= best - 1e-9


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("temperature", [1.0, 30.0])
def test_the_energies_that_are_added_up_are_those_of_the_schedules(
    rule: tuple[PresenceRule, int], temperature: float
) -> None:
    problem = replace(random_problem(5, 10, 9, seed=4, rule=rule[0]), max_consecutive=rule[1])
    cars = tuple(Car(f"C{i}", f"S{i % 5}" if i % 3 else None) for i in range(10))
    instance = compile_instance(replace(problem, cars=cars))
    rows = np.stack([np.repeat(np.arange(5), demand) for demand in instance.demand], axis=1)
    for draw in (mix_twins, mix_any):
        board, position = at(instance, rows, 5.0)
        cover = position.cover.copy()
        mates = (_mates(board),) if draw is mix_twins else ()
        random, best_path, best = np.array([99], dtype=np.uint64), position.path.copy(), np.inf
        for _ in range(20):
            best = draw(board, position, random, *mates, best_path, best, temperature, 500)
        assert (make_position(instance, position.path[:, board.history_length :]).cover == cover).all()
        assert best < np.inf or temperature == 1.0, "only a quench may be stuck"
        if best < np.inf:
            assert breaches(instance, best_path[:, board.history_length :]) == 0
            assert measure(instance, best_path[:, board.history_length :]).objective == pytest.approx(best)
