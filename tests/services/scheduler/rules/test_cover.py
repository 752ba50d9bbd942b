import numpy as np

from services.scheduler.problem import Car, MinuteSpan
from services.scheduler.rules.cover import clashes, leanest_quarters
from tests.services.scheduler.rules.solved import line, paths, problem_of, solved


def test_cars_go_where_demand_is() -> None:
    assert paths(problem_of((Car("C1"),), ((1, 0, 0), (0, 0, 1), (0, 1, 0)))) == {"C1": "ACB"}


def test_two_cars_may_cover_one_sector_in_turns() -> None:
    early, late = Car("C1", on_duty=MinuteSpan(0, 30)), Car("C2", on_duty=MinuteSpan(30, 30))
    assert paths(problem_of((early, late), ((1, 0, 0),))) == {"C1": "A", "C2": "A"}


def test_a_gap_of_a_quarter_hour_is_no_cover() -> None:
    early, late = Car("C1", on_duty=MinuteSpan(0, 30)), Car("C2", on_duty=MinuteSpan(45, 15))
    schedule = solved(problem_of((early, late), ((1, 0, 0),)))
    assert [clash.rule for clash in schedule.infeasible_rules] == ["cover"]
    assert schedule.infeasible_rules[0].description == (
        "Period 0 (minutes 0-60) needs 1 in A; 0 of the 2 cars can cover it, at minute 30 with 2 off duty."
    )


def test_only_the_leanest_quarter_hours_matter() -> None:
    available = np.array([[1, 0, 1, 1], [1, 1, 0, 1], [1, 1, 1, 1]], dtype=np.bool_)
    assert sorted(leanest_quarters(available).tolist()) == [[False, True, True], [True, False, True]]


def test_the_line_counts_spare_cars() -> None:
    assert "2 car periods are spare" in line(problem_of((Car("C1"), Car("C2")), ((1, 0, 0),) * 2), "Cover")
    assert "no car is spare" in line(problem_of((Car("C1"),), ((1, 0, 0),) * 2), "Cover")


def test_a_period_without_demand_is_no_candidate() -> None:
    assert [clash.periods for clash in clashes(problem_of((Car("C1"),), ((0, 0, 0), (1, 0, 0))))] == [(1,)]
