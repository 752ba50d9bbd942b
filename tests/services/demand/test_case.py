"""Calls with the travel to them, at an area's pace."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from services.demand.area import Team
from services.demand.calls import CallSet
from services.demand.simulator.case import measure_travel
from services.demand.travel.distance import DistanceTravelTimes
from services.demand.travel.pace import Pace

MIDNIGHT = datetime(2014, 11, 2, 4, tzinfo=UTC)  # in New York, where the clocks go back two hours later
FACTORS = tuple(1 + hour / 10 for hour in range(24))


@pytest.fixture
def calls():
    """Calls at 00:30, 01:30 and 01:30 again, and 02:30."""
    count = 4
    return CallSet(
        span_minutes=240.0,
        first_call=np.array([0, count]),
        minute=np.array([30.0, 90.0, 150.0, 210.0]),
        latitude=np.full(count, 40.005),
        longitude=np.linspace(-73.01, -73.0, count),
        sector=np.zeros(count, np.int64),
        urgent=np.array([True, False, True, False]),
        target_minutes=np.full(count, 15.0),
        cars_required=np.ones(count, np.int64),
        service_minutes=np.full(count, 20.0),
        needs=np.zeros(count, np.int64),
        start_time=MIDNIGHT,
    )


def test_driving_takes_the_factor_of_the_calls_hour_and_between_sectors_that_of_the_span(square_area, calls):
    plain = measure_travel(calls, square_area, DistanceTravelTimes(square_area))
    paced_area = replace(square_area, pace=Pace(1.5, FACTORS))
    paced = measure_travel(calls, paced_area, DistanceTravelTimes(paced_area))
    at_call, in_span = np.array([1.0, 1.1, 1.1, 1.2]), (1.0 + 1.1 + 1.1 + 1.2) / 4
    assert paced.to_call_minutes == pytest.approx(plain.to_call_minutes * at_call[:, np.newaxis] + 1.5)
    assert paced.from_call_minutes == pytest.approx(plain.from_call_minutes * at_call[:, np.newaxis])
    assert paced.minutes_per_km == pytest.approx(plain.minutes_per_km * at_call)
    assert paced.between_minutes == pytest.approx(plain.between_minutes * in_span)
    assert paced.normal_minutes_per_km == pytest.approx(plain.normal_minutes_per_km * in_span)
    assert (plain.mobilisation_minutes, paced.mobilisation_minutes) == (0.0, 1.5)


def test_without_a_start_only_an_even_pace_will_do(square_area, calls):
    calls = replace(calls, start_time=None)
    even = replace(square_area, pace=Pace(0.0, (1.25,) * 24))
    travel = DistanceTravelTimes(square_area)
    plain = measure_travel(calls, square_area, travel)
    assert measure_travel(calls, even, travel).to_call_minutes == pytest.approx(1.25 * plain.to_call_minutes)
    with pytest.raises(ValueError, match="when their span begins"):
        measure_travel(calls, replace(square_area, pace=Pace(0.0, FACTORS)), travel)


def test_an_areas_teams_are_told_of_the_sectors_that_are_kept(square_area, calls):
    area = replace(square_area, teams=(Team("north", (0, 1)), Team("south", (2, 3))))
    travel = DistanceTravelTimes(area)
    whole = measure_travel(calls, area, travel)
    assert whole.team_of_sector.tolist() == [0, 0, 1, 1]
    assert whole.same_team.tolist() == [[True, True, False, False]] * 2 + [[False, False, True, True]] * 2
    assert np.isinf(whole.to_call_minutes[:, 2:]).all()  # all calls are in the first sector
    south = measure_travel(calls, area, travel, np.array([2, 3]))
    assert (south.team_of_sector.tolist(), south.calls.call_count) == ([1, 1], 0)


def test_calls_that_are_not_reached_are_told(square_area, calls):
    case = measure_travel(calls, square_area, DistanceTravelTimes(square_area))
    assert (case.unreached.count, case.unreached.checked_count, case.unreached.first) == (0, 4, ())
    to_call = case.to_call_minutes.copy()
    to_call[2] = np.inf
    unreached = replace(case, to_call_minutes=to_call).unreached
    assert unreached.count == 1
    assert (unreached.first[0].position, unreached.first[0].latitude) == (2, 40.005)
    assert str(unreached) == "1 of 4: 2"
