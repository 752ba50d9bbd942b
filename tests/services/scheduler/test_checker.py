from dataclasses import replace

import pytest

from services.scheduler.checker import broken_rules, objective_of, travel_of
from services.scheduler.problem import Car, CarHistory, MinuteSpan, Placement, PresenceRule, Problem

PROBLEM = Problem(
    sectors=("A", "B", "C"),
    cars=(Car("C1", "A", ("A", "B")), Car("C2", on_duty=MinuteSpan(15, 45))),
    period_minutes=30,
    travel_minutes=((0, 1, 2), (3, 0, 4), (5, 6, 0)),
    demand=((0, 1, 0), (1, 0, 0), (0, 0, 0)),
)
GOOD = {"C1": ("B", "A", "C"), "C2": ("A", "B", "")}


def test_a_good_schedule_breaks_nothing() -> None:
    assert broken_rules(PROBLEM, GOOD) == []


@pytest.mark.parametrize(
    ("problem", "sectors", "words"),
    [
        (PROBLEM, {"C1": GOOD["C1"]}, "no assignment"),
        (PROBLEM, {**GOOD, "C3": ("A", "A", "A")}, "not in the problem"),
        (PROBLEM, {**GOOD, "C1": ("B", "A")}, "instead of 3"),
        (PROBLEM, {**GOOD, "C1": ("B", "A", "X")}, "unknown sectors"),
        (PROBLEM, {**GOOD, "C1": ("B", "A", "")}, "in no sector"),
        (PROBLEM, {**GOOD, "C2": ("A", "B", "C")}, "off duty in period 2"),
        (PROBLEM, {"C1": ("A", "A", "C"), "C2": ("B", "B", "")}, "At minute 0 sector B has 0 of 1"),
        (replace(PROBLEM, cars=(Car("C1", breaks=(MinuteSpan(30, 15),)), PROBLEM.cars[1])), GOOD, "At minute 30"),
        (replace(PROBLEM, max_per_sector=1), {**GOOD, "C2": ("A", "A", "")}, "sector A has 2 cars"),
        (replace(PROBLEM, pins=(Placement("C1", 2, "B"),)), GOOD, "where it must be"),
        (replace(PROBLEM, bans=(Placement("C1", 2, "C"),)), GOOD, "where it must not be"),
    ],
)
def test_every_broken_rule_is_told(problem: Problem, sectors: dict[str, tuple[str, ...]], words: str) -> None:
    assert any(words in text for text in broken_rules(problem, sectors))


@pytest.mark.parametrize(
    ("rule", "limit", "path", "past", "broken"),
    [
        (PresenceRule.NONE, 0, "AAA", "", False),
        (PresenceRule.NO_RETURN_WITHIN_TWO, 0, "AAB", "", False),
        (PresenceRule.NO_RETURN_WITHIN_TWO, 0, "ABA", "", True),
        (PresenceRule.NO_RETURN_WITHIN_TWO, 0, "ABC", "AC", True),
        (PresenceRule.NO_RETURN_WITHIN_TWO, 0, "CAB", "CA", True),
        (PresenceRule.NO_RETURN_WITHIN_TWO, 0, "BCA", "ACA", False),
        (PresenceRule.MAX_CONSECUTIVE, 1, "ABA", "", False),
        (PresenceRule.MAX_CONSECUTIVE, 1, "ABA", "A", True),
        (PresenceRule.MAX_CONSECUTIVE, 2, "AAB", "", False),
        (PresenceRule.MAX_CONSECUTIVE, 2, "AAB", "A", True),
        (PresenceRule.MAX_CONSECUTIVE, 2, "BAA", "AAAA", False),
    ],
)
def test_presence_sees_the_history(rule: PresenceRule, limit: int, path: str, past: str, broken: bool) -> None:
    problem = replace(
        PROBLEM,
        cars=(Car("C1"),),
        demand=((0, 0, 0),) * 3,
        presence_rule=rule,
        max_consecutive=limit,
        history=(CarHistory("C1", tuple(past)),),
    )
    assert bool(broken_rules(problem, {"C1": tuple(path)})) is broken


def test_the_objective_has_factors_squares_and_fairness() -> None:
    assert travel_of(PROBLEM, PROBLEM.cars[0], GOOD["C1"]) == 1 + 3 + 2
    assert objective_of(PROBLEM, GOOD) == 6 + 1
    assert objective_of(replace(PROBLEM, home_cost_factor=10), GOOD) == 1 + 3 + 20 + 1
    assert objective_of(replace(PROBLEM, home_cost_factor=10, square_travel=True), GOOD) == 1 + 9 + 400 + 1
    assert objective_of(replace(PROBLEM, fairness_weight=2), GOOD) == 7 + 2 * 6
