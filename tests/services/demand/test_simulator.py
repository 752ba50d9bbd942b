"""Hand-computed replays."""

import numpy as np
import pytest

from services.demand.simulator.placement import Placement, static_placement
from services.demand.simulator.records import OFF_DUTY
from services.demand.simulator.simulate import Simulator


def place(*periods, minutes=60.0):
    return Placement(np.array(periods), minutes)


def test_takes_the_nearest_car(build_case, line_call):
    case = build_case([0, 10, 30], [line_call(5, 12)])
    outcome = Simulator(case).simulate(place([0, 1, 2]))
    assert outcome.response_minutes.tolist() == [2.0]


def test_a_car_is_busy_until_it_is_back(build_case, line_call):
    # Sent at 0, there at 4, leaves at 14, back at 18: not available for the call at 17, which waits one minute.
    case = build_case([0], [line_call(0, 4), line_call(17, 1), line_call(40, 1)])
    outcome = Simulator(case).simulate(place([0]))
    assert outcome.response_minutes.tolist() == [4.0, 2.0, 1.0]
    assert outcome.busy_minutes == pytest.approx(18 + 12 + 12)


def test_a_car_back_at_the_very_minute_is_available(build_case, line_call):
    case = build_case([0], [line_call(0, 4), line_call(18, 1)])
    assert Simulator(case).simulate(place([0])).response_minutes.tolist() == [4.0, 1.0]


def test_response_is_that_of_the_first_of_two_cars(build_case, line_call):
    case = build_case([0, 10], [line_call(0, 2, cars=2), line_call(1, 0)])
    outcome = Simulator(case).simulate(place([0, 1]))
    # Cars arrive at 2 and 8; the first is back at 14, so that the second call waits 13 minutes.
    assert outcome.response_minutes.tolist() == [2.0, 13.0]
    assert outcome.busy_minutes == pytest.approx((2 + 10 + 2) + (8 + 10 + 8) + 10)


def test_a_missing_second_car_follows_before_later_calls(build_case, line_call):
    case = build_case([0], [line_call(0, 1, cars=2), line_call(1, 0)])
    outcome = Simulator(case).simulate(place([0]))
    # Back at 12, sent to the first call again until 24, then to the second call.
    assert outcome.response_minutes.tolist() == [1.0, 23.0]


def test_waiting_calls_are_first_come_first_served(build_case, line_call):
    calls = [line_call(0, 0, 20), line_call(1, 9, 5), line_call(2, 0, 5)]
    outcome = Simulator(build_case([0], calls)).simulate(place([0]))
    # Free at 20; the call of minute 1 first: arrives at 29, back at 43; then the call of minute 2.
    assert outcome.response_minutes.tolist() == [0.0, 28.0, 41.0]


def test_calls_waiting_at_the_end_are_served_after_it(build_case, line_call):
    calls = [line_call(50, 0, 100), line_call(55, 3)]
    outcome = Simulator(build_case([0], calls, span_minutes=60)).simulate(place([0]))
    assert outcome.response_minutes.tolist() == [0.0, 98.0]
    assert outcome.busy_minutes == pytest.approx(10)  # within the span only


def test_a_car_on_its_way_to_the_next_sector_takes_calls(build_case, line_call):
    # From sector 0 to sector 20 in minutes 60 to 80. At minute 65 it is at 5.
    calls = [line_call(65, 3), line_call(200, 20)]
    outcome = Simulator(build_case([0, 20], calls)).simulate(place([0], [1]))
    assert outcome.response_minutes.tolist() == [2.0, 0.0]  # later it stands at 20


def test_a_car_on_its_way_goes_on_where_that_is_shorter(build_case, line_call):
    outcome = Simulator(build_case([0, 20], [line_call(75, 21)])).simulate(place([0], [1]))
    assert outcome.response_minutes.tolist() == [6.0]


def test_a_drive_longer_than_a_period_is_redirected(build_case, line_call):
    # At 60 from 0 to 100; at 120 turned round to 0, which is 60 away: back at 180.
    calls = [line_call(150, 0), line_call(200, 0)]
    outcome = Simulator(build_case([0, 100], calls)).simulate(place([0], [1], [0]))
    assert outcome.response_minutes.tolist() == [30.0, 0.0]
    # The car is 30 from 0 at 150, arrives at 180, leaves at 190 and stands there again.
    assert outcome.busy_minutes == pytest.approx((30 + 10) + 10)


