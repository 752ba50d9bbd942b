"""Pins, bans, duty, breaks and history."""

from services.scheduler.problem import Car, CarHistory, MinuteSpan, Placement, PresenceRule
from tests.services.scheduler.rules.solved import line, paths, problem_of, solved

ANYWHERE = ((0, 0, 0),)


def test_a_pin_holds() -> None:
    problem = problem_of((Car("C1", "A"),), ANYWHERE * 3, pins=(Placement("C1", 1, "C"),))
    assert paths(problem)["C1"][1] == "C"
    assert solved(problem).travel_minutes == 10
    assert line(problem, "Pins") == "Pins: all 1 hold."


def test_a_ban_holds() -> None:
    problem = problem_of((Car("C1", "A"),), ANYWHERE, bans=(Placement("C1", 0, "A"),))
    assert paths(problem) == {"C1": "B"}
    assert line(problem, "Bans") == "Bans: all 1 hold."


def test_a_car_is_in_no_sector_off_duty_and_drives_from_its_start_when_it_comes() -> None:
    problem = problem_of((Car("C1", "A", on_duty=MinuteSpan(90, 90)),), ((0, 0, 0), (0, 0, 0), (0, 1, 0), (0, 0, 0)))
    assert [a.sectors for a in solved(problem).assignments] == [("", "B", "B", "")]
    assert solved(problem).travel_minutes == 5
    assert line(problem, "Duty") == "Duty: 1 of 1 cars are on duty for a part of the shift only."


def test_a_car_on_break_does_not_count() -> None:
    cars = (Car("C1", "A", breaks=(MinuteSpan(75, 30),)), Car("C2", "C"))
    problem = problem_of(cars, ((1, 0, 0), (1, 0, 0)))
    assert paths(problem)["C2"][1] == "A"
    assert line(problem, "Breaks") == "Breaks: 1 breaks, 30 minutes, are taken as given."


def test_history_costs_nothing() -> None:
    rule = {"presence_rule": PresenceRule.NO_RETURN_WITHIN_TWO}
    problem = problem_of((Car("C1"),), ((0, 0, 1),), history=(CarHistory("C1", ("A", "A")),), **rule)
    assert solved(problem).travel_minutes == 0
    assert line(problem, "History") == "History: 1 cars go on from the periods they have driven."


def test_lines_of_rules_that_are_off_are_absent() -> None:
    lines = solved(problem_of((Car("C1"),), ANYWHERE)).explanation
    assert [text.split(":")[0] for text in lines] == ["Travel", "Fairness", "Cover"]


def test_the_line_of_starts_tells_the_way_to_the_first_sectors() -> None:
    problem = problem_of((Car("C1", "A"), Car("C2")), ((0, 1, 1), (0, 1, 1)))
    assert line(problem, "Start") == "Start: 1 cars drive 5.0 min from where they stand to their first sectors."
    late = problem_of((Car("C1", "A", on_duty=MinuteSpan(60, 60)),), ((0, 0, 0), (0, 0, 1)))
    assert line(late, "Start") == "Start: 1 cars drive 10.0 min from where they stand to their first sectors."
    assert line(problem_of((Car("C1"),), ANYWHERE), "Start") == ""
