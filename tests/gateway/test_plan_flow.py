"""A plan from its order to its result, over fake services."""

import pytest

from gateway.testing.area import SECTOR_IDS, make_area
from gateway.testing.harness import GatewayUnderTest
from officers.area.v1.area_pb2 import LeaveOutRule
from officers.demand.v1.demand_pb2 import (
    QUEUE_FIRST_COME,
    ROBUSTNESS_NONE,
    TERRITORY_WHOLE_AREA,
    DispatchRules,
    Objective,
)
from officers.gateway.v1 import gateway_pb2 as pb
from officers.routes.v1.routes_pb2 import REWARD_GI_STAR
from officers.scheduler.v1.scheduler_pb2 import ENGINE_AUTO, STATUS_OPTIMAL
from serving.errors import FailedPrecondition, InvalidArgument, NotFound, ResourceExhausted, Unavailable

pytestmark = pytest.mark.asyncio(loop_scope="module")

STEPS = ["sample_scenarios", "optimize_demand", "solve_schedule", "plan_routes", "simulate"]


async def test_plan_is_made_step_by_step(gateway: GatewayUnderTest) -> None:
    plan = await gateway.make_plan("areas/town")
    assert plan.state == pb.PLAN_STATE_READY_FOR_REVIEW
    assert plan.progress.fraction == 1.0
    assert [(step.name, step.state, step.attempt_count) for step in plan.steps] == [
        (name, pb.STEP_STATE_DONE, 1) for name in STEPS
    ]
    assert all(step.end_time.ToNanoseconds() >= step.start_time.ToNanoseconds() > 0 for step in plan.steps)
    assert dict(gateway.fakes.script.calls) == {
        "ImportArea": 1, "PredictIntensity": 1, "SampleScenarios": 3, "Optimize": 1,
        "ComputeTravel": 1, "WatchSolve": 1, "Plan": 1, "Simulate": 1,
    }  # fmt: skip


async def test_result_holds_what_the_services_answered(gateway: GatewayUnderTest) -> None:
    result = (await gateway.make_plan("areas/town")).result
    assert result.model == "models/testville/versions/1"
    assert result.intensity.hour_count == 8
    assert result.test_calls.scenario_count == 200
    assert [list(period.cars) for period in result.demand.plan.periods] == [[2, 1, 1]] * 8
    assert [car.id for car in result.schedule_problem.cars] == ["C01", "C02", "C03", "C04"]
    assert list(result.schedule_problem.travel_minutes[0].minutes) == [0, 5, 10]
    assert result.schedule.status == STATUS_OPTIMAL
    assert [(routes.sector_id, routes.network.name, len(routes.routes)) for routes in result.routes] == [
        ("", "geodanet", 5)
    ]
    assert [entry.name for entry in result.simulations] == ["plan", "one per sector", "proportional"]


async def test_defaults_are_filled_in_at_creation(gateway: GatewayUnderTest) -> None:
    await gateway.import_area("areas/town")
    request = pb.CreatePlanRequest(parent="areas/town", shift="night", date="2015-03-07")
    plan = (await gateway.stub.CreatePlan(request)).plan
    assert plan.staffing.cars == 4
    options = plan.options
    assert (options.training_scenario_count, options.validation_scenario_count) == (200, 200)
    assert (options.test_scenario_count, options.block_minutes, options.period_minutes) == (200, 120, 60)
    assert (options.routes_per_sector, options.route_budget_minutes, options.route_reward) == (5, 10, REWARD_GI_STAR)
    assert (options.solve_options.engine, options.solve_options.time_limit_seconds) == (ENGINE_AUTO, 60)
    assert options.rules == DispatchRules(territory=TERRITORY_WHOLE_AREA, queue=QUEUE_FIRST_COME)
    assert options.objective == Objective(robustness=ROBUSTNESS_NONE, robust_weight=0.5, urgent_weight=1.0)
    assert plan.start_time.ToJsonString() == "2015-03-08T01:00:00Z"  # 20:00 in New York
    assert plan.end_time.ToJsonString() == "2015-03-08T13:00:00Z"  # twelve hours later, clocks went forward
    await gateway.wait_for(plan.name)


async def test_the_result_says_what_the_records_leave_out(gateway: GatewayUnderTest) -> None:
    rule = LeaveOutRule(reported_by="officer", reason="Found where patrol was sent.", record_count=7)
    gateway.fakes.area.policy.rules.append(rule)
    plan = await gateway.make_plan("areas/policed")
    assert list(plan.result.policy.rules) == [rule]


