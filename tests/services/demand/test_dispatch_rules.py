"""Hand-computed replays of each dispatch rule. Everything lies on a line; a kilometre takes a minute."""

from dataclasses import replace

import numpy as np
import pytest

from services.demand.simulator.placement import Placement
from services.demand.simulator.records import OFF_DUTY
from services.demand.simulator.rules import DispatchRules, Queue, Territory
from services.demand.simulator.simulate import Simulator

NEVER = float("inf")
PREEMPTS = DispatchRules(preempts=True)


def place(*periods, minutes=60.0, skills=None):
    return Placement(np.array(periods), minutes, skills=skills)


def replay(case, placement, **rules):
    return Simulator(case, DispatchRules(**rules)).simulate(placement)


# -- territory

# The call lies in sector 0, to which sector 1, far off, is next; the car of sector 2 is nearer.
FAR_NEIGHBOUR = [0, 30, 10]


@pytest.mark.parametrize(
    ("territory", "responses"),
    [
        (Territory.WHOLE_AREA, [9, 29]),
        (Territory.ADJACENT_FIRST, [29, 9]),
        # The only car that may go is at the scene from 29 to 39 and back at 68.
        (Territory.ADJACENT_ONLY, [29, 68 - 1 + 29]),
    ],
)
def test_territory_decides_which_car_goes(build_case, line_call, territory, responses):
    case = build_case(FAR_NEIGHBOUR, [line_call(0, 1), line_call(1, 1)])
    assert replay(case, place([1, 2]), territory=territory).response_minutes.tolist() == responses


@pytest.mark.parametrize(
    ("territory", "responses"),
    [
        # At 20 the car takes the call of minute 1, is there at 30 and back at 50, then goes to the one at its station.
        (Territory.WHOLE_AREA, [0, 29, 48]),
        # At 20 the one at its station; back at 30, it goes to the other one.
        (Territory.ADJACENT_FIRST, [0, 39, 18]),
        (Territory.ADJACENT_ONLY, [0, NEVER, 18]),
    ],
)
def test_a_car_takes_waiting_calls_of_its_own_territory_first(build_case, line_call, territory, responses):
    case = build_case(FAR_NEIGHBOUR, [line_call(0, 0, 20), line_call(1, 10), line_call(2, 0)])
    assert replay(case, place([0]), territory=territory).response_minutes.tolist() == responses


def test_a_driving_car_belongs_to_the_sector_that_it_drives_to(build_case, line_call):
    # From 0 to 30, which is not next to 0: at 65 it is at 5, and no longer of the call's territory.
    case = build_case([0, 15, 30], [line_call(65, 4)])
    assert replay(case, place([0], [2]), territory=Territory.ADJACENT_ONLY).response_minutes.tolist() == [NEVER]
    assert replay(case, place([0], [1]), territory=Territory.ADJACENT_ONLY).response_minutes.tolist() == [1]


# -- queue


@pytest.mark.parametrize(
    ("queue", "responses"),
    [
        # At 10 the further car, at 20, 30 and 40 the other calls in their order.
        (Queue.FIRST_COME, [0, 19, 28, 15]),
        # At 10 the urgent one, at 20 and 30 the others, at 40 the further car.
        (Queue.URGENT_FIRST, [0, 19, 8, 5]),
    ],
)
def test_the_queue_decides_which_call_is_next(build_case, line_call, queue, responses):
    calls = [line_call(0, 0, cars=2), line_call(1, 0), line_call(2, 0, urgent=True), line_call(25, 0)]
    outcome = replay(build_case([0], calls), place([0]), queue=queue)
    assert outcome.response_minutes.tolist() == responses
    assert outcome.busy_minutes == 50


def test_urgent_calls_come_before_those_of_the_own_territory(build_case, line_call):
    calls = [line_call(0, 0, 20), line_call(1, 0), line_call(2, 10, urgent=True)]
    rules = {"territory": Territory.ADJACENT_FIRST, "queue": Queue.URGENT_FIRST}
    outcome = replay(build_case(FAR_NEIGHBOUR, calls), place([0]), **rules)
    # At 20 to the urgent one, there at 30, back at 50.
    assert outcome.response_minutes.tolist() == [0, 49, 28]


def test_three_cars_follow_one_another(build_case, line_call):
    # Cars at 0 and 4 are there at 1 and 3; the first is back at 12 and goes once more, until 24.
    case = build_case([0, 4], [line_call(0, 1, cars=3), line_call(13, 0)])
    outcome = replay(case, place([0, 1]))
    assert outcome.car_busy_minutes.tolist() == [12 + 12, 16 + (4 + 10 + 4)]
    assert outcome.response_minutes.tolist() == [1, 3 + 4]


# -- returning cars


