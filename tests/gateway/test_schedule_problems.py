from collections.abc import Sequence
from typing import Any

import pytest

from gateway.steps.schedule_problems import ScheduleInputs, car_ids, team_problems, whole_problem
from gateway.testing.area import make_area
from officers.area.v1.area_pb2 import Area
from officers.demand.v1.demand_pb2 import (
    ComputeTravelResponse,
    DemandPeriod,
    DemandPlan,
    OptimizeResponse,
    TeamDemand,
    TravelMinutesRow,
)
from officers.gateway.v1.gateway_pb2 import CrewStart, PlanOptions, Staffing
from officers.scheduler.v1.scheduler_pb2 import PRESENCE_RULE_MAX_CONSECUTIVE, Car, MinuteSpan
from serving.errors import Internal

MINUTES = [[0, 7, 9], [8, 0, 5], [9, 4, 0]]
CARS = [[1, 2, 1]] * 3
TEAMS = {"east": ["C", "B"], "west": ["A"]}


def make_inputs(
    staffing: Staffing, area: Area | None = None, team_cars: Sequence[int] = (), **options: Any
) -> ScheduleInputs:
    travel = ComputeTravelResponse(
        sector_ids=["A", "B", "C"], normal=[TravelMinutesRow(minutes=row) for row in MINUTES]
    )
    plan = DemandPlan(sector_ids=["A", "B", "C"], period_minutes=30, periods=[DemandPeriod(cars=cars) for cars in CARS])
    demand = OptimizeResponse(plan=plan, teams=[TeamDemand(cars=cars) for cars in team_cars])
    return ScheduleInputs(area or make_area(), staffing, PlanOptions(**options), travel, demand)


def test_the_problem_carries_demand_travel_and_rules() -> None:
    rules = {"presence_rule": PRESENCE_RULE_MAX_CONSECUTIVE, "max_consecutive": 2, "max_per_sector": 3}
    inputs = make_inputs(Staffing(cars=4), **rules)
    problem = whole_problem(inputs)
    assert [list(row.minutes) for row in problem.travel_minutes] == MINUTES
    assert [list(row.cars) for row in problem.demand] == CARS
    assert (problem.period_minutes, problem.max_consecutive, problem.max_per_sector) == (30, 2, 3)
    assert problem.presence_rule == PRESENCE_RULE_MAX_CONSECUTIVE
    assert list(problem.cars) == [Car(id=car_id) for car_id in ("C01", "C02", "C03", "C04")]
    (only,) = team_problems(inputs)
    assert (only.team, only.problem) == ("", problem)


def test_travel_and_demand_are_of_the_same_sectors() -> None:
    inputs = make_inputs(Staffing(cars=4))
    inputs.demand.plan.sector_ids[:] = ["B", "A", "C"]
    with pytest.raises(Internal, match="different sectors"):
        ScheduleInputs(inputs.area, inputs.staffing, inputs.options, inputs.travel, inputs.demand)


def test_cars_of_crews_have_their_hours_and_breaks() -> None:
    pause = MinuteSpan(start_minute=60, minutes=15)
    crews = [CrewStart(minutes=90, cars=2, breaks=[pause]), CrewStart(start_minute=45, minutes=45, cars=1)]
    problem = whole_problem(make_inputs(Staffing(cars=3, crews=crews)))
    assert list(problem.cars) == [
        Car(id="C01", breaks=[pause]),  # on duty throughout
        Car(id="C02", breaks=[pause]),
        Car(id="C03", on_duty=MinuteSpan(start_minute=45, minutes=45)),
    ]


def test_each_team_has_a_problem_of_its_own() -> None:
    inputs = make_inputs(Staffing(cars=4), make_area(teams=TEAMS), team_cars=[3, 1])
    east, west = team_problems(inputs)
    assert (east.team, list(east.problem.sectors)) == ("east", ["B", "C"])
    assert [list(row.minutes) for row in east.problem.travel_minutes] == [[0, 5], [4, 0]]
    assert [list(row.cars) for row in east.problem.demand] == [[2, 1]] * 3
    assert [car.id for car in east.problem.cars] == ["C01", "C02", "C03"]
    assert (west.team, list(west.problem.sectors)) == ("west", ["A"])
    assert [car.id for car in west.problem.cars] == ["C04"]
    whole = whole_problem(inputs)
    assert list(whole.cars) == [*east.problem.cars, *west.problem.cars]
    assert [list(car.home_sectors) for car in whole.cars] == [["B", "C"]] * 3 + [["A"]]


def test_crews_of_teams_and_of_sectors_without_one() -> None:
    crews = [CrewStart(minutes=90, cars=1), CrewStart(minutes=90, cars=2, team="west")]
    inputs = make_inputs(Staffing(cars=3, crews=crews), make_area(teams={"west": ["B"]}), team_cars=[2, 1])
    west, rest = team_problems(inputs)
    assert [car.id for car in west.problem.cars] == ["C01", "C02"]
    assert (rest.team, list(rest.problem.sectors)) == ("sectors without a team", ["A", "C"])
    assert [car.id for car in rest.problem.cars] == ["C03"]


def test_a_team_without_cars_has_no_problem() -> None:
    inputs = make_inputs(Staffing(cars=4), make_area(teams=TEAMS), team_cars=[4, 0])
    assert [entry.team for entry in team_problems(inputs)] == ["east"]


def test_a_single_team_has_all_cars() -> None:
    inputs = make_inputs(Staffing(cars=4), make_area(teams={"all": ["A", "B", "C"]}))  # demand tells no teams apart
    (only,) = team_problems(inputs)
    assert (only.team, len(only.problem.cars)) == ("all", 4)
    assert only.problem == whole_problem(inputs)


def test_car_ids_sort() -> None:
    for cars in (1, 9, 99, 100, 300):
        ids = car_ids(cars)
        assert len(set(ids)) == cars
        assert list(ids) == sorted(ids)