async def test_scenario_sets_are_drawn_with_one_model_and_different_seeds(gateway: GatewayUnderTest) -> None:
    await gateway.make_plan("areas/town")
    requests = gateway.fakes.script.requests["SampleScenarios"]
    assert len({request.seed for request in requests}) == 3
    assert {request.model for request in requests} == {"models/testville/versions/1"}
    assert [request.scenario_count for request in requests] == [200, 200, 200]
    assert {request.minutes for request in requests} == {480}


async def test_the_plan_is_simulated_on_the_test_scenarios_alone(gateway: GatewayUnderTest) -> None:
    plan = await gateway.make_plan("areas/town")
    (simulated,) = gateway.fakes.script.requests["Simulate"]
    (optimized,) = gateway.fakes.script.requests["Optimize"]
    assert simulated.calls_artifact == plan.result.test_calls.artifact
    assert simulated.calls_artifact not in (
        optimized.training_calls_artifact,
        optimized.validation_calls_artifact,
    )
    assert (simulated.shift_start, simulated.history_until_date) == ("08:00", "2015-01-01")
    assert simulated.baselines_with_same_cars


async def test_an_area_with_roads_gets_routes_in_every_sector(gateway: GatewayUnderTest) -> None:
    gateway.fakes.area.CopyFrom(make_area(has_roads=True))
    plan = await gateway.make_plan("areas/roads")
    assert [routes.sector_id for routes in plan.result.routes] == list(SECTOR_IDS)
    requests = gateway.fakes.script.requests["Plan"]
    assert sorted(request.sector.sector_id for request in requests) == list(SECTOR_IDS)
    assert len({request.seed for request in requests}) == len(SECTOR_IDS)


@pytest.mark.parametrize("reason", ["NO_STREETS", "NO_INCIDENTS", "NO_ROUTE_IN_BUDGET"])
async def test_a_sector_without_routes_leaves_the_others_theirs_and_the_events_say_why(
    gateway: GatewayUnderTest, reason: str
) -> None:
    gateway.fakes.area.CopyFrom(make_area(has_roads=True))
    gateway.fakes.script.fail("Plan", FailedPrecondition(reason, "There are no streets in 'A'."))
    plan = await gateway.make_plan("areas/roads")
    assert plan.state == pb.PLAN_STATE_READY_FOR_REVIEW
    routes = {entry.sector_id: len(entry.routes) for entry in plan.result.routes}
    (missing,) = (sector_id for sector_id, number in routes.items() if number == 0)
    reasons = {entry.sector_id: entry.missing_reason for entry in plan.result.routes if entry.missing_reason}
    assert reasons == {missing: "There are no streets in 'A'."}
    messages = [event.progress.message for event in await gateway.watch(plan.name)]
    assert any(f"none in sector {missing!r}: There are no streets in 'A'." in message for message in messages)


async def test_other_faults_of_routes_fail_the_plan(gateway: GatewayUnderTest) -> None:
    gateway.fakes.script.fail("Plan", FailedPrecondition("NO_INCIDENTS", "No incident is near a street."))
    plan = await gateway.make_plan("areas/town")  # the example network is never without incidents
    assert (plan.state, plan.failure.reason) == (pb.PLAN_STATE_FAILED, "NO_INCIDENTS")


async def test_events_tell_the_story_and_can_be_resumed(gateway: GatewayUnderTest) -> None:
    plan = await gateway.make_plan("areas/town")
    events = await gateway.watch(plan.name)
    assert [event.cursor for event in events] == list(range(1, len(events) + 1))
    fractions = [event.progress.fraction for event in events]
    assert fractions == sorted(fractions)
    assert (events[0].state, events[-1].state) == (pb.PLAN_STATE_PENDING, pb.PLAN_STATE_READY_FOR_REVIEW)
    assert await gateway.watch(plan.name, cursor=events[4].cursor) == events[5:]
    assert await gateway.watch(plan.name, cursor=events[-1].cursor) == []


@pytest.mark.parametrize("method", ["PredictIntensity", "Optimize", "WatchSolve", "Plan", "Simulate"])
async def test_calls_are_made_again_while_a_service_is_away_or_busy(gateway: GatewayUnderTest, method: str) -> None:
    # UNAVAILABLE is also retried by the channel, three times at most before it comes to the gateway
    gateway.fakes.script.fail(method, ResourceExhausted("full", 0.01), ResourceExhausted("full", 0.01))
    plan = await gateway.make_plan("areas/town")
    assert plan.state == pb.PLAN_STATE_READY_FOR_REVIEW
    assert gateway.fakes.script.calls[method] == 3
    assert all(step.attempt_count == 1 for step in plan.steps)
    events = await gateway.watch(plan.name)
    assert any("waiting for a service (RESOURCE_EXHAUSTED: full)" in event.progress.message for event in events)


