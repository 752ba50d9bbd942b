from dataclasses import replace

import numpy as np
import pytest

from cli.demand_bench.data import ShiftCalls
from cli.demand_bench.run import _joint_change
from cli.demand_bench.steady import CARS_OF_A_SECTOR, EVEN, SINGLE, _evened, steady_jobs
from services.demand.intervals import Interval


@pytest.fixture
def calls(build_case):
    """Nine of ten calls are of the first sector; minutes on the scene tell calls apart."""
    minutes = np.arange(4000) * 2.0
    found = build_case(minutes, np.arange(4000) % 10 // 9).calls
    return replace(found, service_minutes=minutes + 1)


def test_evened_calls_come_when_they_came_and_from_everywhere_alike(calls) -> None:
    evened = _evened(calls, seed=1)
    assert evened.call_count == 4000
    assert (evened.minute == calls.minute).all()
    assert (evened.service_minutes == calls.service_minutes).all()
    assert (evened.first_call == calls.first_call).all()
    counts = np.bincount(evened.sector)
    assert counts.sum() == 4000
    assert abs(counts - 2000).max() < 4 * np.sqrt(4000 / 4)  # four standard deviations of a fair coin
    assert (evened.longitude == evened.sector).all()  # the place goes with the sector


def test_evened_calls_go_by_the_seed(calls) -> None:
    assert (_evened(calls, seed=1).sector == _evened(calls, seed=1).sector).all()
    assert (_evened(calls, seed=1).sector != _evened(calls, seed=2).sector).any()


def test_sectors_without_calls_stay_without(build_case) -> None:
    evened = _evened(build_case([1.0, 2.0, 3.0], [1, 1, 1]).calls, seed=1)
    assert evened.sector.tolist() == [1, 1, 1]


def test_every_day_of_a_week_is_planned_and_told_on_its_own_calls(bench_data) -> None:
    data = bench_data(*range(480, 480 + 18 * 720, 720))
    shifts = tuple(
        replace(
            shift,
            shift="day" if shift.start_minute % 1440 == 480 else "night",
            training=f"t{number}",
            validation=f"v{number}",
        )
        for number, shift in enumerate(data.shifts)
    )
    jobs = list(steady_jobs(replace(data, shifts=shifts), 20, 120, 1))
    expected = [(EVEN, f"t{number}", f"v{number}") for number in range(0, 14, 2)]
    assert [(job.kind, job.training, job.validation) for job in jobs[::2]] == expected
    assert [(job.kind, job.training, job.cars) for job in jobs[1:3:2]] == [(SINGLE, "t0", CARS_OF_A_SECTOR)]
    assert all(isinstance(shift, ShiftCalls) for shift in shifts)


def test_days_are_compared_together() -> None:
    results = [{"plan": [2, 4], "still": [4, 8]}, {"plan": [5], "still": [10]}]
    assert _joint_change(results, seed=1) == Interval(-0.5, -0.5, -0.5)
    assert _joint_change([{"plan": [0, 0], "still": [0, 0]}], seed=1) == Interval(0.0, 0.0, 0.0)
