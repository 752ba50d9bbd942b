"""Free stationing: hand-computed moves, and that settings mean what they say."""

from dataclasses import replace

import numpy as np
import pytest

from services.demand.expectation import hourly_calls
from services.demand.simulator.placement import Placement
from services.demand.simulator.rules import DispatchRules, Territory
from services.demand.simulator.simulate import Simulator
from services.demand.simulator.stationing import Stationing, measure_reach

RETURNING = DispatchRules(sends_returning=True)


def station(demand, **settings):
    """A car is in time in its own sector only, and there when needed in every other case."""
    demand = np.atleast_2d(np.array(demand, float))
    defaults = {"block_minutes": 60.0, "busy_share": 0.5, "horizon_minutes": 40.0, "least_gain": 0.01}
    return Stationing(demand, reach=np.eye(demand.shape[1]), **(defaults | settings))


def replay(case, sectors, stationing, rules=RETURNING):
    return Simulator(case, rules, stationing).simulate(Placement(np.array([sectors]), 720.0))


def trigger(line_call, minute):
    """A call that no car answers: after it a car may be moved."""
    return line_call(minute, 0, needs=1)


def test_a_free_car_is_moved_to_where_calls_are_expected(build_case, line_call):
    # All calls are expected at 20. One of the cars of 0 sets out there at 0; at 15 it is at 15.
    case = build_case([0, 20], [trigger(line_call, 0), line_call(15, 15), line_call(20, 5)])
    outcome = replay(case, [0, 0], station([0, 1]))
    # The other one follows when the first is on its call; at 20 it is at 5.
    assert outcome.response_minutes.tolist() == [np.inf, 0, 0]
    assert outcome.moves == 2


@pytest.mark.parametrize(("least_gain", "moves"), [(0.2499, 1), (0.25, 0), (1e9, 0)])
def test_a_move_must_gain_more_than_the_least(build_case, line_call, least_gain, moves):
    # The way there takes half of the horizon; the car adds half of the demand: 0.5 · 0.5.
    case = build_case([0, 20], [trigger(line_call, 0)])
    outcome = replay(case, [0], station([0, 1], least_gain=least_gain))
    assert outcome.moves == moves


def test_what_is_left_uncovered_is_lost(build_case, line_call):
    # There the car adds 0.6 · 0.5 · 0.75, here it takes 0.4 · 0.5 away: 0.025.
    case = build_case([0, 10], [trigger(line_call, 0)])
    assert replay(case, [0], station([0.4, 0.6], least_gain=0.02)).moves == 1
    assert replay(case, [0], station([0.4, 0.6], least_gain=0.03)).moves == 0


def test_a_second_car_of_a_sector_loses_less(build_case, line_call):
    # Of two cars the second covers half of what the first one leaves: 0.6 · 0.25 is lost, 0.4 · 0.5 · 0.75 is won. With
    # three of them 0.6 · 0.125 is lost.
    case = build_case([0, 10], [trigger(line_call, 0)])
    assert replay(case, [0, 0], station([0.6, 0.4])).moves == 0
    assert replay(case, [0, 0, 0], station([0.6, 0.4], least_gain=0.07)).moves == 1
    assert replay(case, [0, 0, 0], station([0.6, 0.4], least_gain=0.08)).moves == 0


@pytest.mark.parametrize(("rest_minutes", "moves"), [(90.0, 2), (90.1, 1)])
def test_a_car_rests_between_moves(build_case, line_call, rest_minutes, moves):
    # In the first hour calls are expected at 20, then at 0: the car could turn round at 90.
    case = build_case([0, 20], [trigger(line_call, minute) for minute in (0, 90)])
    assert replay(case, [0], station([[0, 1], [1, 0]], rest_minutes=rest_minutes)).moves == moves


@pytest.mark.parametrize(("minute", "moves"), [(59.9, 1), (60.0, 2), (200.0, 2)])
def test_a_move_counts_for_an_hour_from_when_it_began(build_case, line_call, minute, moves):
    # All calls are expected at 20. The first car sets out at 0; the second one may from 60 on.
    case = build_case([0, 20, 40], [trigger(line_call, 0), trigger(line_call, minute)])
    stationing = station([0, 0.6, 0.4], most_moves_per_hour=1)
    assert replay(case, [0, 0], replace(stationing, most_moves_per_hour=0)).moves == 2
    assert replay(case, [0, 0], stationing).moves == moves


