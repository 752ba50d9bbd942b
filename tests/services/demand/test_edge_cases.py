"""What happens at the edges: nothing to do, nobody to do it, no way in time, and nights of seven and nine hours."""

import math
from dataclasses import replace
from datetime import UTC, datetime, time

import numpy as np
import pyarrow as pa
import pytest

from services.demand.calls import CallSet
from services.demand.history import HistoryWindow, count_past_calls
from services.demand.optimiser.optimise import OptimiseProblem, OptimiseResult, optimise
from services.demand.optimiser.staffing import Staffing, supply_by_block
from services.demand.simulator.case import DispatchCase, measure_travel
from services.demand.simulator.placement import Break, Placement, static_placement
from services.demand.simulator.simulate import Simulator
from services.demand.simulator.summary import summarise
from services.demand.travel.distance import DistanceTravelTimes
from services.demand.travel.pace import Pace
from serving.work import never_stop

FORWARD, BACK = datetime(2015, 3, 8, 3, tzinfo=UTC), datetime(2015, 11, 1, 2, tzinfo=UTC)
"""22:00 in New York, four hours before the clocks change at 02:00."""


def solve(training: DispatchCase, supply: list[int], validation: DispatchCase | None = None) -> OptimiseResult:
    """Optimise for as many blocks as supplies, on calls that are known."""
    minutes = int(training.calls.span_minutes)
    none = np.zeros(training.sector_count, int)
    staffing = Staffing(np.array(supply), minutes, minutes // len(supply), none, none + max(supply))
    case = training if validation is None else validation
    return optimise(OptimiseProblem(training, case, staffing, none + 1, seed=1, time_limit_seconds=60.0), never_stop)


def test_the_first_of_two_cars_answers_a_call_so_that_cars_need_not_stand_together(build_case, line_call):
    """Calls of two cars at both ends are in time with one car at each end, half of them with both at one."""
    calls = [line_call(90 * number, 30 * (number % 2), cars=2, target_minutes=5) for number in range(8)]
    result = solve(build_case([0, 30], calls), [2])
    assert result.chosen.cars.tolist() == [[1, 1]]
    assert result.chosen.validation.failure_rate == 0
    outcome = Simulator(build_case([0, 30], calls)).simulate(static_placement(np.array([1, 1]), 720.0))
    # Each call keeps one car for 10 minutes and the other for 30 there, 10 and 30 back.
    assert outcome.car_busy_minutes.tolist() == [4 * 10 + 4 * 70] * 2


def test_training_without_calls_leaves_the_choice_to_the_validation_calls(build_case, line_call):
    """Plans without training calls are whole and have numbers for scores."""
    validation = build_case([0, 30], [line_call(60, 0), line_call(300, 0)])
    result = solve(build_case([0, 30], []), [3, 3], validation)
    assert all(each.cars.sum(axis=1).tolist() == [3, 3] for each in result.candidates)
    assert all(math.isfinite(each.validation.penalty) for each in result.candidates)
    assert result.chosen.validation.failure_rate == 0
    assert result.block_solutions == ()


def test_a_summary_without_calls_has_no_nan(build_case):
    """What cannot be said without calls is None; counts and loads are 0."""
    case = build_case([0, 30], [], span_minutes=120, scenario_count=2)
    summary = summarise(case, Simulator(case).simulate(static_placement(np.array([1, 1]), 120.0)))
    for part in (summary.whole, summary.urgent, summary.other, *summary.sectors, *summary.hours):
        assert (part.calls, part.within_target, part.share_within_target, part.mean_response_minutes) == (
            0, 0, None, None,
        )  # fmt: skip
    assert (summary.failure_rate, summary.worst_sector, summary.share_waiting) == (None, None, None)
    assert (summary.utilisation, summary.mean_queue_length, summary.car_hours) == (0, 0, 4)


def test_without_cars_on_duty_every_call_fails_and_nothing_else_does(build_case, line_call):
    """A plan for no cars at all is one of zeros, in which every call is never answered."""
    case = build_case([0, 30], [line_call(1, 0), line_call(2, 30)])
    result = solve(case, [0, 0])
    assert result.chosen.cars.tolist() == [[0, 0], [0, 0]]
    assert result.chosen.validation.failure_rate == 1
    outcome = Simulator(case).simulate(static_placement(np.array([0, 0]), 720.0))
    summary = summarise(case, outcome)
    assert (summary.never_answered, summary.whole.within_target, summary.utilisation, summary.car_hours) == (2, 0, 0, 0)
    assert (summary.whole.mean_response_minutes, summary.mean_waiting_minutes) == (None, None)


def test_calls_wait_for_the_end_of_a_break_that_all_cars_have_at_once(build_case, line_call):
    """Calls of the break go to the first cars back, in their order; late by as long as the break goes on."""
    calls = [line_call(minute, 0, target_minutes=15) for minute in (29, 35, 50, 59)]
    breaks = (Break(0, 30, 60), Break(1, 30, 60))
    outcome = Simulator(build_case([0], calls)).simulate(Placement(np.zeros((1, 2), int), 720.0, breaks))
    # The call of 29 is answered before the break; at 60 both cars are back and free again at 70.
    assert outcome.response_minutes.tolist() == [0, 25, 10, 11]
    assert outcome.within_target.tolist() == [True, False, True, True]


def test_a_block_in_which_all_cars_have_a_break_has_none_to_place(build_case, line_call):
    """Blocks with a break of all cars get no cars; the calls in them wait for the next block."""
    quarters = 12 * 60 // 15
    on_break = np.zeros(quarters, int)
    on_break[18] = 2
    supply = supply_by_block(np.full(quarters, 2), on_break, 240)
    assert supply.tolist() == [2, 0, 2]
    calls = [line_call(100, 0), line_call(300, 0), line_call(600, 0)]
    chosen = solve(build_case([0, 30], calls), supply.tolist()).chosen
    assert chosen.cars.sum(axis=1).tolist() == [2, 0, 2]
    assert chosen.cars[1].tolist() == [0, 0]
    assert chosen.validation.failure_rate == pytest.approx(1 / 3)


def late_everywhere(build_case, line_call) -> DispatchCase:
    """Pairs of calls at once in the first sector; in the second one, calls that are 50 minutes from its centre."""
    near = [line_call(100 * number, 0, target_minutes=5) for number in range(7) for _ in range(2)]
    far = [line_call(minute, 150, target_minutes=10) for minute in (700, 705)]
    return build_case([0, 100], near + far)


@pytest.mark.parametrize("cars", [[2, 0], [1, 1], [0, 2]])
def test_a_sector_that_nobody_reaches_in_time_fails_under_every_plan(build_case, line_call, cars):
    """Where no sector is near enough calls are late, wherever cars are."""
    case = late_everywhere(build_case, line_call)
    outcome = Simulator(case).simulate(static_placement(np.array(cars), 720.0))
    assert outcome.within_target[-2:].tolist() == [False, False]
    assert np.isfinite(outcome.response_minutes[-2:]).all()


def test_no_car_is_wasted_on_a_sector_that_nobody_reaches_in_time(build_case, line_call):
    """Cars go where they make a difference; the others fail all the same."""
    chosen = solve(late_everywhere(build_case, line_call), [2]).chosen
    assert chosen.cars.tolist() == [[2, 0]]
    assert chosen.validation.failure_rate == pytest.approx(2 / 16)


def test_no_car_is_wasted_on_a_sector_without_a_road(build_case, line_call):
    """Calls that no road leads to are never answered; all cars go to those that can be."""
    calls = [line_call(100 * number, place) for number in range(7) for place in (0, 0, 30)]
    case = build_case([0, 30], calls)
    no_road = (case.calls.sector == 1)[:, np.newaxis]
    chosen = solve(replace(case, to_call_minutes=np.where(no_road, np.inf, case.to_call_minutes)), [2]).chosen
    assert chosen.cars.tolist() == [[2, 0]]
    assert chosen.validation.failure_rate == pytest.approx(1 / 3)
    assert chosen.validation.mean_response_minutes == 0


def test_cars_stand_where_targets_of_no_minutes_can_be_met(build_case, line_call):
    """With targets of 0 only calls at a car's own place are in time: three of the four here."""
    calls = [line_call(100 * number, place, target_minutes=0) for number, place in enumerate((10, 0, 10, 10))]
    chosen = solve(build_case([0, 10, 20], calls), [1]).chosen
    assert chosen.cars.tolist() == [[0, 1, 0]]
    assert chosen.validation.failure_rate == pytest.approx(1 / 4)


def night_calls(start: datetime) -> CallSet:
    """Calls at the end of each hour of a shift of eight hours."""
    count = 8
    return CallSet(
        span_minutes=480.0,
        first_call=np.array([0, count]),
        minute=np.arange(count) * 60.0 + 59,
        latitude=np.full(count, 40.0),
        longitude=np.full(count, -73.0),
        sector=np.full(count, 2),
        urgent=np.zeros(count, bool),
        target_minutes=np.full(count, 15.0),
        cars_required=np.ones(count, int),
        service_minutes=np.full(count, 30.0),
        needs=np.zeros(count, int),
        start_time=start,
    )


@pytest.mark.parametrize(
    ("start", "hours"), [(FORWARD, [22, 23, 0, 1, 3, 4, 5, 6]), (BACK, [22, 23, 0, 1, 1, 2, 3, 4])]
)
def test_a_shift_of_eight_hours_has_eight_hours_when_clocks_change(square_area, start, hours):
    """Eight hours pass whatever the clocks say; calls take the pace of the hour on the clock."""
    factors = tuple(1 + hour / 100 for hour in range(24))
    area = replace(square_area, pace=Pace(hour_factors=factors))
    travel = DistanceTravelTimes(area)
    case, plain = (measure_travel(night_calls(start), each, travel) for each in (area, square_area))
    at_call = np.array([factors[hour] for hour in hours])
    assert case.to_call_minutes[:, 0] == pytest.approx(plain.to_call_minutes[:, 0] * at_call)
    assert case.between_minutes == pytest.approx(plain.between_minutes * at_call.mean())
    summary = summarise(case, Simulator(case).simulate(static_placement(np.array([0, 0, 1, 0]), 480.0)))
    assert summary.car_hours == 8
    assert [part.calls for part in summary.hours] == [1] * 8


@pytest.mark.parametrize(
    ("clock", "counted"),
    [
        (["2015-03-08T06:59+00:00", "2015-03-08T07:00+00:00"], 2),  # 01:59 and, a minute later, 03:00
        (["2015-03-08T09:59+00:00", "2015-03-08T10:00+00:00"], 1),  # 05:59 and 06:00 in summer
        (["2015-11-01T05:30+00:00", "2015-11-01T06:30+00:00"], 2),  # 01:30 comes twice
        (["2015-11-01T10:59+00:00", "2015-11-01T11:00+00:00"], 1),  # 05:59 and 06:00 in winter
        (["2015-11-01T01:59+00:00", "2015-11-01T02:00+00:00"], 1),  # 21:59 and 22:00 in summer
    ],
)
def test_past_calls_count_by_the_clock_when_clocks_change(square_area, clock, counted):
    """A shift from 22:00 on for eight hours has the past calls from 22:00 to 06:00 on the clock of their night."""
    times = pa.array([datetime.fromisoformat(text) for text in clock], pa.timestamp("us", tz="UTC"))
    incidents = pa.table({"time": times, "sector": ["NE"] * len(clock)})
    window = HistoryWindow(datetime(2015, 12, 1, tzinfo=UTC).date(), time(22), 480)
    assert count_past_calls(square_area, incidents, window).tolist() == [counted, 0, 0, 0]