@pytest.mark.parametrize(
    ("sends_returning", "responses", "busy"),
    [
        # Back at 50, it drives the whole way again, and then another time.
        (False, [20, 15 + 20, 65 + 20], 50 + 50 + 50),
        # At 35 it is at 15; it leaves the scene at 50 and is at 18 when it has gone 2 of 20 km.
        (True, [20, 5, 3], 30 + (5 + 10) + (3 + 10)),
    ],
)
def test_a_returning_car_takes_calls_on_its_way(build_case, line_call, sends_returning, responses, busy):
    calls = [line_call(0, 20), line_call(35, 20), line_call(35 + 17, 15)]
    if not sends_returning:
        calls[2] = line_call(35, 20)
    outcome = replay(build_case([0], calls), place([0]), sends_returning=sends_returning)
    assert outcome.response_minutes.tolist() == responses
    assert outcome.busy_minutes == busy


def test_a_car_that_leaves_a_scene_takes_the_waiting_call(build_case, line_call):
    case = build_case([0], [line_call(0, 20), line_call(25, 18)])
    assert replay(case, place([0]), sends_returning=True).response_minutes.tolist() == [20, 5 + 2]


def test_a_driving_car_goes_over_its_sector_where_that_is_sooner(build_case, line_call):
    # At 35 it is at 15, 15 minutes from its sector; from there it takes 20, of which 2 (to get going) are saved.
    case = build_case([0], [line_call(0, 20), line_call(35, 20)])
    slow = replace(
        case,
        minutes_per_km=np.full(2, 10.0),
        to_call_minutes=np.array([[20.0], [22.0]]),
        mobilisation_minutes=2.0,
    )
    assert replay(slow, place([0]), sends_returning=True).response_minutes.tolist() == [20, 15 + 20]


# -- pre-emption


def test_an_urgent_call_takes_a_car_from_its_way(build_case, line_call):
    # At 10 the car is at 10, 5 from the urgent call. It leaves that at 25, is back at 30 and sets out again.
    case = build_case([0], [line_call(0, 30), line_call(10, 5, urgent=True)])
    outcome = replay(case, place([0]), preempts=True)
    assert outcome.response_minutes.tolist() == [60, 5]
    assert outcome.waiting_minutes.tolist() == [0, 0]
    assert outcome.diversions == 1
    assert outcome.busy_minutes == 30 + (30 + 10 + 30)
    assert replay(case, place([0]), preempts=False).response_minutes.tolist() == [30, 70 - 10 + 5]


@pytest.mark.parametrize(
    ("reason", "first", "urgent", "sectors"),
    [
        ("a free car comes just in time", {}, {"target_minutes": 9}, [0, -4]),
        ("a free car is as near", {}, {"target_minutes": 0}, [0, 0]),
        ("the car goes to an urgent call", {"urgent": True}, {}, [0]),
        ("the call is not urgent", {}, {"urgent": False}, [0]),
        ("the car is there", {"position": 10}, {}, [0]),
    ],
)
def test_no_car_is_taken_where(build_case, line_call, reason, first, urgent, sectors):
    calls = [line_call(**{"minute": 0, "position": 30} | first), line_call(**{"minute": 10, "position": 5} | urgent)]
    if "urgent" not in urgent:
        calls[1] = replace(calls[1], urgent=True)
    outcome = replay(build_case(sectors, calls), place(range(len(sectors))), preempts=True)
    assert outcome.diversions == 0
    assert outcome.response_minutes[0] == calls[0].position


def test_the_call_that_lost_its_car_gets_a_free_one_at_once(build_case, line_call):
    # The car of -20 is 25 from the urgent call, which is late; the diverted one's call has it at 10 + 50.
    case = build_case([0, -20], [line_call(0, 30), line_call(10, 5, urgent=True)])
    outcome = replay(case, place([0, 1]), preempts=True)
    assert outcome.response_minutes.tolist() == [10 + 50, 5]


def test_a_call_keeps_the_response_of_a_car_that_came_and_left(build_case, line_call):
    # Both cars are sent to 1; that of 0 is there from 1 to 2, that of 40 at 30 when the urgent call comes from there.
    calls = [line_call(0, 1, 1, cars=2), line_call(10, 30, urgent=True, target_minutes=5)]
    outcome = replay(build_case([0, 40], calls), place([0, 1]), preempts=True)
    assert outcome.response_minutes.tolist() == [1, 0]
    # The car of 0 replaces the other one.
    assert outcome.car_busy_minutes.tolist() == [3 + 3, 10 + (10 + 10)]


def test_a_call_that_lost_one_of_its_cars_keeps_the_response_of_the_other(build_case, line_call):
    calls = [line_call(0, 30, cars=2), line_call(10, 10, urgent=True, target_minutes=5)]
    outcome = replay(build_case([0, 80], calls), place([0, 1]), preempts=True)
    assert outcome.response_minutes.tolist() == [50, 0]


@pytest.mark.parametrize("cars", [1, 2])
def test_a_call_without_a_car_on_its_way_is_before_those_that_came_later(build_case, line_call, cars):
    # Diverted at 10, on the scene from 15 to 25, back at 30; then to the first call until 100, then to the second.
    calls = [line_call(0, 30, cars=cars), line_call(5, 0), line_call(10, 5, urgent=True)]
    outcome = replay(build_case([0], calls), place([0]), queue=Queue.URGENT_FIRST, preempts=True)
    assert outcome.response_minutes.tolist() == [60, 95, 5]