def test_a_busy_car_returns_to_the_sector_it_has_when_it_leaves_the_scene(build_case, line_call):
    calls = [line_call(50, 2, service_minutes=20), line_call(92, 20)]
    outcome = Simulator(build_case([0, 20], calls)).simulate(place([0], [1]))
    # Leaves the scene at 72, in the second period: straight to 20, where it is free at 90.
    assert outcome.response_minutes.tolist() == [2.0, 0.0]


def test_a_car_back_after_the_turn_drives_on(build_case, line_call):
    calls = [line_call(45, 2, service_minutes=11), line_call(64, 5)]
    outcome = Simulator(build_case([0, 20], calls)).simulate(place([0], [1]))
    # Leaves the scene at 58 for sector 0, there at 60, the turn: it drives on to 20. At 64 it is at 4.
    assert outcome.response_minutes.tolist() == [2.0, 1.0]


def test_off_duty_cars_take_no_calls_and_come_on_duty_at_their_sector(build_case, line_call):
    calls = [line_call(10, 1), line_call(70, 1)]
    case = build_case([0, 1], calls, span_minutes=120)
    outcome = Simulator(case).simulate(place([OFF_DUTY, 1], [0, OFF_DUTY]))
    assert outcome.response_minutes.tolist() == [0.0, 1.0]
    assert outcome.duty_minutes == 120.0


def test_a_car_going_off_duty_ends_its_call(build_case, line_call):
    calls = [line_call(55, 4, service_minutes=30), line_call(61, 0)]
    outcome = Simulator(build_case([0], calls, span_minutes=180)).simulate(place([0], [OFF_DUTY], [0]))
    # On the scene until 89, then off duty; on duty again at 120 and sent to the waiting call at once.
    assert outcome.response_minutes.tolist() == [4.0, 59.0]
    assert outcome.busy_minutes == pytest.approx(5 + 10)  # on duty only


def test_no_car_on_duty_answers_nothing(build_case, line_call):
    outcome = Simulator(build_case([0], [line_call(1, 0)])).simulate(place([OFF_DUTY]))
    assert outcome.response_minutes.tolist() == [np.inf]
    assert outcome.failure_rate == 1.0
    assert np.isnan(outcome.mean_response_minutes)


def test_unreachable_calls_are_never_answered_and_block_nobody(build_case, line_call):
    case = build_case([0, 5], [line_call(0, 1), line_call(1, 2), line_call(2, 5)])
    case.to_call_minutes[1] = np.inf
    outcome = Simulator(case).simulate(place([0, 1]))
    assert outcome.response_minutes.tolist() == [1.0, np.inf, 0.0]
    assert outcome.answered.tolist() == [True, False, True]


def test_a_call_that_only_some_sectors_reach_waits_for_their_car(build_case, line_call):
    calls = [line_call(0, 0, 30), line_call(1, 0), line_call(2, 9)]
    case = build_case([0, 9], calls)
    case.to_call_minutes[1, 1] = np.inf
    outcome = Simulator(case).simulate(place([0, 1]))
    assert outcome.response_minutes.tolist() == [0.0, 29.0, 0.0]


def test_a_target_of_zero_is_met_on_the_spot_only(build_case, line_call):
    calls = [line_call(0, 0, target_minutes=0), line_call(300, 1, target_minutes=0)]
    outcome = Simulator(build_case([0], calls)).simulate(place([0]))
    assert outcome.within_target.tolist() == [True, False]


def test_no_calls(build_case):
    outcome = Simulator(build_case([0, 1], [])).simulate(static_placement(np.array([1, 1]), 720.0))
    assert outcome.failure_rate == 0.0
    assert outcome.duty_minutes == 1440.0
    assert outcome.busy_minutes == 0.0


def test_no_cars(build_case, line_call):
    outcome = Simulator(build_case([0], [line_call(1, 0)])).simulate(static_placement(np.array([0]), 720.0))
    assert outcome.failure_rate == 1.0


def test_every_scenario_begins_with_a_rested_fleet(build_case, line_call):
    calls = [line_call(700, 0, 500), line_call(0, 0, scenario=1)]
    outcome = Simulator(build_case([0], calls, scenario_count=2)).simulate(place([0]))
    assert outcome.response_minutes.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(("sectors", "minutes"), [(np.zeros(3, int), 60.0), (np.zeros((0, 2), int), 60.0)])
def test_placements_have_periods_and_cars(sectors, minutes):
    with pytest.raises(ValueError, match="n_periods"):
        Placement(sectors, minutes)


def test_periods_have_a_length():
    with pytest.raises(ValueError, match="period_minutes"):
        Placement(np.zeros((1, 1), int), 0.0)
