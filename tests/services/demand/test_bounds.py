"""Bounds of static plans and of programs, on cases small enough to look at all plans."""

from dataclasses import replace

import numpy as np
import pytest

from services.demand.optimiser.bounds import CARS_ON_THE_MOVE, OUT_OF_TIME, Bound, NoBound, program_gap, static_bound
from services.demand.optimiser.staffing import Staffing
from services.demand.optimiser.time_limit import TimeLimit
from services.demand.simulator.placement import static_placement
from services.demand.simulator.rules import DispatchRules, Queue, Territory
from services.demand.simulator.simulate import Simulator
from serving.work import never_stop


def staffing_of(cars, sectors=3, shift=240, block=240):
    return Staffing.steady(cars, shift, block, np.zeros(sectors, int), np.full(sectors, 9))


def unlimited():
    return TimeLimit(60.0, never_stop)


RULES = [
    DispatchRules(),
    DispatchRules(Territory.ADJACENT_ONLY),
    DispatchRules(Territory.ADJACENT_FIRST, Queue.URGENT_FIRST),
]


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("seed", range(3))
def test_no_static_plan_beats_the_bound(random_case, seed, rules):
    case = random_case(seed, sectors=(0.0, 6.0, 14.0), scenarios=20, calls_per_scenario=30.0)
    bound = static_bound(case, rules, staffing_of(2), unlimited())
    assert isinstance(bound, Bound)
    shares = [(first, second, 2 - first - second) for first in range(3) for second in range(3 - first)]
    simulator = Simulator(case, rules)
    best = min(simulator.simulate(static_placement(np.array(share), 240.0)).failure_rate for share in shares)
    assert 0.05 < bound.value <= best  # a heavy load: the bound says something
    assert bound.confident < bound.value
    assert bound.batches == 20


def test_one_car_and_two_calls_at_once_by_hand(build_case, line_call):
    calls = [line_call(0, 0, 60, scenario=number) for number in range(20)]
    calls += [line_call(0, 0, 60, scenario=number) for number in range(20)]
    calls.sort(key=lambda call: call.scenario)
    case = build_case([0], calls, span_minutes=240.0, scenario_count=20)
    bound = static_bound(case, DispatchRules(), staffing_of(1, 1), unlimited())
    assert bound.value == bound.confident == pytest.approx(0.5)  # each is busy from 15 to 60 for certain


def test_cars_on_the_move_are_in_time_where_no_car_at_home_is_and_leave_no_bound(build_case, line_call):
    # The sector is 30 minutes from the second call. A car on its way back from the first is at 20, one on its way there
    # at 10, and it still comes to the first one in time afterwards.
    back = [line_call(0, 40, 10, target_minutes=40), line_call(70, 30, target_minutes=15)]
    there = [line_call(0, 40, target_minutes=200), line_call(10, 30, target_minutes=25, urgent=True)]
    for calls, rules in ((back, DispatchRules(sends_returning=True)), (there, DispatchRules(preempts=True))):
        often = [replace(call, scenario=number) for number in range(20) for call in calls]
        case = build_case([0], often, scenario_count=20)
        at_home = Simulator(case).simulate(static_placement(np.array([1]), 720.0))
        assert at_home.failure_rate == static_bound(case, DispatchRules(), staffing_of(1, 1), unlimited()).value == 0.5
        assert Simulator(case, rules).simulate(static_placement(np.array([1]), 720.0)).failure_rate == 0.0
        assert static_bound(case, rules, staffing_of(1, 1), unlimited()) == CARS_ON_THE_MOVE


def test_a_bound_that_takes_too_long_says_so(random_case):
    limit, cars = TimeLimit(60.0, lambda: True), np.array([[2, 0, 0, 0]])
    assert static_bound(random_case(1), DispatchRules(), staffing_of(2, 4), limit) == OUT_OF_TIME
    assert program_gap(random_case(1), DispatchRules(), staffing_of(2, 4), cars, limit) == OUT_OF_TIME


@pytest.mark.parametrize("count", [1, 2, 19])
def test_fewer_scenarios_than_batches_prove_nothing(random_case, count):
    case, cars = random_case(1, scenarios=count), np.array([[2, 0, 0, 0]])
    too_few = NoBound(f"none from {count} scenarios, at least 20 are needed")
    assert static_bound(case, DispatchRules(), staffing_of(2, 4), unlimited()) == too_few
    assert program_gap(case, DispatchRules(), staffing_of(2, 4), cars, unlimited()) == too_few


@pytest.mark.parametrize("count", [20, 39, 50, 130])
def test_however_many_scenarios_there_are_twenty_batches(build_case, line_call, count):
    calls = [line_call(0, 0, 60, scenario=number) for number in range(count)]
    case = build_case([0], calls, span_minutes=240.0, scenario_count=count)
    assert static_bound(case, DispatchRules(), staffing_of(1, 1), unlimited()).batches == 20


def test_the_gap_of_the_best_plan_is_next_to_nothing_and_of_a_bad_one_is_not(random_case):
    case = random_case(5, sectors=(0.0, 6.0, 14.0), scenarios=40, hot=1.0)
    staffing = staffing_of(2, block=120)
    good, bad = (
        program_gap(case, DispatchRules(), staffing, np.tile(cars, (2, 1)), unlimited())
        for cars in ([2, 0, 0], [0, 0, 2])
    )
    assert good.value < 0.05 < 0.2 < bad.value
    assert good.confident >= good.value
    assert bad.confident > bad.value


def test_the_gap_weighs_urgent_calls_as_the_plan_does(build_case, line_call):
    calls = [
        line_call(10 + place / 40, place, urgent=place == 0, scenario=number)
        for number in range(20)
        for place in (0, 40)
    ]
    case = build_case([0, 40], calls, span_minutes=240.0, scenario_count=20)
    staffing, at_others = staffing_of(1, 2), np.array([[0, 1]])
    gaps = {
        weight: program_gap(case, DispatchRules(), staffing, at_others, unlimited(), weight).value
        for weight in (0.5, 5.0)
    }
    assert gaps[0.5] < 0.02
    assert gaps[5.0] > 1
