from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, assume, given, settings

from services.scheduler.budget import Budget
from services.scheduler.infeasibility import clashing_rules
from services.scheduler.problem import Car, MinuteSpan, Placement, PresenceRule, Problem
from services.scheduler.rules import CLASHES
from services.scheduler.solution import Status
from services.scheduler.solve import Engine, SolveOptions, solve
from tests.services.scheduler.problems import brute_force, tiny_problems


def budget() -> Budget:
    return Budget.of_seconds(60, lambda: False)


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problem=tiny_problems(fairness=False))
def test_what_clashes_has_no_schedule_and_dropping_any_part_gives_one(problem: Problem) -> None:
    assume(brute_force(problem) == float("inf"))
    assume(not problem.max_per_sector)  # dropping demand may lower the cap, which the brute force would follow
    found, irreducible = clashing_rules(problem, budget())
    assert irreducible
    everything = [clash for find in CLASHES for clash in find(problem)]
    kept = [c for c in everything if (c.rule, c.description) in {(rule.rule, rule.description) for rule in found}]
    assert len(kept) == len(found)
    for dropped in [None, *kept]:
        relaxed = problem
        for clash in everything:
            if clash not in kept or clash is dropped:
                relaxed = clash.relax(relaxed)
        assert (brute_force(relaxed) == float("inf")) is (dropped is None)


def test_words_for_a_planner() -> None:
    problem = Problem(
        sectors=("A", "B"),
        cars=(Car("C1", breaks=(MinuteSpan(60, 15),)), Car("C2")),
        period_minutes=60,
        travel_minutes=((0, 1), (1, 0)),
        demand=((0, 0), (1, 1)),
    )
    schedule = solve(problem, SolveOptions(Engine.EXACT), stop=lambda: False)
    assert schedule.status is Status.INFEASIBLE
    assert [(clash.rule, clash.periods) for clash in schedule.infeasible_rules] == [("breaks", (1,)), ("cover", (1,))]
    assert schedule.infeasible_rules[0].description == "Car C1 is on break in minutes 60-75."
    assert "1 are on duty and not on break at minute 60" in schedule.infeasible_rules[1].description
    assert "dropping any one of them helps" in schedule.explanation[0]
    assert schedule.gap is None


def test_bans_of_every_sector_clash_by_themselves() -> None:
    problem = Problem(("A",), (Car("C1"),), 60, ((0,),), ((0,),), bans=(Placement("C1", 0, "A"),))
    schedule = solve(problem, SolveOptions(), stop=lambda: False)
    assert [clash.rule for clash in schedule.infeasible_rules] == ["bans"]


def test_presence_clashes_with_demand_of_three_periods() -> None:
    problem = Problem(
        ("A", "B"),
        (Car("C1"),),
        60,
        ((0, 1), (1, 0)),
        ((1, 0),) * 4,
        presence_rule=PresenceRule.MAX_CONSECUTIVE,
        max_consecutive=2,
    )
    found, _ = clashing_rules(problem, budget())
    assert [rule.rule for rule in found] == ["presence", "cover", "cover", "cover"]
    assert np.ptp([rule.periods[0] for rule in found[1:]]) == 2


def test_a_spent_budget_says_that_the_set_may_be_too_large() -> None:
    problem = replace(
        Problem(("A",), (Car("C1"),), 60, ((0,),), ((0,),)),
        bans=(Placement("C1", 0, "A"),),
        presence_rule=PresenceRule.NO_RETURN_WITHIN_TWO,
    )
    found, irreducible = clashing_rules(problem, Budget.of_seconds(60, lambda: True))
    assert not irreducible
    assert {rule.rule for rule in found} >= {"bans"}
