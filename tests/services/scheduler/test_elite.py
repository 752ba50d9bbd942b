import itertools
from dataclasses import replace

import numpy as np
import pytest

from services.scheduler.annealing import breaches
from services.scheduler.budget import Budget
from services.scheduler.elite import MOST_MEMBERS, Elite
from services.scheduler.instance import Instance, Rows, compile_instance
from services.scheduler.measure import measure
from services.scheduler.problem import Car, MinuteSpan, PresenceRule, Problem
from services.scheduler.recombination import join, recombine
from services.scheduler.tempering import run_stretch
from tests.services.scheduler.problems import random_problem

RULES = [(PresenceRule.NONE, 0), (PresenceRule.NO_RETURN_WITHIN_TWO, 0), (PresenceRule.MAX_CONSECUTIVE, 3)]
PLENTY = Budget.of_seconds(600, lambda: False)


def schedules(instance: Instance, count: int) -> list[Rows]:
    """Schedules of short searches, all meeting every rule."""
    found = [run_stretch(instance, None, 0.0, 0.6, 8, 0.0, seed, lambda: False).best.rows for seed in range(count)]
    return [rows for rows in found if rows is not None]


def mixed(rule: PresenceRule, longest: int) -> Problem:
    """Cars of two homes; some come on duty later, from a start."""
    problem = random_problem(4, 8, 8, seed=2, rule=rule)
    cars = tuple(
        Car(
            f"C{i}",
            f"S{i % 4}" if i % 3 else None,
            home_sectors=("S0", "S1") if i % 2 else (),
            on_duty=MinuteSpan(120, 240) if i < 3 else None,
        )
        for i in range(8)
    )
    demand = tuple(tuple(min(1, count) for count in row) for row in problem.demand)
    return replace(problem, cars=cars, demand=demand, max_consecutive=longest, home_cost_factor=2.0)


@pytest.mark.parametrize("rule", RULES)
def test_a_join_is_the_best_matching_of_heads_and_tails(rule: tuple[PresenceRule, int]) -> None:
    problem = replace(random_problem(6, 5, 6, seed=7, rule=rule[0]), max_consecutive=rule[1])
    instance = compile_instance(problem)
    earlier, later = schedules(instance, 2)
    joints = join(instance, earlier, later, PLENTY)
    assert joints is not None
    for period in range(instance.period_count - 1):
        costs = []
        for heirs in itertools.permutations(range(5)):
            rows = np.column_stack([earlier[:, : period + 1], later[list(heirs), period + 1 :]])
            if breaches(instance, rows) == 0:
                costs.append(instance.minutes[rows[:, period], rows[:, period + 1]].sum())
        if costs:
            assert joints.costs[period] == pytest.approx(min(costs))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("alike", [True, False])
def test_a_recombination_meets_every_rule_and_is_no_worse_than_its_parents(
    rule: tuple[PresenceRule, int], alike: bool
) -> None:
    problem = replace(random_problem(5, 12, 9, seed=5, rule=rule[0]), max_consecutive=rule[1])
    instance = compile_instance(problem if alike else mixed(*rule))
    parents = schedules(instance, 4)
    assert len(parents) >= 2
    joints = {(i, j): join(instance, a, b, PLENTY) for i, a in enumerate(parents) for j, b in enumerate(parents)}
    child = recombine(instance, parents, {pair: joint for pair, joint in joints.items() if joint is not None})
    assert breaches(instance, child) == 0
    assert ((child >= 0) == instance.active).all()
    best = min(measure(instance, rows).objective for rows in parents)
    assert measure(instance, child).objective <= best + 1e-9


def test_a_member_that_is_best_in_a_part_of_the_shift_gives_that_part() -> None:
    instance = compile_instance(random_problem(12, 30, 12, seed=7, rule=PresenceRule.NO_RETURN_WITHIN_TWO))
    elite, alone = Elite(instance), []
    for rows in schedules(instance, 12):
        alone.append(measure(instance, rows).objective)
        elite.take(rows, PLENTY)
    assert elite.best.rows is not None
    assert breaches(instance, elite.best.rows) == 0
    assert elite.best.objective == pytest.approx(measure(instance, elite.best.rows).objective)
    assert elite.best.objective < min(alone)


def test_it_begins_with_nothing_and_takes_no_schedule_that_breaks_a_rule() -> None:
    instance = compile_instance(random_problem(4, 6, 6, seed=1, rule=PresenceRule.NO_RETURN_WITHIN_TWO))
    elite, random = Elite(instance), np.random.default_rng(0)
    assert elite.start(random) is None
    elite.take(np.zeros((6, 6), dtype=np.int64), PLENTY)
    assert elite.best.rows is None
    for rows in schedules(instance, 2 * MOST_MEMBERS):
        elite.take(rows, PLENTY)
    start = elite.start(random)
    assert start is not None
    assert breaches(instance, start) == 0


def test_a_stop_is_heeded_between_two_joins_and_the_schedule_is_kept() -> None:
    instance = compile_instance(random_problem(6, 12, 8, seed=1, rule=PresenceRule.NO_RETURN_WITHIN_TWO))
    first, second = schedules(instance, 2)
    elite, looks = Elite(instance), 0

    def stop() -> bool:
        nonlocal looks
        looks += 1
        return looks >= 3

    elite.take(first, PLENTY)
    elite.take(second, Budget.of_seconds(600, stop))
    assert looks == 3
    assert elite.best.objective <= min(measure(instance, rows).objective for rows in (first, second))