def test_a_car_that_leaves_a_scene_is_moved_within_the_limit_too(build_case, line_call):
    # At 0 a car sets out to 20. The call at 1 is over at 11, and its car stays: at 80 it is at 0.
    case = build_case([0, 20], [trigger(line_call, 0), line_call(1, 0), line_call(80, 0)])
    stationing = station([0, 1], least_gain=0.0)
    unlimited, limited = (replay(case, [0, 0, 0], replace(stationing, most_moves_per_hour=most)) for most in (0, 1))
    assert unlimited.moves > 2
    assert limited.moves == 2
    assert limited.response_minutes.tolist() == [np.inf, 0, 0]


def test_every_scenario_has_moves_of_its_own(build_case, line_call):
    calls = [replace(trigger(line_call, minute), scenario=scenario) for scenario in (0, 1) for minute in (0, 30)]
    case = build_case([0, 20, 40], calls, scenario_count=2)
    assert replay(case, [0, 0], station([0, 0.6, 0.4], most_moves_per_hour=1)).moves == 2


def test_moves_are_as_few_as_the_limit_says(random_case):
    # 200 calls in 40 hours, the last of which are over within ten hours more; what to expect changes every hour.
    case = random_case(4, scenarios=1, calls_per_scenario=200, span_minutes=2400)
    demand = np.array([[1.0, 2, 3, 9], [9, 1, 1, 1]] * 20)
    stationing = Stationing(demand, 60.0, measure_reach(case, np.ones((4, 4), bool)))

    def moved(most):
        limited = replace(stationing, most_moves_per_hour=most, rest_minutes=0.0, least_gain=1e-6)
        return replay(case, [0, 0, 1, 2, 3, 3], limited)

    unlimited, high = moved(0), moved(1000)
    assert high.moves == unlimited.moves
    assert high.response_minutes.tolist() == unlimited.response_minutes.tolist()
    assert 0 < moved(1).moves <= 50
    assert moved(1).moves < moved(2).moves <= 100 < unlimited.moves


def test_the_car_that_was_moved_longest_ago_goes(build_case, line_call):
    # The first car is moved to 20 and back; when both stand at 0 again the second one goes.
    calls = [trigger(line_call, minute) for minute in (0, 60, 120)]
    demand = [[0, 1], [1, 0], [0, 1]]
    case = build_case([0, 20], [*calls, line_call(150, 20)])
    outcome = replay(case, [0, 0], station(demand, least_gain=0.1))
    assert outcome.car_busy_minutes.tolist() == [0, 10]
    assert outcome.moves == 3 + 1  # the first one follows when the second is on its call


def test_of_cars_never_moved_the_first_goes(build_case, line_call):
    case = build_case([0, 20], [trigger(line_call, 0), line_call(30, 20)])
    outcome = replay(case, [0, 0], station([0.4, 0.6]))
    assert outcome.car_busy_minutes.tolist() == [10, 0]


def test_a_car_that_has_arrived_may_be_moved_again(build_case, line_call):
    # It drives from 0 to 20 in minutes 0 to 20; at 60, standing there, it is moved back. No road leads to the calls.
    case = build_case([0, 20], [line_call(0, 0), line_call(60, 0), line_call(80, 0)])
    case.to_call_minutes[:2] = np.inf
    outcome = replay(case, [0], station([[0, 1], [1, 0]]))
    assert outcome.moves == 2
    assert outcome.response_minutes.tolist() == [np.inf, np.inf, 0]


def test_a_car_on_its_way_is_not_moved(build_case, line_call):
    # Expected at 20 in the first ten minutes, then at 0 again: at 10 the car is half way, at 30 it has arrived.
    case = build_case([0, 20], [trigger(line_call, minute) for minute in (0, 10)])
    stationing = station([[0, 1], [1, 0]], block_minutes=10.0, rest_minutes=0)
    assert replay(case, [0], stationing).moves == 1
    case = build_case([0, 20], [trigger(line_call, minute) for minute in (0, 30)])
    assert replay(case, [0], stationing).moves == 2


def test_a_car_that_leaves_a_scene_goes_where_it_gains_most(build_case, line_call):
    # Its call at its station is over at 10, and it sets out to 20: at 20 it is at 10.
    case = build_case([0, 20], [line_call(0, 0), line_call(20, 10), line_call(300, 20)])
    outcome = replay(case, [0], station([0, 1]))
    assert outcome.response_minutes.tolist() == [0, 0, 0]
    assert outcome.moves == 1


