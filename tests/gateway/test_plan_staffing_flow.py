"""Plans with rules, crews, teams and a plan to start from, over fake services."""

from typing import Any

import pytest

from gateway.testing.area import make_area
from gateway.testing.harness import GatewayUnderTest
from officers.demand.v1 import demand_pb2 as demand
from officers.gateway.v1 import gateway_pb2 as pb
from officers.scheduler.v1.scheduler_pb2 import PRESENCE_RULE_NO_RETURN_WITHIN_TWO, STATUS_OPTIMAL, MinuteSpan

pytestmark = pytest.mark.asyncio(loop_scope="module")

RULES = demand.DispatchRules(territory=demand.TERRITORY_ADJACENT_FIRST, queue=demand.QUEUE_URGENT_FIRST, preempts=True)
EARLY = pb.CrewStart(minutes=255, cars=2, breaks=[MinuteSpan(start_minute=60, minutes=30)])
LATE = pb.CrewStart(start_minute=30, cars=3)
TEAMS = {"east": ["B", "C"], "west": ["A"]}


async def make(gateway: GatewayUnderTest, parent: str, day: int = 1, **fields: Any) -> pb.Plan:
    await gateway.import_area(parent)
    request = pb.CreatePlanRequest(parent=parent, shift="day", date=f"2015-01-{day:02d}", **fields)
    plan = await gateway.wait_for((await gateway.stub.CreatePlan(request)).plan.name)
    assert plan.state == pb.PLAN_STATE_READY_FOR_REVIEW, plan.failure
    return plan


async def approve(gateway: GatewayUnderTest, plan: pb.Plan) -> None:
    await gateway.stub.ApprovePlan(pb.ApprovePlanRequest(name=plan.name, decided_by="Sgt. Vimes"))


async def test_rules_and_objective_reach_demand(gateway: GatewayUnderTest) -> None:
    objective = demand.Objective(robustness=demand.ROBUSTNESS_WORST_SECTOR, urgent_weight=3)
    await make(gateway, "areas/rules", options=pb.PlanOptions(rules=RULES, objective=objective))
    (optimized,) = gateway.fakes.script.requests["Optimize"]
    (simulated,) = gateway.fakes.script.requests["Simulate"]
    assert optimized.rules == simulated.rules == RULES
    assert (optimized.objective.robustness, optimized.objective.urgent_weight) == (demand.ROBUSTNESS_WORST_SECTOR, 3)
    assert not optimized.cars_rotate


async def test_demand_is_judged_with_the_rotation_that_the_schedule_makes(gateway: GatewayUnderTest) -> None:
    await make(gateway, "areas/rules", options=pb.PlanOptions(presence_rule=PRESENCE_RULE_NO_RETURN_WITHIN_TWO))
    (optimized,) = gateway.fakes.script.requests["Optimize"]
    assert optimized.cars_rotate


async def test_crews_reach_demand_schedule_and_replay(gateway: GatewayUnderTest) -> None:
    plan = await make(gateway, "areas/crews", staffing=pb.Staffing(crews=[EARLY, LATE]))
    assert plan.staffing.cars == 5
    assert [crew.minutes for crew in plan.staffing.crews] == [255, 450]
    (optimized,) = gateway.fakes.script.requests["Optimize"]
    assert optimized.cars == 5
    assert list(optimized.on_duty_cars) == [2] * 2 + [5] * 15 + [3] * 15
    assert list(optimized.on_break_cars) == [0] * 4 + [2] * 2 + [0] * 26
    cars = plan.result.schedule_problem.cars
    assert [(car.id, car.on_duty.start_minute, car.on_duty.minutes) for car in cars] == [
        ("C01", 0, 255), ("C02", 0, 255), ("C03", 30, 450), ("C04", 30, 450), ("C05", 30, 450),
    ]  # fmt: skip
    (simulated,) = gateway.fakes.script.requests["Simulate"]
    timetable = simulated.deployments[0].timetable
    assert timetable.period_minutes == 15
    on_duty = [sum(bool(car.sectors[quarter]) for car in timetable.cars) for quarter in range(32)]
    assert on_duty == list(optimized.on_duty_cars)
    assert [len(car.breaks) for car in timetable.cars] == [1, 1, 0, 0, 0]


