"""Crews that begin at different times, teams, a standing plan and suggested moves, with every service as a process."""

import shutil
from collections import Counter
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.area_directory import pack_area
from cli.clients import Clients
from cli.planning import import_area, make_plan
from cli.stack import Stack
from officers.demand.v1 import demand_pb2 as demand
from officers.gateway.v1 import gateway_pb2 as gateway
from officers.scheduler.v1 import scheduler_pb2 as scheduler

SHIFT_MINUTES = 240
TEAMS = """
[teams]
west = ["NW", "SW"]
"""


def crew(start: int, minutes: int, cars: int, *breaks: tuple[int, int], team: str = "") -> gateway.CrewStart:
    spans = [scheduler.MinuteSpan(start_minute=begin, minutes=length) for begin, length in breaks]
    return gateway.CrewStart(start_minute=start, minutes=minutes, cars=cars, breaks=spans, team=team)


CREWS = [crew(0, 135, 2, (60, 15)), crew(0, 240, 2, (75, 15)), crew(45, 195, 1, (90, 15)), crew(135, 105, 1)]


def plan_of(stack: Stack, clients: Clients, parent: str, day: int, **fields: Any) -> gateway.Plan:
    request = gateway.CreatePlanRequest(parent=parent, shift="day", date=f"2022-02-{day}", **fields)
    request.options.seed, request.options.demand_time_limit_seconds = 3, 10
    return make_plan(clients, request, lambda *_: None, stack.check)


def works_at(car: scheduler.Car, minute: int) -> bool:
    """Tell whether a car counts towards cover."""
    begin, length = (car.on_duty.start_minute, car.on_duty.minutes) if car.HasField("on_duty") else (0, SHIFT_MINUTES)
    on_break = any(span.start_minute <= minute < span.start_minute + span.minutes for span in car.breaks)
    return begin <= minute < begin + length and not on_break


def assert_covered(result: gateway.PlanResult) -> None:
    """Assert that in every quarter hour each sector has the cars that it needs."""
    problem = result.schedule_problem
    for minute in range(0, SHIFT_MINUTES, 15):
        period = minute // problem.period_minutes
        cars = zip(problem.cars, result.schedule.assignments, strict=True)
        there = Counter(entry.sectors[period] for car, entry in cars if works_at(car, minute))
        needed = dict(zip(problem.sectors, problem.demand[period].cars, strict=True))
        assert all(there[sector] >= cars for sector, cars in needed.items()), (minute, there, needed)


def assert_compared_fairly(result: gateway.PlanResult, car_hours: float) -> None:
    names = [figures.name for figures in result.simulations]
    assert names == ["plan", "one per sector", "proportional"]
    assert {figures.car_hours for figures in result.simulations} == {car_hours}
    assert all(figures.failure_rate.low <= figures.failure_rate.high for figures in result.simulations)
    assert all(figures.HasField("comparison") for figures in result.simulations[1:])


@pytest.mark.parametrize("presence", [scheduler.PRESENCE_RULE_NONE, scheduler.PRESENCE_RULE_NO_RETURN_WITHIN_TWO])
def test_crews_begin_at_different_times(
    stack: Stack, clients: Clients, trained_area: gateway.AreaRecord, presence: scheduler.PresenceRule.ValueType
) -> None:
    rules = demand.DispatchRules(queue=demand.QUEUE_URGENT_FIRST, sends_returning=True)
    options = gateway.PlanOptions(presence_rule=presence, block_minutes=60, rules=rules)
    plan = plan_of(stack, clients, trained_area.name, 25, options=options, staffing=gateway.Staffing(crews=CREWS))
    assert plan.staffing.cars == 5
    supply = [sum(period.cars) for period in plan.result.demand.plan.periods]
    assert supply == [4, 2, 4, 4]  # with breaks at 60, 75 and 90 it takes two cars to cover a sector in that hour
    rows = {entry.car_id: [bool(sector) for sector in entry.sectors] for entry in plan.result.schedule.assignments}
    assert rows["C01"] == [True, True, True, False]  # to minute 135
    assert rows["C05"] == [True] * 4  # from minute 45
    assert rows["C06"] == [False, False, True, True]
    assert_covered(plan.result)
    hours = (2 * 135 + 2 * 240 + 195 + 105) / 60
    assert_compared_fairly(plan.result, hours)


