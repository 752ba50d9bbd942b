import math

import numpy as np
import pytest

from cli.demand_bench.timeline import Measured, ShiftCars, change, measure, place_shifts, relative_change
from services.demand.intervals import Interval
from services.demand.simulator.placement import Placement
from services.demand.simulator.simulate import Outcome, Simulator

WEST, EAST = [2, 0], [0, 2]


def counts(placement: Placement, minute: float) -> list[int]:
    """Cars on duty in each of the two sectors at a minute."""
    row = placement.sectors[int(minute // placement.period_minutes)]
    return np.bincount(row[row >= 0], minlength=2).tolist()


def measured(failures: list[float], calls: float = 10.0) -> Measured:
    return Measured(np.array(failures), np.full(len(failures), calls), 6.5, 0.4, 0.0)


def test_shifts_follow_each_other_block_by_block(build_case) -> None:
    evening_before = ShiftCars(-240, 720, 240, np.array([[9, 9], WEST, [1, 1]]))
    day = ShiftCars(480, 720, 360, np.array([EAST, WEST]))
    placement = place_shifts([evening_before, day], build_case([]))
    seen = [counts(placement, minute) for minute in (0, 239, 240, 479, 480, 839, 840, 1199, 1200)]
    assert seen == [WEST, WEST, [1, 1], [1, 1], EAST, EAST, WEST, WEST, [0, 0]]


@pytest.mark.parametrize(
    ("start", "minutes", "block", "turns"),
    [
        (435, 720, 120, [435, 555, 675, 795, 915, 1035]),  # a shift from 07:15 on
        (480, 720, 300, [480, 780, 1080]),  # the last block is shorter
        (480, 720, 45, list(range(480, 1200, 45))),
        (480, 465, 465, [480]),
    ],
)
def test_blocks_turn_when_they_should(build_case, start: int, minutes: int, block: int, turns: list[int]) -> None:
    cars = np.array([[1 + number, 0] for number in range(len(turns))])
    placement = place_shifts([ShiftCars(start, minutes, block, cars)], build_case([]))
    assert counts(placement, start - 1) == [0, 0]
    assert counts(placement, start + minutes) == [0, 0]
    for number, (first, after) in enumerate(zip(turns, [*turns[1:], start + minutes], strict=True)):
        assert counts(placement, first) == counts(placement, after - 1) == [1 + number, 0]


def test_at_a_turn_cars_drive_on_with_the_least_travel(build_case) -> None:
    shifts = [ShiftCars(0, 60, 60, np.array([[1, 1]])), ShiftCars(60, 60, 60, np.array([[0, 2]]))]
    before, after = place_shifts(shifts, build_case([])).sectors[:2]
    assert (before != after).sum() == 1


def test_failures_are_counted_by_week(build_case) -> None:
    # One car, ten minutes on each scene, targets of 5 minutes: all but the first calls at 0 and at 10,079 are late.
    case = build_case([0, 1, 10_079, 10_080, 10_090, 10_091], weeks=2)
    outcome = Simulator(case).simulate(place_shifts([ShiftCars(0, 20_160, 20_160, np.array([[1, 0]]))], case))
    found = measure(case, outcome)
    assert found.failures.tolist() == [1, 3]
    assert found.calls.tolist() == [3, 3]
    assert found.failure_rate == pytest.approx(4 / 6)
    assert outcome.response_minutes.tolist() == [0, 9, 0, 9, 9, 18]
    assert found.mean_response_minutes == 7.5
    assert found.utilisation == pytest.approx(60 / 20_160)


def test_a_part_of_the_calls_can_be_counted(build_case) -> None:
    case = build_case([0, 1, 3000, 3001])
    outcome = Simulator(case).simulate(place_shifts([ShiftCars(0, 10_080, 10_080, np.array([[1, 0]]))], case))
    found = measure(case, outcome, np.array([True, False, True, True]))
    assert (found.failures.tolist(), found.calls.tolist()) == ([1], [3])
    assert found.mean_response_minutes == 3


def test_weeks_without_calls_and_calls_without_cars(build_case) -> None:
    case = build_case([1.0], weeks=2)
    nobody = measure(case, Simulator(case).simulate(place_shifts([], case)))
    assert (nobody.failures.tolist(), nobody.calls.tolist(), nobody.failure_rate) == ([1, 0], [1, 0], 1.0)
    assert math.isnan(nobody.mean_response_minutes)
    quiet = build_case([])
    assert measure(quiet, Simulator(quiet).simulate(place_shifts([], quiet))).failure_rate == 0.0


def test_moves_are_per_day(build_case) -> None:
    case = build_case([1.0], weeks=2)
    always = np.ones(1)
    outcome = Outcome(always, always, always, always > 0, always, 1.0, moves=42)
    assert measure(case, outcome).moves_per_day == 3.0


def test_a_change_is_paired_over_weeks() -> None:
    reference = measured([2, 40, 10, 20, 8, 4])
    half = measured([1, 20, 5, 10, 4, 2])
    assert change(half, reference, copies=3, seed=1) == Interval(-0.5, -0.5, -0.5)  # however weeks differ
    assert change(reference, reference, copies=3, seed=1) == Interval(0.0, 0.0, 0.0)
    uneven = change(measured([2, 20, 10, 10, 8, 4]), reference, copies=1, seed=1)
    assert uneven.value == pytest.approx(54 / 84 - 1)
    assert uneven.low < uneven.value < uneven.high


def test_weeks_that_share_calls_leave_more_doubt() -> None:
    failures = 2 * ([2.0] * 6 + [8.0] * 6)
    reference = measured([5.0] * 24)
    alone, shared = (change(measured(failures), reference, copies, seed=1) for copies in (1, 3))
    assert shared.high - shared.low > 1.2 * (alone.high - alone.low)
    assert change(measured([1, 2]), measured([2, 2]), copies=20, seed=1).value == -0.25  # more copies than weeks


def test_a_reference_without_failures() -> None:
    none, some = np.zeros(3), np.array([0.0, 1.0, 0.0])
    assert relative_change(none, none, seed=1) == Interval(0.0, 0.0, 0.0)
    assert relative_change(some, none, seed=1) == Interval(math.inf, math.inf, math.inf)
    assert relative_change(none, some, seed=1).value == -1.0