async def test_a_plan_fails_when_a_service_stays_away(gateway: GatewayUnderTest) -> None:
    gateway.fakes.script.fail("Optimize", *[ResourceExhausted("full", 0.01)] * 4)
    plan = await gateway.make_plan("areas/town")
    assert plan.state == pb.PLAN_STATE_FAILED
    assert (plan.failure.code, plan.failure.message) == ("RESOURCE_EXHAUSTED", "full")
    assert gateway.fakes.script.calls["Optimize"] == 4


async def test_unavailable_is_retried(gateway: GatewayUnderTest) -> None:
    gateway.fakes.script.fail("Optimize", Unavailable("starting", 0.01))
    plan = await gateway.make_plan("areas/town")
    assert plan.state == pb.PLAN_STATE_READY_FOR_REVIEW
    assert gateway.fakes.script.calls["Optimize"] == 2


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (FailedPrecondition("NO_TRAINED_MODEL", "Train a model first."), "FAILED_PRECONDITION", "NO_TRAINED_MODEL"),
        (NotFound("model", "models/x/versions/1"), "NOT_FOUND", "MODEL_NOT_FOUND"),
        (InvalidArgument("model", "Expected a model of the area."), "INVALID_ARGUMENT", "INVALID_ARGUMENT"),
    ],
)
async def test_other_errors_fail_the_plan(
    gateway: GatewayUnderTest, error: FailedPrecondition | NotFound, code: str, reason: str
) -> None:
    gateway.fakes.script.fail("PredictIntensity", error)
    plan = await gateway.make_plan("areas/town")
    assert plan.state == pb.PLAN_STATE_FAILED
    assert plan.failure.code == code
    assert plan.failure.message == error.message
    assert plan.failure.reason in (reason, f"{code}")
    assert [(entry.field, entry.description) for entry in plan.failure.field_violations] == (
        [("model", "Expected a model of the area.")] if code == "INVALID_ARGUMENT" else []
    )
    assert plan.steps[0].state == pb.STEP_STATE_FAILED
    assert plan.steps[1].state == pb.STEP_STATE_PENDING
    assert gateway.fakes.script.calls["PredictIntensity"] == 1


async def test_an_infeasible_schedule_fails_the_plan_with_the_clash(gateway: GatewayUnderTest) -> None:
    gateway.fakes.scheduler.infeasible = True
    plan = await gateway.make_plan("areas/town")
    assert plan.state == pb.PLAN_STATE_FAILED
    assert (plan.failure.code, plan.failure.reason) == ("FAILED_PRECONDITION", "SCHEDULE_INFEASIBLE")
    assert "Period 2 asks for 5 cars, 4 are on duty. No car may stay." in plan.failure.message


@pytest.mark.parametrize("method", ["SampleScenarios", "WatchSolve", "Plan"])
async def test_cancelling_a_plan_cancels_the_running_call(gateway: GatewayUnderTest, method: str) -> None:
    script = gateway.fakes.script
    script.hold(method)
    await gateway.import_area("areas/town")
    request = pb.CreatePlanRequest(parent="areas/town", shift="day", date="2015-01-01")
    name = (await gateway.stub.CreatePlan(request)).plan.name
    await script.wait_until_called(method)
    plan = (await gateway.stub.CancelPlan(pb.CancelPlanRequest(name=name))).plan
    assert plan.state == pb.PLAN_STATE_CANCELLED
    assert pb.STEP_STATE_CANCELLED in [step.state for step in plan.steps]
    await script.wait_until_cancelled(method)
    assert (await gateway.watch(name))[-1].state == pb.PLAN_STATE_CANCELLED
    assert (await gateway.wait_for(name)) == plan


async def test_a_plan_is_named_after_the_local_day_and_the_shift(gateway: GatewayUnderTest) -> None:
    await gateway.import_area("areas/town")
    request = pb.CreatePlanRequest(parent="areas/town", shift="night", date="2015-01-01")
    plan = (await gateway.stub.CreatePlan(request)).plan
    assert plan.name.startswith("areas/town/plans/20150101-night-")  # although it is 2015-01-02 in UTC
    assert plan.start_time.ToDatetime().isoformat() == "2015-01-02T01:00:00"
