from services.scheduler.problem import Car, CarHistory, MinuteSpan, PresenceRule
from tests.services.scheduler.rules.solved import line, paths, problem_of, solved

RULE = {"presence_rule": PresenceRule.NO_RETURN_WITHIN_TWO}
ANYWHERE = ((0, 0, 0),)


def test_a_car_moves_on_after_two_periods() -> None:
    assert solved(problem_of((Car("C1"),), ANYWHERE * 4)).travel_minutes == 0
    assert solved(problem_of((Car("C1"),), ANYWHERE * 4, **RULE)).travel_minutes == 5
    assert solved(problem_of((Car("C1"),), ANYWHERE * 5, **RULE)).travel_minutes == 10


def test_a_single_car_cannot_hold_a_sector() -> None:
    schedule = solved(problem_of((Car("C1"),), ((1, 0, 0),) * 3, **RULE))
    assert [clash.rule for clash in schedule.infeasible_rules] == ["presence", "cover", "cover"]
    assert [clash.periods for clash in schedule.infeasible_rules[1:]] == [(0,), (2,)]


def test_history_counts_and_start_does_not() -> None:
    after = problem_of((Car("C1", "B"),), ANYWHERE * 2, history=(CarHistory("C1", ("A", "B")),), **RULE)
    assert paths(after)["C1"][0] != "A"
    assert paths(after)["C1"][1] != "B"
    assert paths(problem_of((Car("C1", "B"),), ANYWHERE * 2, **RULE)) == {"C1": "BB"}


def test_a_late_start_sees_what_was_two_periods_before() -> None:
    late = Car("C1", "A", on_duty=MinuteSpan(60, 60))
    problem = problem_of((late,), ANYWHERE * 2, history=(CarHistory("C1", ("A",)),), **RULE)
    assert paths(problem)["C1"] == "B"


def test_the_line() -> None:
    assert "no car returns" in line(problem_of((Car("C1"),), ANYWHERE * 2, **RULE), "Presence")
    assert line(problem_of((Car("C1"),), ANYWHERE * 2), "Presence") == ""