def test_a_car_is_not_taken_to_where_its_sector_has_no_road(build_case, line_call):
    # The urgent call can be reached from the sector at 100 only.
    case = build_case([0, 100], [line_call(0, 30), line_call(10, 5, urgent=True)])
    case.to_call_minutes[1, 0] = NEVER
    outcome = replay(case, place([0, 1]), preempts=True)
    assert outcome.response_minutes.tolist() == [30, 95]


# -- patience


@pytest.mark.parametrize(
    ("patience", "responses"),
    [(NEVER, [0, 15, 18]), (15, [0, 15, NEVER]), (10, [0, NEVER, 8]), (0, [0, NEVER, NEVER])],
)
def test_callers_give_up_where_no_car_was_sent_for_longer(build_case, line_call, patience, responses):
    case = build_case([0], [line_call(0, 0, 20), line_call(5, 0), line_call(12, 0)])
    outcome = replay(case, place([0]), patience_minutes=patience)
    assert outcome.response_minutes.tolist() == responses
    assert outcome.waiting_minutes.tolist() == responses


def test_nobody_gives_up_once_a_car_was_sent(build_case, line_call):
    case = build_case([0], [line_call(0, 0, cars=2)])
    assert replay(case, place([0]), patience_minutes=0).busy_minutes == 20
    case = build_case([0], [line_call(0, 30), line_call(10, 5, urgent=True)])
    assert replay(case, place([0]), patience_minutes=0, preempts=True).response_minutes.tolist() == [60, 5]


def test_patience_is_at_least_0():
    with pytest.raises(ValueError, match="patience_minutes"):
        DispatchRules(patience_minutes=-1)


# -- skills


@pytest.mark.parametrize(("needs", "response"), [(0, 1), (1, 4), (2, 9), (3, 9), (4, NEVER)])
def test_a_car_goes_where_it_can_do_what_is_needed(build_case, line_call, needs, response):
    case = build_case([1, 4, 9], [line_call(0, 0, needs=needs)])
    outcome = replay(case, place([0, 1, 2], skills=np.array([0, 1, 3])))
    assert outcome.response_minutes.tolist() == [response]


def test_a_car_takes_the_first_waiting_call_that_it_can_do(build_case, line_call):
    case = build_case([0], [line_call(0, 0), line_call(1, 0, needs=2), line_call(2, 0, needs=1)])
    outcome = replay(case, place([0], skills=np.array([1])))
    assert outcome.response_minutes.tolist() == [0, NEVER, 8]


# -- ties


def test_a_car_that_is_sent_is_not_sent_again_at_once(build_case, line_call):
    # The car of 0 is back at the very moment, but the call asks for two cars.
    outcome = replay(build_case([0, 3], [line_call(0, 0, 0, cars=2)]), place([0, 1]))
    assert outcome.car_busy_minutes.tolist() == [0, 6]


def test_of_cars_back_at_once_the_first_takes_the_call(build_case, line_call):
    # Both are back at 20: the first has stayed at 0, the second has turned to 10 at 15.
    case = build_case([0, 10], [line_call(0, 0, 20), line_call(0, 10), line_call(5, 0)])
    outcome = replay(case, place([0, 0], [0, 1], minutes=15))
    assert outcome.response_minutes.tolist() == [0, 10, 15]


def test_cars_come_back_before_the_timetable_turns(build_case, line_call):
    # The car of 0 is back at 20, when that of 10 comes on duty.
    case = build_case([0, 10], [line_call(0, 0, 20), line_call(5, 9)])
    assert replay(case, place([0, OFF_DUTY], [0, 1], minutes=20)).response_minutes.tolist() == [0, 15 + 9]


def test_of_equally_near_cars_a_standing_one_goes(build_case, line_call):
    # At 65 the first car is at 5 on its way from 0 to 20; the call at 10 is 5 from it and from the car of 15.
    case = build_case([0, 20, 15], [line_call(65, 10)])
    outcome = replay(case, place([0, 2], [1, 2]))
    assert outcome.car_busy_minutes.tolist() == [0, 20]


def test_of_equally_near_sectors_the_first_sends_a_car(build_case, line_call):
    case = build_case([0, 10], [line_call(0, 5)])
    assert replay(case, place([1, 0, 0])).car_busy_minutes.tolist() == [0, 20, 0]
    case.to_call_minutes[0, 0] += 1e-9  # minutes are kept in single precision
    assert replay(case, place([1, 0, 0])).car_busy_minutes.tolist() == [0, 20, 0]


# -- no way back


@pytest.mark.parametrize("sends_returning", [False, True])
@pytest.mark.parametrize("periods", [[[0]], [[0], [1]]])
def test_a_car_that_no_road_leads_back_for_stays_away(build_case, line_call, sends_returning, periods):
    case = build_case([0, 5], [line_call(10, 1), line_call(70, 0)], span_minutes=100)
    case.from_call_minutes[0, 0] = NEVER
    outcome = replay(case, place(*periods), sends_returning=sends_returning)
    assert outcome.response_minutes.tolist() == [1, NEVER]
    assert outcome.busy_minutes == 90
