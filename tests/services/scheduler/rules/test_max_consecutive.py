import pytest

from services.scheduler.problem import Car, CarHistory, PresenceRule, Problem
from tests.services.scheduler.rules.solved import line, paths, problem_of, solved

ANYWHERE = ((0, 0, 0),)


def limited(cars: tuple, demand: tuple, limit: int, **rules: object) -> Problem:
    return problem_of(cars, demand, presence_rule=PresenceRule.MAX_CONSECUTIVE, max_consecutive=limit, **rules)


@pytest.mark.parametrize(("limit", "moves"), [(1, 6), (2, 3), (3, 2), (4, 1), (6, 1), (7, 0)])
def test_a_car_moves_as_often_as_the_limit_says(limit: int, moves: int) -> None:
    assert solved(limited((Car("C1"),), ANYWHERE * 7, limit)).travel_minutes == 5 * moves


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_two_cars_take_turns_in_two_sectors(limit: int) -> None:
    problem = limited((Car("C1"), Car("C2")), ((1, 1, 0),) * 6, limit)
    longest = max(
        len(run) for path in paths(problem).values() for run in path.replace("AB", "A B").replace("BA", "B A").split()
    )
    assert longest == limit
    assert solved(problem).travel_minutes == 10 * (6 // limit - (6 % limit == 0))


def test_going_there_and_back_is_allowed() -> None:
    assert paths(limited((Car("C1"),), ((1, 0, 0), (0, 1, 0), (1, 0, 0)), 1)) == {"C1": "ABA"}


def test_history_counts() -> None:
    history = (CarHistory("C1", ("A", "A", "B", "B")),)
    assert solved(limited((Car("C1", "B"),), ANYWHERE, 3, history=history)).travel_minutes == 0
    assert solved(limited((Car("C1", "B"),), ANYWHERE * 2, 3, history=history)).travel_minutes == 5
    schedule = solved(limited((Car("C1"),), ((0, 1, 0),) * 2, 3, history=history))
    assert {clash.rule for clash in schedule.infeasible_rules} == {"presence", "history", "cover"}


def test_the_line_tells_the_longest_stay() -> None:
    assert "the longest stay is 2 of at most 2" in line(limited((Car("C1"),), ((1, 0, 0),) * 2, 2), "Presence")