def test_dispatch_sees_who_is_on_duty_and_gets_suggestions(
    stack: Stack, clients: Clients, trained_area: gateway.AreaRecord
) -> None:
    plan = plan_of(stack, clients, trained_area.name, 26, staffing=gateway.Staffing(crews=CREWS))
    clients.gateway.ApprovePlan(gateway.ApprovePlanRequest(name=plan.name, decided_by="A. Supervisor"))
    request = gateway.GetDeploymentRequest(area=trained_area.name)
    on_duty = []
    for minute in (44, 45, 75, 134, 135):
        request.time.FromDatetime(plan.start_time.ToDatetime(UTC) + timedelta(minutes=minute))
        cars = clients.gateway.GetDeployment(request).cars
        on_duty.append((len(cars), [car.car_id for car in cars if car.on_break]))
    assert on_duty == [(4, []), (5, []), (5, ["C03", "C04"]), (5, []), (4, [])]
    cars = [demand.CarNow(car_id=f"C{number}", sector_id="NE") for number in range(3)]
    suggestion = gateway.RedeployRequest(area=trained_area.name, time=request.time, cars=cars)
    answer = clients.gateway.Redeploy(suggestion)
    assert answer.plan == plan.name
    assert 0 < answer.coverage_before <= answer.coverage_after <= 1
    assert answer.expected_calls_per_hour > 0
    suggestion.cars[0].sector_id = "X"
    with pytest.raises(Exception, match=r"cars\[0\].sector_id"):
        clients.gateway.Redeploy(suggestion)


@pytest.fixture(scope="module")
def team_area(
    clients: Clients, area_folder: Path, trained_area: gateway.AreaRecord, tmp_path_factory: pytest.TempPathFactory
) -> gateway.AreaRecord:
    """The same area with a team in the west; the east has none."""
    folder = tmp_path_factory.mktemp("teams") / "area"
    shutil.copytree(area_folder, folder)
    with (folder / "area.toml").open("a") as file:
        file.write(TEAMS)
    return import_area(clients, "areas/fourfield-teams", pack_area(folder))


def assert_teams_kept(result: gateway.PlanResult) -> None:
    homes = {car.id: set(car.home_sectors) for car in result.schedule_problem.cars}
    for entry in result.schedule.assignments:
        assert {sector for sector in entry.sectors if sector} <= homes[entry.car_id]
    total = sum(part.schedule.travel_minutes for part in result.team_schedules)
    assert result.schedule.travel_minutes == pytest.approx(total)


def test_teams_keep_their_cars(stack: Stack, clients: Clients, team_area: gateway.AreaRecord) -> None:
    plan = plan_of(stack, clients, team_area.name, 25, staffing=gateway.Staffing(team_cars=[4, 2]))
    west, east = plan.result.team_schedules
    assert (west.team, list(west.problem.sectors), len(west.problem.cars)) == ("west", ["NW", "SW"], 4)
    assert (list(east.problem.sectors), len(east.problem.cars)) == (["NE", "SE"], 2)
    assert_teams_kept(plan.result)
    assert_covered(plan.result)
    assert_compared_fairly(plan.result, 24.0)


def test_crews_of_teams_and_the_plan_of_the_day_before(
    stack: Stack, clients: Clients, team_area: gateway.AreaRecord
) -> None:
    crews = [crew(0, 240, 2, team="west"), crew(0, 135, 1), crew(120, 120, 1, (150, 15)), crew(60, 180, 1, team="west")]
    first = plan_of(stack, clients, team_area.name, 26, staffing=gateway.Staffing(crews=crews))
    assert_teams_kept(first.result)
    assert_covered(first.result)
    assert_compared_fairly(first.result, (2 * 240 + 135 + 120 + 180) / 60)
    clients.gateway.ApprovePlan(gateway.ApprovePlanRequest(name=first.name, decided_by="A. Supervisor"))
    second = plan_of(stack, clients, team_area.name, 27, staffing=gateway.Staffing(crews=crews))
    assert second.standing_plan == first.name
    assert "standing" in {candidate.name for candidate in second.result.demand.teams[0].candidates}
