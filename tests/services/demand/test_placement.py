"""Timetables: shifts that begin at different times, and breaks."""

import numpy as np
import pytest

from services.demand.simulator.placement import Break, Placement
from services.demand.simulator.records import OFF_DUTY
from services.demand.simulator.simulate import Simulator


def replay(case, *periods, breaks=(), minutes=60.0):
    return Simulator(case).simulate(Placement(np.array(periods), minutes, tuple(breaks)))


def test_a_car_that_comes_on_duty_takes_the_call_that_waits_longest(build_case, line_call):
    # At 60 two cars come on duty: the call of 50 has the nearer one, that of 55 the other.
    case = build_case([0, 10], [line_call(50, 9), line_call(55, 9)])
    outcome = replay(case, [OFF_DUTY, OFF_DUTY], [0, 1])
    assert outcome.response_minutes.tolist() == [10 + 1, 5 + 9]


def test_shifts_that_overlap(build_case, line_call):
    # One car until 120, one from 60 on: in the hour between there are two of them.
    case = build_case([0], [line_call(minute, 0, 20) for minute in (0, 5, 60, 65, 120, 125)], span_minutes=180)
    outcome = replay(case, [0, OFF_DUTY], [0, 0], [OFF_DUTY, 0])
    assert outcome.response_minutes.tolist() == [0, 15, 0, 0, 0, 15]
    assert outcome.duty_minutes == 240
    assert outcome.car_busy_minutes.tolist() == [60, 60]


def test_minutes_on_a_call_off_duty_do_not_count(build_case, line_call):
    # On a call from 55 to 155, off duty from 60 to 120.
    case = build_case([0], [line_call(55, 0, 100)], span_minutes=180)
    outcome = replay(case, [0], [OFF_DUTY], [0])
    assert outcome.busy_minutes == 5 + 35


def test_a_car_off_duty_while_it_drives_back_is_off_once_it_is_back(build_case, line_call):
    # Leaves 20 at 50 and is back at 70; there is another car at 40 that may not go further than its own call.
    case = build_case([0], [line_call(20, 20), line_call(65, 0)], span_minutes=180)
    outcome = replay(case, [0], [OFF_DUTY], [0])
    assert outcome.response_minutes.tolist() == [20, 55]
    assert outcome.busy_minutes == 40 + 10


def test_a_car_on_a_break_takes_no_call(build_case, line_call):
    case = build_case([0], [line_call(15, 0), line_call(50, 0)])
    assert replay(case, [0], breaks=[Break(0, 10, 30)]).response_minutes.tolist() == [15, 0]


@pytest.mark.parametrize(("service_minutes", "free_again"), [(10, 30), (40, 45)])
def test_a_break_delayed_by_a_call_ends_when_it_should(build_case, line_call, service_minutes, free_again):
    case = build_case([0], [line_call(5, 0, service_minutes), line_call(12, 0)])
    outcome = replay(case, [0], breaks=[Break(0, 10, 30)])
    assert outcome.response_minutes.tolist() == [0, free_again - 12]


def test_a_break_at_the_beginning_is_spent_in_the_own_sector(build_case, line_call):
    case = build_case([0, 20], [line_call(12, 20)])
    assert replay(case, [1], breaks=[Break(0, 0, 10)]).response_minutes.tolist() == [0]


def test_a_turn_within_a_break_counts_from_its_end(build_case, line_call):
    # At 70 it sets out from 0 to 20; at 75 it is at 5.
    case = build_case([0, 20], [line_call(75, 6)])
    assert replay(case, [0], [1], breaks=[Break(0, 50, 70)]).response_minutes.tolist() == [1]


def test_a_car_on_a_break_drives_on(build_case, line_call):
    # From 0 to 20 in minutes 60 to 80, on a break from 65 to 85.
    case = build_case([0, 20], [line_call(66, 20)])
    assert replay(case, [0], [1], breaks=[Break(0, 65, 85)]).response_minutes.tolist() == [19]


def test_a_break_begins_in_the_sector_that_the_turn_leads_to(build_case, line_call):
    # Off duty until 60, then on a break in sector 1 until 80.
    case = build_case([0, 20], [line_call(70, 20)])
    assert replay(case, [OFF_DUTY], [1], breaks=[Break(0, 60, 80)]).response_minutes.tolist() == [10]


def test_who_comes_on_duty_within_a_break_comes_at_its_end(build_case, line_call):
    case = build_case([0, 20], [line_call(70, 20)])
    assert replay(case, [OFF_DUTY], [1], breaks=[Break(0, 50, 80)]).response_minutes.tolist() == [10]


def test_the_end_of_a_shift_ends_a_break(build_case, line_call):
    case = build_case([0], [line_call(55, 0)])
    outcome = replay(case, [0], [OFF_DUTY], [0], breaks=[Break(0, 50, 70)])
    assert outcome.response_minutes.tolist() == [120 - 55]


def test_breaks_end_in_time_however_long_periods_are(build_case, line_call):
    # Three times 0.1 is more than 0.3 to a computer: the break begins at the third turn all the same.
    turn = 3 * 0.1
    case = build_case([0, 20], [line_call(0.35, 20)])
    placement = Placement(np.array([[OFF_DUTY]] * 3 + [[1]]), 0.1, (Break(0, turn, 1.0),))
    assert Simulator(case).simulate(placement).response_minutes.tolist() == [pytest.approx(0.65)]


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 5), (6, 5)])
def test_breaks_begin_before_they_end(start, end):
    with pytest.raises(ValueError, match="start_minute < end_minute"):
        Break(0, start, end)


def test_breaks_of_a_car_do_not_overlap():
    with pytest.raises(ValueError, match="car 1 overlap"):
        Placement(np.zeros((1, 2), int), 60.0, (Break(1, 10, 30), Break(0, 10, 30), Break(1, 20, 40)))


def test_breaks_belong_to_cars():
    with pytest.raises(ValueError, match="cars 0 to 1"):
        Placement(np.zeros((1, 2), int), 60.0, (Break(2, 10, 30),))


def test_one_break_may_follow_another(build_case, line_call):
    case = build_case([0], [line_call(15, 0)])
    breaks = [Break(0, 10, 20), Break(0, 20, 30)]
    assert replay(case, [0], breaks=breaks).response_minutes.tolist() == [15]
