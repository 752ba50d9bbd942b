from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, assume, given, settings

from cli.schedule_bench.instances import random_problem as bench_problem
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
    assert schedule.infeasible_rules[1].description == (
        "Period 1 (minutes 60-120) needs 1 in A, 1 in B; 1 of the 2 cars can cover it, at minute 60 with 1 on break."
    )
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


def piled_up(sectors: int, cars: int, periods: int) -> Problem:
    """All cars are needed in one sector in two periods two apart; many of them have bans, and one a pin."""
    problem = bench_problem(sectors, cars, periods, seed=0)
    crowd = tuple(cars if sector == 0 else 0 for sector in range(sectors))
    middle = periods // 2
    demand = tuple(crowd if t in (middle - 1, middle + 1) else row for t, row in enumerate(problem.demand))
    busiest = problem.sectors[int(np.argmax(demand[middle]))]
    pins = (Placement(problem.cars[0].id, middle, busiest),)
    bans = tuple(Placement(car.id, 0, problem.sectors[2]) for car in problem.cars[1 : cars // 3])
    return replace(problem, demand=demand, pins=pins, bans=bans)


def test_a_clash_in_the_middle_of_a_long_shift_is_found_among_many_rules() -> None:
    problem = piled_up(20, 60, 18)
    found, irreducible = clashing_rules(problem, budget())
    assert irreducible
    assert [rule.rule for rule in found] == ["presence", "cover", "cover"]
    first, second = (rule.periods[0] for rule in found[1:])
    assert second - first == 2
    assert {8, 10} & {first, second}
    crowd = next(rule for rule in found if rule.periods in ((8,), (10,)))
    assert crowd.description.endswith("needs 60 in S000; 60 of the 60 cars can cover it.")


def test_a_car_that_may_not_be_where_it_is_needed_clashes_in_a_single_period() -> None:
    problem = Problem(("A", "B"), (Car("C1"),), 60, ((0, 1), (1, 0)), ((1, 0),), bans=(Placement("C1", 0, "A"),))
    schedule = solve(problem, SolveOptions(Engine.EXACT), stop=lambda: False)
    assert schedule.status is Status.INFEASIBLE
    assert [rule.rule for rule in schedule.infeasible_rules] == ["bans", "cover"]


def test_one_of_many_breaks_is_enough() -> None:
    problem = bench_problem(20, 40, 12, seed=0)
    cars = tuple(replace(car, breaks=(MinuteSpan(300, 30),)) for car in problem.cars[:20])
    found, irreducible = clashing_rules(replace(problem, cars=(*cars, *problem.cars[20:])), budget())
    assert irreducible
    assert [(rule.rule, rule.periods) for rule in found] == [("breaks", (5,)), ("cover", (5,))]
    assert "20 of the 40 cars can cover it, at minute 300 with 20 on break" in found[1].description
    assert " and " in found[1].description
    assert "elsewhere" in found[1].description


def test_a_limit_that_spare_cars_cannot_keep_clashes_by_itself() -> None:
    problem = Problem(("A",), (Car("C1"), Car("C2")), 60, ((0,),), ((0,), (1,), (0,)), max_per_sector=1)
    found, irreducible = clashing_rules(problem, budget())
    assert irreducible
    assert [rule.description for rule in found] == ["At most 1 car (or the demand, if larger) may be in one sector."]


def test_presence_alone_clashes_where_there_is_one_sector() -> None:
    problem = Problem(
        ("A",), (Car("C1"),), 60, ((0,),), ((1,),) * 4, presence_rule=PresenceRule.MAX_CONSECUTIVE, max_consecutive=1
    )
    found, irreducible = clashing_rules(problem, budget())
    assert irreducible
    assert [rule.description for rule in found] == [
        "Presence rule: no car may be in the same sector for more than 1 period."
    ]