def test_a_car_far_from_everywhere_drives_to_its_station(build_case, line_call):
    # 60 minutes away no place gains anything; sectors that are worth less than its station are no better.
    case = build_case([0, 5], [line_call(0, 60), line_call(300, 0)])
    outcome = replay(case, [0], station([0.9, 0.1], horizon_minutes=45.0))
    assert outcome.moves == 0
    assert outcome.response_minutes.tolist() == [60, 0]


def test_a_moved_car_takes_the_calls_that_waited_for_its_new_sector(build_case, line_call):
    # Cars of 0 may not go to sector 2. A car that is moved to sector 1 at 5 may, and is at 0 when it sets out.
    calls = [line_call(0, 40), trigger(line_call, 5)]
    case = build_case([0, 20, 40], calls)
    rules = DispatchRules(Territory.ADJACENT_ONLY, sends_returning=True)
    stationing = station([[0.5, 0, 0.5], [0, 1, 0]], block_minutes=5.0, rest_minutes=0)
    outcome = replay(case, [0], stationing, rules)
    assert outcome.response_minutes.tolist() == [5 + 40, np.inf]


def test_cars_are_moved_within_their_team(build_case, line_call):
    # All calls are expected at 20; the sector at 10 is of the cars' team, the one at 20 is not.
    case = build_case([0, 10, 20], [trigger(line_call, 0), line_call(60, 0), line_call(300, 20)])
    apart = replace(case, team_of_sector=np.array([0, 0, 1]))
    assert replay(case, [0, 0], station([0, 0, 1])).moves > 0
    assert replay(apart, [0, 0], station([0, 0, 1])).moves == 0
    assert replay(apart, [0, 0], station([0, 0.5, 0.5])).moves == 2


def test_stationing_without_gain_changes_nothing(random_case):
    case = random_case(4)
    stationing = Stationing(np.ones((1, 4)), 60.0, measure_reach(case, np.ones((4, 4), bool)), least_gain=1e9)
    placement = Placement(np.array([[0, 1, 3], [2, 0, 1]]), 120.0)
    for rules in (DispatchRules(), DispatchRules(sends_returning=True, preempts=True)):
        still, moved = (Simulator(case, rules, each).simulate(placement) for each in (None, stationing))
        assert moved.moves == 0
        assert moved.response_minutes.tolist() == still.response_minutes.tolist()
        assert moved.car_busy_minutes == pytest.approx(still.car_busy_minutes)


def test_reach_is_the_share_of_calls_in_time(build_case, line_call):
    calls = [line_call(0, position, target_minutes=5) for position in (0, 4, 9, 10)]
    case = build_case([0, 10, 100], calls)
    own = np.ones((3, 3), bool)
    own[1, 0] = False  # no car of sector 0 for calls of sector 1
    reach = measure_reach(case, own)
    # Calls at 0 and 4 are of sector 0, those at 9 and 10 of sector 1; sector 2 has none: as the average of all.
    assert reach.tolist() == [[1, 0, 0.5], [0, 1, 0.5], [0, 0, 0]]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"busy_share": 0.0}, "busy_share"),
        ({"busy_share": 1.0}, "busy_share"),
        ({"horizon_minutes": 0.0}, "horizon_minutes"),
        ({"block_minutes": 0.0}, "block_minutes"),
        ({"least_gain": -0.1}, "least_gain"),
        ({"rest_minutes": -1.0}, "rest_minutes"),
        ({"most_moves_per_hour": -1}, "most_moves_per_hour"),
    ],
)
def test_settings_are_checked(settings, message):
    with pytest.raises(ValueError, match=message):
        station([1.0], **settings)


def test_nothing_expected_is_expected_everywhere():
    assert station([[0, 0], [1, 3]]).shares.tolist() == [[0.5, 0.5], [0.25, 0.75]]


def test_an_hour_without_calls_expects_them_where_the_span_does(build_case, line_call):
    calls = [line_call(10, 0), line_call(20, 0), line_call(30, 20), line_call(130, 0)]
    hourly = hourly_calls(build_case([0, 20], calls, span_minutes=180))
    assert hourly.sum(axis=1) == pytest.approx([3, 0, 1], abs=1e-5)
    shares = hourly / hourly.sum(axis=1, keepdims=True)
    assert shares[1] == pytest.approx([3.5 / 5, 1.5 / 5])
    assert hourly_calls(build_case([0, 20], [], span_minutes=60))[0, 0] == pytest.approx(0, abs=1e-5)
