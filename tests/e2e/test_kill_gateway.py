import time

from cli.clients import Clients
from cli.planning import make_plan, watch_plan
from cli.stack import Stack
from officers.gateway.v1 import gateway_pb2 as gateway
from officers.scheduler.v1 import scheduler_pb2 as scheduler


def plan_request(**options: int) -> gateway.CreatePlanRequest:
    request = gateway.CreatePlanRequest(parent="areas/fourfield", shift="day", date="2022-02-25")
    request.options.CopyFrom(gateway.PlanOptions(presence_rule=scheduler.PRESENCE_RULE_NONE, seed=3, **options))
    return request


def test_a_killed_gateway_finishes_its_plan_without_repeating_steps(
    stack: Stack, clients: Clients, trained_area: gateway.AreaRecord
) -> None:
    request = plan_request(training_scenario_count=60, validation_scenario_count=400, test_scenario_count=400)
    request.request_id = "3b0e6f64-7b0f-4f57-8d1b-0d9b8c6f2a11"
    name = clients.gateway.CreatePlan(request).plan.name
    for event in watch_plan(clients, name, stack.check):
        if event.step.name == "sample_scenarios" and event.step.state == gateway.STEP_STATE_DONE:
            break
    before = clients.gateway.GetPlan(gateway.GetPlanRequest(name=name)).plan
    stack.kill("gateway")
    kill_time = time.time()
    assert before.state == gateway.PLAN_STATE_RUNNING
    stack.restart("gateway")
    plan = make_plan(clients, request, lambda *_: None, stack.check)
    assert plan.name == name
    assert plan.state == gateway.PLAN_STATE_READY_FOR_REVIEW
    finished = [step for step in before.steps if step.state == gateway.STEP_STATE_DONE]
    after = {step.name: step for step in plan.steps}
    assert "sample_scenarios" in {step.name for step in finished}
    for step in finished:
        assert after[step.name].attempt_count == 1
        assert after[step.name] == step
    assert all(step.state == gateway.STEP_STATE_DONE for step in plan.steps)
    assert after["simulate"].start_time.ToNanoseconds() / 1e9 > kill_time


def test_the_same_request_gives_the_same_plan_again(
    stack: Stack, clients: Clients, trained_area: gateway.AreaRecord
) -> None:
    first = make_plan(clients, plan_request(), lambda *_: None, stack.check)
    second = make_plan(clients, plan_request(), lambda *_: None, stack.check)
    assert first.name != second.name
    assert list(first.result.schedule.assignments) == list(second.result.schedule.assignments)
    assert first.result.demand.plan == second.result.demand.plan
    assert list(first.result.simulations) == list(second.result.simulations)


def test_dispatch_is_served_from_approved_plans_only(
    stack: Stack, clients: Clients, trained_area: gateway.AreaRecord
) -> None:
    plan = make_plan(clients, plan_request(), lambda *_: None, stack.check)
    approved = clients.gateway.ApprovePlan(gateway.ApprovePlanRequest(name=plan.name, decided_by="A. Supervisor")).plan
    assert approved.state == gateway.PLAN_STATE_APPROVED
    deployed = clients.gateway.GetDeployment(gateway.GetDeploymentRequest(area=trained_area.name, time=plan.start_time))
    assert deployed.plan == plan.name
    positions = {car.car_id: car.sector_id for car in deployed.cars}
    assert positions == {entry.car_id: entry.sectors[0] for entry in plan.result.schedule.assignments}