async def test_each_team_is_scheduled_by_itself_side_by_side(gateway: GatewayUnderTest) -> None:
    gateway.fakes.area.CopyFrom(make_area(teams=TEAMS))
    gateway.fakes.script.hold("WatchSolve")
    await gateway.import_area("areas/teams")
    staffing = pb.Staffing(team_cars=[3, 1])
    request = pb.CreatePlanRequest(parent="areas/teams", shift="day", date="2015-01-01", staffing=staffing)
    name = (await gateway.stub.CreatePlan(request)).plan.name
    await gateway.fakes.script.wait_until_called("WatchSolve", 2)  # both at once
    gateway.fakes.script.release("WatchSolve")
    result = (await gateway.wait_for(name)).result
    (optimized,) = gateway.fakes.script.requests["Optimize"]
    assert list(optimized.team_cars) == [3, 1]
    sectors = sorted(list(request.problem.sectors) for request in gateway.fakes.script.requests["WatchSolve"])
    assert sectors == [["A"], ["B", "C"]]
    assert [(part.team, len(part.problem.cars)) for part in result.team_schedules] == [("east", 3), ("west", 1)]
    assert [list(entry.sectors[:1]) for entry in result.schedule.assignments] == [["B"], ["B"], ["C"], ["A"]]
    assert (result.schedule.status, result.schedule.travel_minutes) == (STATUS_OPTIMAL, 20.0)
    assert list(result.schedule_problem.sectors) == ["A", "B", "C"]
    events = [event.progress.message for event in await gateway.watch(name)]
    assert any(message.startswith("west: ") for message in events)


async def test_a_team_without_cars_has_no_schedule(gateway: GatewayUnderTest) -> None:
    gateway.fakes.area.CopyFrom(make_area(teams=TEAMS))
    plan = await make(gateway, "areas/teams", staffing=pb.Staffing(team_cars=[4, 0]))
    assert [part.team for part in plan.result.team_schedules] == ["east"]


async def test_crews_of_teams(gateway: GatewayUnderTest) -> None:
    gateway.fakes.area.CopyFrom(make_area(teams=TEAMS))
    crews = [pb.CrewStart(cars=2, team="east"), pb.CrewStart(start_minute=240, cars=1, team="west")]
    plan = await make(gateway, "areas/teams", staffing=pb.Staffing(crews=crews))
    (optimized,) = gateway.fakes.script.requests["Optimize"]
    assert not optimized.on_duty_cars
    assert [list(team.on_duty_cars) for team in optimized.team_staffing] == [[2] * 32, [0] * 16 + [1] * 16]
    west = plan.result.team_schedules[1]
    assert [list(entry.sectors) for entry in west.schedule.assignments] == [[""] * 4 + ["A"] * 4]


async def test_an_infeasible_team_fails_the_plan(gateway: GatewayUnderTest) -> None:
    gateway.fakes.area.CopyFrom(make_area(teams=TEAMS))
    gateway.fakes.scheduler.infeasible = True
    await gateway.import_area("areas/teams")
    request = pb.CreatePlanRequest(parent="areas/teams", shift="day", date="2015-01-01")
    plan = await gateway.wait_for((await gateway.stub.CreatePlan(request)).plan.name)
    assert plan.failure.reason == "SCHEDULE_INFEASIBLE"
    assert "east: Period 2 asks for 5 cars, 4 are on duty." in plan.failure.message


async def test_a_plan_starts_from_the_last_one_approved_before_it(gateway: GatewayUnderTest) -> None:
    first, second = [await make(gateway, "areas/standing", day) for day in (1, 2)]
    assert not first.standing_plan
    assert not second.standing_plan  # nothing is approved yet
    await approve(gateway, second)
    await approve(gateway, first)
    third = await make(gateway, "areas/standing", 4)
    assert third.standing_plan == second.name  # the later shift, although the other was approved last
    assert gateway.fakes.script.requests["Optimize"][-1].standing_plan == second.result.demand.plan
    same_day = await make(gateway, "areas/standing", 2)
    assert same_day.standing_plan == first.name


@pytest.mark.parametrize("change", ["shift", "periods", "sectors", "as_of_time"])
async def test_a_plan_that_does_not_fit_is_not_started_from(gateway: GatewayUnderTest, change: str) -> None:
    parent = f"areas/other-{change.replace('_', '-')}"
    await approve(gateway, await make(gateway, parent, 1))
    fields: dict[str, Any] = {}
    match change:
        case "shift":
            gateway.fakes.area.shifts[0].hours = 10.0
        case "periods":
            fields["options"] = pb.PlanOptions(period_minutes=30)
        case "sectors":
            gateway.fakes.area.sectors[0].id = "Z"
        case "as_of_time":  # a plan of the past, made with what was known before the approved one
            fields["as_of_time"] = {"seconds": 1_420_000_000}  # 31 December 2014
    plan = await make(gateway, parent, 2, **fields)
    assert not plan.standing_plan
    assert not gateway.fakes.script.requests["Optimize"][-1].HasField("standing_plan")
