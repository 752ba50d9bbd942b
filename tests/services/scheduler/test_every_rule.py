"""Every rule through every engine: the answer passes the independent checker and tells of the rule in a line."""

from dataclasses import replace

import pytest

from services.scheduler.checker import broken_rules, objective_of
from services.scheduler.problem import Car, CarHistory, MinuteSpan, Placement, PresenceRule, Problem
from services.scheduler.solve import Engine, SolveOptions, solve
from tests.services.scheduler.problems import brute_force, sectors_of

PLAIN = Problem(
    sectors=("A", "B", "C"),
    cars=(Car("C1"), Car("C2")),
    period_minutes=30,
    travel_minutes=((0.0, 4.0, 9.0), (5.0, 0.0, 3.0), (8.0, 2.0, 0.0)),
    demand=((1, 1, 0), (1, 0, 1), (0, 1, 1), (1, 1, 0)),
)
SPARE = replace(PLAIN, demand=((1, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0)))


def with_first_car(problem: Problem, **fields: object) -> Problem:
    return replace(problem, cars=(replace(problem.cars[0], **fields), *problem.cars[1:]))  # type: ignore[arg-type]


def longest_stay(periods: int) -> Problem:
    still = replace(PLAIN, demand=((1, 1, 0),) * 4) if periods < 4 else PLAIN
    return replace(still, presence_rule=PresenceRule.MAX_CONSECUTIVE, max_consecutive=periods)


RULES = {
    "start": (with_first_car(PLAIN, start_sector="C"), "Start"),
    "home": (replace(with_first_car(PLAIN, home_sectors=("A",)), home_cost_factor=3.0), "Home"),
    "break": (with_first_car(SPARE, breaks=(MinuteSpan(45, 15),)), "Breaks"),
    "duty": (with_first_car(SPARE, on_duty=MinuteSpan(15, 60)), "Duty"),
    "pin": (replace(SPARE, pins=(Placement("C1", 2, "A"),)), "Pins"),
    "ban": (replace(PLAIN, bans=(Placement("C1", 0, "A"),)), "Bans"),
    "spare": (replace(SPARE, max_per_sector=1), "Most cars"),
    "squares": (replace(PLAIN, square_travel=True), "Squares"),
    "no return": (replace(PLAIN, presence_rule=PresenceRule.NO_RETURN_WITHIN_TWO), "Presence"),
    "stay of 1": (longest_stay(1), "Presence"),
    "stay of 2": (longest_stay(2), "Presence"),
    "stay of 3": (longest_stay(3), "Presence"),
    "stay of 4": (longest_stay(4), "Presence"),
    "fairness": (replace(PLAIN, fairness_weight=2.0), "Fairness"),
    "history": (
        replace(longest_stay(2), history=(CarHistory("C1", ("B", "A")), CarHistory("C2", ("B",)))),
        "History",
    ),
}
ENGINES = {
    "exact": SolveOptions(Engine.EXACT, time_limit_seconds=10),
    "neal": SolveOptions(Engine.QUBO, "neal", time_limit_seconds=10, trial_count=2),
    "one_hot_tempering": SolveOptions(Engine.QUBO, "one_hot_tempering", time_limit_seconds=30),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", RULES)
def test_a_rule_holds_and_is_told(name: str, engine: str) -> None:
    problem, begin = RULES[name]
    schedule = solve(problem, ENGINES[engine], stop=lambda: False)
    sectors = sectors_of(schedule)
    assert not broken_rules(problem, sectors)
    assert schedule.objective == pytest.approx(objective_of(problem, sectors))
    assert schedule.objective == pytest.approx(brute_force(problem))
    lines = [line for line in schedule.explanation if line.startswith(f"{begin}:")]
    assert len(lines) == 1
