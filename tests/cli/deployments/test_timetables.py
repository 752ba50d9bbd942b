from types import SimpleNamespace

import numpy as np
import pytest

from cli.area_session import AreaSession
from cli.deployments.site import OTHER_TEAM_MINUTES, find_site
from cli.deployments.timetables import plan_timetable, sector_cars
from officers.area.v1.area_pb2 import Area, Sector, Team
from officers.demand.v1.demand_pb2 import ComputeTravelResponse, DemandPeriod, DemandPlan, TravelMinutesRow

PLAN = [[1, 1, 1, 0], [1, 0, 1, 1], [0, 1, 1, 1], [2, 0, 0, 1]]


def plan_of(rows, minutes=60):
    return DemandPlan(sector_ids=list("ABCD"), period_minutes=minutes, periods=[DemandPeriod(cars=row) for row in rows])


def test_cars_are_where_they_are_needed(site):
    timetable = plan_timetable(plan_of(PLAN), site, rotates=False)
    assert sector_cars(timetable, site.sector_ids).tolist() == PLAN
    assert [car.car_id for car in timetable.cars] == ["C1", "C2", "C3"]
    assert all(list(car.capabilities) == ["dog"] for car in timetable.cars)


def test_travel_is_least(site):
    timetable = plan_timetable(plan_of(PLAN[:2]), site, rotates=False)
    drives = [tuple(car.sectors) for car in timetable.cars]
    minutes = sum(5 * abs("ABCD".index(a) - "ABCD".index(b)) for a, b in drives)
    assert minutes == 10  # B to C and C to D, or B to D; never by way of A


def test_numbers_may_change(site):
    rows = [[1, 0, 0, 0], [2, 0, 0, 1], [0, 1, 0, 0], [0, 2, 0, 0]]
    timetable = plan_timetable(plan_of(rows), site, rotates=False)
    assert sector_cars(timetable, site.sector_ids).tolist() == rows
    assert len(timetable.cars) == 3
    assert any("" in car.sectors for car in timetable.cars)


def test_rotating_cars_do_not_return_within_two_periods(site):
    timetable = plan_timetable(plan_of([[1, 1, 1, 1]] * 4), site, rotates=True)
    for car in timetable.cars:
        assert all(one != other for one, other in zip(car.sectors, car.sectors[2:], strict=False))
    still = plan_timetable(plan_of([[1, 1, 1, 1]] * 4), site, rotates=False)
    assert all(len(set(car.sectors)) == 1 for car in still.cars)


def test_cars_stay_in_their_team(site):
    area = Area(sectors=site.area.sectors, teams=[Team(name="w", sector_ids=["A", "B"]), Team(sector_ids=["C", "D"])])
    rows = [TravelMinutesRow(minutes=row) for row in site.between_minutes.tolist()]
    stub = SimpleNamespace(ComputeTravel=lambda _request: ComputeTravelResponse(normal=rows))
    found = find_site(AreaSession(SimpleNamespace(demand=stub), "a" * 64, area, None, ""), site.span)
    assert found.between_minutes[1, 2] == OTHER_TEAM_MINUTES + 5
    assert np.array_equal(found.between_minutes[:2, :2], site.between_minutes[:2, :2])
    timetable = plan_timetable(plan_of([[0, 1, 1, 0], [1, 0, 0, 1]]), found, rotates=False)
    assert sorted(tuple(car.sectors) for car in timetable.cars) == [("B", "A"), ("C", "D")]


def test_an_area_without_teams_is_one(site):
    area = Area(sectors=[Sector(id="A"), Sector(id="B")])
    stub = SimpleNamespace(
        ComputeTravel=lambda _request: ComputeTravelResponse(normal=[TravelMinutesRow(minutes=[0, 4])] * 2)
    )
    found = find_site(AreaSession(SimpleNamespace(demand=stub), "a" * 64, area, None, ""), site.span)
    assert found.between_minutes.max() == pytest.approx(4)
