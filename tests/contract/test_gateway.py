"""Every RPC of the gateway and every error, over gRPC."""

import uuid
from collections.abc import AsyncIterator, Awaitable
from datetime import UTC, datetime, timedelta

import grpc
import pytest
import pytest_asyncio
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.page_tokens import make_page_token
from gateway.testing.area import SECTOR_IDS, make_area
from gateway.testing.harness import ARCHIVE, GatewayUnderTest, gateway_under_test
from officers.demand.v1 import demand_pb2 as demand
from officers.gateway.v1 import gateway_pb2 as pb
from officers.scheduler.v1.scheduler_pb2 import MinuteSpan
from serving.errors import FailedPrecondition, InvalidArgument, NotFound, OfficersError, ResourceExhausted
from serving.status import from_rpc_error

pytestmark = pytest.mark.asyncio(loop_scope="module")

AREA = "areas/town"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[GatewayUnderTest]:
    async with gateway_under_test(tmp_path_factory.mktemp("gateway")) as running:
        await running.import_area(AREA)
        yield running


@pytest.fixture
def gateway(shared_gateway: GatewayUnderTest) -> GatewayUnderTest:
    shared_gateway.fakes.reset()
    return shared_gateway


async def error_of(call: Awaitable[object]) -> OfficersError:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    return from_rpc_error(raised.value)


async def fields_at_fault(call: Awaitable[object]) -> set[str]:
    error = await error_of(call)
    assert isinstance(error, InvalidArgument)
    return {violation.field for violation in error.violations}


def make_request(**fields: object) -> pb.CreatePlanRequest:
    return pb.CreatePlanRequest(**{"parent": AREA, "shift": "day", "date": "2015-01-01", **fields})


async def create_held(gateway: GatewayUnderTest) -> str:
    """Create a plan that stays in its second step."""
    gateway.fakes.script.hold("Optimize")
    name = (await gateway.stub.CreatePlan(make_request())).plan.name
    await gateway.fakes.script.wait_until_called("Optimize")
    return name


async def test_create_plan_refuses_an_annealer_that_the_scheduler_does_not_list(gateway: GatewayUnderTest) -> None:
    request = make_request(request_id=uuid.uuid4().hex)
    request.options.solve_options.annealer = "magic"
    error = await error_of(gateway.stub.CreatePlan(request))
    assert isinstance(error, InvalidArgument)
    assert "Expected one of neal, tabu, got 'magic'." in str(error)
    gateway.fakes.script.fail("ListAnnealers", FailedPrecondition("NOT_NOW", "Not now."))
    request.options.solve_options.annealer = "tabu"
    assert isinstance(await error_of(gateway.stub.CreatePlan(request)), FailedPrecondition)
    assert (await gateway.stub.CreatePlan(request)).plan.name


@pytest.mark.parametrize(
    ("annealer", "warm_start", "field", "words"),
    [
        ("leap_hybrid", False, "annealer", "Expected one of neal, tabu, got 'leap_hybrid': Set DWAVE_API_TOKEN."),
        ("tabu", True, "warm_start", "Expected an annealer that can begin from a schedule (neal), got 'tabu'."),
    ],
)
async def test_create_plan_refuses_an_annealer_that_cannot_do_as_asked(
    gateway: GatewayUnderTest, annealer: str, warm_start: bool, field: str, words: str
) -> None:
    request = make_request()
    request.options.solve_options.annealer, request.options.solve_options.warm_start = annealer, warm_start
    error = await error_of(gateway.stub.CreatePlan(request))
    assert isinstance(error, InvalidArgument)
    ((found, description),) = ((violation.field, violation.description) for violation in error.violations)
    assert (found, description) == (f"options.solve_options.{field}", words)
    request.options.solve_options.annealer = "neal"
    assert (await gateway.stub.CreatePlan(request)).plan.name


async def test_import_area(gateway: GatewayUnderTest) -> None:
    record = (await gateway.stub.ImportArea(pb.ImportAreaRequest(name="areas/new", archive=ARCHIVE))).area
    assert (record.name, record.area.name, record.import_report.rows_accepted) == ("areas/new", "Testville", 2)
    assert record.import_report.rejections[0].reason == "missing"
    again = (await gateway.stub.ImportArea(pb.ImportAreaRequest(name="areas/new", archive=ARCHIVE))).area
    assert again == record
    gateway.fakes.area.train_until_date = "2015-12-31"
    replaced = (await gateway.stub.ImportArea(pb.ImportAreaRequest(name="areas/new", archive=ARCHIVE))).area
    assert replaced.area_artifact != record.area_artifact
    assert (await gateway.stub.GetArea(pb.GetAreaRequest(name="areas/new"))).area == replaced


async def test_import_area_refuses(gateway: GatewayUnderTest) -> None:
    call = gateway.stub.ImportArea
    assert await fields_at_fault(call(pb.ImportAreaRequest(name="areas/New", archive=ARCHIVE))) == {"name"}
    assert await fields_at_fault(call(pb.ImportAreaRequest(name="areas/bad"))) == {"archive"}
    assert await fields_at_fault(call(pb.ImportAreaRequest(name="areas/bad", archive=b"tar"))) == {"archive"}
    too_large = pb.ImportAreaRequest(name="areas/bad", archive=bytes(64 * 2**20 + 1))
    assert await fields_at_fault(call(too_large)) == {"archive"}
    gateway.fakes.script.fail("ImportArea", ResourceExhausted("full", 2.5))
    busy = await error_of(call(pb.ImportAreaRequest(name="areas/bad", archive=ARCHIVE)))
    assert isinstance(busy, ResourceExhausted)
    assert busy.retry_delay_seconds == 2.5
    assert isinstance(await error_of(gateway.stub.GetArea(pb.GetAreaRequest(name="areas/bad"))), NotFound)


async def test_get_area(gateway: GatewayUnderTest) -> None:
    record = (await gateway.stub.GetArea(pb.GetAreaRequest(name=AREA))).area
    assert all(sector.geometry_geojson for sector in record.area.sectors)
    error = await error_of(gateway.stub.GetArea(pb.GetAreaRequest(name="areas/nowhere")))
    assert isinstance(error, NotFound)
    assert (error.kind, error.name) == ("area", "areas/nowhere")
    assert await fields_at_fault(gateway.stub.GetArea(pb.GetAreaRequest(name="nowhere"))) == {"name"}


async def test_list_areas(gateway: GatewayUnderTest) -> None:
    for letter in "abc":
        await gateway.import_area(f"areas/page-{letter}")
    names, token = [], ""
    while True:
        page = await gateway.stub.ListAreas(pb.ListAreasRequest(page_size=2, page_token=token))
        assert len(page.areas) <= 2
        assert not any(sector.geometry_geojson for record in page.areas for sector in record.area.sectors)
        names += [record.name for record in page.areas]
        token = page.next_page_token
        if not token:
            break
    assert names == sorted(names)
    assert {"areas/page-a", "areas/page-b", "areas/page-c", AREA} <= set(names)
    call = gateway.stub.ListAreas
    assert await fields_at_fault(call(pb.ListAreasRequest(page_size=1001))) == {"page_size"}
    assert await fields_at_fault(call(pb.ListAreasRequest(page_token="x"))) == {"page_token"}


async def test_create_plan(gateway: GatewayUnderTest) -> None:
    plan = (await gateway.stub.CreatePlan(make_request())).plan
    assert plan.name.startswith(f"{AREA}/plans/20150101-")
    assert plan.state == pb.PLAN_STATE_PENDING
    assert [step.name for step in plan.steps] == [
        "sample_scenarios", "optimize_demand", "solve_schedule", "plan_routes", "simulate",
    ]  # fmt: skip
    assert not plan.HasField("result")
    await gateway.wait_for(plan.name)


async def test_create_plan_is_idempotent(gateway: GatewayUnderTest) -> None:
    request = make_request(request_id=str(uuid.uuid4()))
    plan = (await gateway.stub.CreatePlan(request)).plan
    await gateway.wait_for(plan.name)
    again = (await gateway.stub.CreatePlan(request)).plan
    assert (again.name, again.request_id, again.state) == (
        plan.name, request.request_id, pb.PLAN_STATE_READY_FOR_REVIEW,
    )  # fmt: skip
    in_capitals = make_request(request_id=request.request_id.upper())
    assert (await gateway.stub.CreatePlan(in_capitals)).plan.name == plan.name
    assert gateway.fakes.script.calls["Optimize"] == 1
    other = make_request(request_id=request.request_id, date="2015-01-02")
    error = await error_of(gateway.stub.CreatePlan(other))
    assert (error.code, error.message) == (
        grpc.StatusCode.ALREADY_EXISTS,
        f"The request_id {request.request_id!r} was used for another request.",
    )


async def test_create_plan_refuses(gateway: GatewayUnderTest) -> None:
    call = gateway.stub.CreatePlan
    assert isinstance(await error_of(call(make_request(parent="areas/nowhere"))), NotFound)
    assert await fields_at_fault(call(make_request(parent="town"))) == {"parent"}
    assert await fields_at_fault(call(make_request(request_id="1"))) == {"request_id"}
    options = pb.PlanOptions(period_minutes=-60, test_scenario_count=-1)
    faulty = make_request(shift="dawn", date="1 May", staffing=pb.Staffing(cars=-1), options=options)
    assert await fields_at_fault(call(faulty)) == {
        "shift", "date", "staffing.cars", "options.period_minutes", "options.test_scenario_count",
    }  # fmt: skip


async def test_create_plan_refuses_rules_objective_crews_and_teams(gateway: GatewayUnderTest) -> None:
    call = gateway.stub.CreatePlan
    options = pb.PlanOptions(
        rules=demand.DispatchRules(territory=9, queue=9, patience_minutes=-1),
        objective=demand.Objective(robustness=9, robust_weight=2, urgent_weight=-1),
    )
    assert await fields_at_fault(call(make_request(options=options))) == {
        "options.rules.territory", "options.rules.queue", "options.rules.patience_minutes",
        "options.objective.robustness", "options.objective.robust_weight", "options.objective.urgent_weight",
    }  # fmt: skip
    pause = MinuteSpan(start_minute=230, minutes=30)
    crews = [pb.CrewStart(cars=0), pb.CrewStart(start_minute=5, cars=1), pb.CrewStart(cars=1, minutes=500, team="x")]
    crews.append(pb.CrewStart(cars=1, minutes=240, breaks=[pause]))
    assert await fields_at_fault(call(make_request(staffing=pb.Staffing(crews=crews)))) == {
        "staffing.crews[0].cars", "staffing.crews[1].start_minute", "staffing.crews[2].minutes",
        "staffing.crews[2].team", "staffing.crews[3].breaks[0].start_minute",
    }  # fmt: skip
    gap = pb.Staffing(cars=9, team_cars=[9], crews=[pb.CrewStart(start_minute=60, cars=1)])
    faults = {"staffing.cars", "staffing.team_cars", "staffing.crews"}
    assert await fields_at_fault(call(make_request(staffing=gap))) == faults
    assert await fields_at_fault(call(make_request(staffing=pb.Staffing(team_cars=[4])))) == {"staffing.team_cars"}
    assert not gateway.fakes.script.calls["SampleScenarios"]  # refused at once, not in the middle


async def test_create_plan_refuses_rules_that_the_area_cannot_keep(gateway: GatewayUnderTest) -> None:
    for sector in gateway.fakes.area.sectors:
        del sector.adjacent_sector_ids[:]
    await gateway.import_area("areas/old")
    rules = demand.DispatchRules(territory=demand.TERRITORY_ADJACENT_FIRST)
    request = make_request(parent="areas/old", options=pb.PlanOptions(rules=rules))
    assert await fields_at_fault(gateway.stub.CreatePlan(request)) == {"options.rules.territory"}


async def test_create_plan_keeps_rules_objective_and_crews(gateway: GatewayUnderTest) -> None:
    rules = demand.DispatchRules(queue=demand.QUEUE_URGENT_FIRST, sends_returning=True, preempts=True)
    objective = demand.Objective(robustness=demand.ROBUSTNESS_WORST_SHIFTS, robust_weight=0.25, urgent_weight=2)
    crew = pb.CrewStart(cars=2, breaks=[MinuteSpan(start_minute=120, minutes=30)])
    crews = [crew, pb.CrewStart(start_minute=60, minutes=300, cars=1)]
    options = pb.PlanOptions(rules=rules, objective=objective)
    plan = (await gateway.stub.CreatePlan(make_request(options=options, staffing=pb.Staffing(crews=crews)))).plan
    rules.territory = demand.TERRITORY_WHOLE_AREA
    crew.minutes = 480
    assert (plan.options.rules, plan.options.objective) == (rules, objective)
    assert (plan.staffing.cars, plan.staffing.crews[0]) == (3, crew)
    assert await gateway.wait_for(plan.name)
    listed = (await gateway.stub.ListPlans(pb.ListPlansRequest(parent=AREA, page_size=1))).plans[0]
    assert listed.staffing == plan.staffing


async def test_a_plan_with_teams(gateway: GatewayUnderTest) -> None:
    gateway.fakes.area.CopyFrom(make_area(teams={"west": ["A"], "east": ["B", "C"]}))
    await gateway.import_area("areas/teams")
    request = make_request(parent="areas/teams", staffing=pb.Staffing(team_cars=[1, 3]))
    plan = await gateway.wait_for((await gateway.stub.CreatePlan(request)).plan.name)
    assert list(plan.staffing.team_cars) == [1, 3]
    assert [(part.team, len(part.schedule.assignments)) for part in plan.result.team_schedules] == [
        ("west", 1), ("east", 3),
    ]  # fmt: skip
    request = make_request(parent="areas/teams", staffing=pb.Staffing(team_cars=[4]))
    assert await fields_at_fault(gateway.stub.CreatePlan(request)) == {"staffing.team_cars"}


async def test_a_plan_names_the_one_that_it_starts_from(gateway: GatewayUnderTest) -> None:
    first = await gateway.make_plan("areas/standing", "2015-01-01")
    await gateway.stub.ApprovePlan(pb.ApprovePlanRequest(name=first.name, decided_by="Sgt. Vimes"))
    second = await gateway.make_plan("areas/standing", "2015-01-02")
    assert (first.standing_plan, second.standing_plan) == ("", first.name)


async def test_get_plan(gateway: GatewayUnderTest) -> None:
    name = (await gateway.stub.CreatePlan(make_request())).plan.name
    plan = await gateway.wait_for(name)
    assert plan.result.schedule.assignments
    assert isinstance(await error_of(gateway.stub.GetPlan(pb.GetPlanRequest(name=f"{AREA}/plans/none"))), NotFound)
    elsewhere = name.replace(AREA, "areas/elsewhere")
    assert isinstance(await error_of(gateway.stub.GetPlan(pb.GetPlanRequest(name=elsewhere))), NotFound)
    assert await fields_at_fault(gateway.stub.GetPlan(pb.GetPlanRequest(name=AREA))) == {"name"}


async def test_list_plans(gateway: GatewayUnderTest) -> None:
    await gateway.import_area("areas/list")
    names = []
    for day in (1, 2, 3):
        request = make_request(parent="areas/list", date=f"2015-01-0{day}")
        names.append((await gateway.stub.CreatePlan(request)).plan.name)
        await gateway.wait_for(names[-1])
    first = await gateway.stub.ListPlans(pb.ListPlansRequest(parent="areas/list", page_size=2))
    second_request = pb.ListPlansRequest(parent="areas/list", page_size=2, page_token=first.next_page_token)
    second = await gateway.stub.ListPlans(second_request)
    assert [plan.name for plan in [*first.plans, *second.plans]] == names[::-1]
    assert second.next_page_token == ""
    assert not any(plan.HasField("result") for plan in first.plans)
    call = gateway.stub.ListPlans
    assert isinstance(await error_of(call(pb.ListPlansRequest(parent="areas/nowhere"))), NotFound)
    assert await fields_at_fault(call(pb.ListPlansRequest(parent=AREA, page_size=-1))) == {"page_size"}
    stolen = pb.ListPlansRequest(parent=AREA, page_token=first.next_page_token)
    assert await fields_at_fault(call(stolen)) == {"page_token"}
    forged = make_page_token(f"plans/{AREA.removeprefix('areas/')}", ["0001-01-01T00:00:00+10:00", "x"])  # no UTC
    assert await fields_at_fault(call(pb.ListPlansRequest(parent=AREA, page_token=forged))) == {"page_token"}


async def test_cancel_plan(gateway: GatewayUnderTest) -> None:
    name = await create_held(gateway)
    request = pb.CancelPlanRequest(name=name)
    plan = (await gateway.stub.CancelPlan(request)).plan
    assert plan.state == pb.PLAN_STATE_CANCELLED
    assert (await gateway.stub.CancelPlan(request)).plan == plan
    await gateway.fakes.script.wait_until_cancelled("Optimize")
    assert isinstance(await error_of(gateway.stub.CancelPlan(pb.CancelPlanRequest(name=f"{AREA}/plans/x"))), NotFound)
    gateway.fakes.reset()
    ready = (await gateway.stub.CreatePlan(make_request())).plan.name
    await gateway.wait_for(ready)
    error = await error_of(gateway.stub.CancelPlan(pb.CancelPlanRequest(name=ready)))
    assert isinstance(error, FailedPrecondition)
    assert error.reason == "PLAN_FINISHED"


async def test_watch_plan(gateway: GatewayUnderTest) -> None:
    name = await create_held(gateway)
    call = gateway.stub.WatchPlan(pb.WatchPlanRequest(name=name))
    seen = []
    async for event in call:
        seen.append(event)
        if event.step.name == "optimize_demand":  # live: the plan is still running
            gateway.fakes.script.release("Optimize")
            call.cancel()
            break
    rest = await gateway.watch(name, cursor=seen[-1].cursor)
    assert [event.cursor for event in [*seen, *rest]] == list(range(1, len(seen) + len(rest) + 1))
    assert rest[-1].state == pb.PLAN_STATE_READY_FOR_REVIEW
    missing = gateway.stub.WatchPlan(pb.WatchPlanRequest(name=f"{AREA}/plans/none"))
    assert isinstance(await error_of(anext(aiter(missing))), NotFound)
    negative = gateway.stub.WatchPlan(pb.WatchPlanRequest(name=name, cursor=-1))
    assert await fields_at_fault(anext(aiter(negative))) == {"cursor"}


async def test_approve_plan(gateway: GatewayUnderTest) -> None:
    name = (await gateway.stub.CreatePlan(make_request())).plan.name
    await gateway.wait_for(name)
    request = pb.ApprovePlanRequest(name=name, decided_by="Sgt. Vimes", note="looks right")
    plan = (await gateway.stub.ApprovePlan(request)).plan
    assert plan.state == pb.PLAN_STATE_APPROVED
    assert (plan.decision.decided_by, plan.decision.note) == ("Sgt. Vimes", "looks right")
    assert (await gateway.stub.ApprovePlan(request)).plan == plan
    assert (await gateway.watch(name))[-1].state == pb.PLAN_STATE_APPROVED
    other = pb.ApprovePlanRequest(name=name, decided_by="Capt. Carrot")
    assert isinstance(await error_of(gateway.stub.ApprovePlan(other)), FailedPrecondition)
    reject = pb.RejectPlanRequest(name=name, decided_by="Sgt. Vimes")
    assert isinstance(await error_of(gateway.stub.RejectPlan(reject)), FailedPrecondition)
    nobody = pb.ApprovePlanRequest(name=name, decided_by=" ")
    assert await fields_at_fault(gateway.stub.ApprovePlan(nobody)) == {"decided_by"}
    missing = pb.ApprovePlanRequest(name=f"{AREA}/plans/none", decided_by="Sgt. Vimes")
    assert isinstance(await error_of(gateway.stub.ApprovePlan(missing)), NotFound)


async def test_reject_plan(gateway: GatewayUnderTest) -> None:
    held = await create_held(gateway)
    early = pb.RejectPlanRequest(name=held, decided_by="Sgt. Vimes")
    error = await error_of(gateway.stub.RejectPlan(early))
    assert isinstance(error, FailedPrecondition)
    assert error.reason == "NOT_READY_FOR_REVIEW"
    gateway.fakes.script.release("Optimize")
    await gateway.wait_for(held)
    plan = (await gateway.stub.RejectPlan(early)).plan
    assert plan.state == pb.PLAN_STATE_REJECTED
    assert (await gateway.stub.RejectPlan(early)).plan == plan
    assert await fields_at_fault(gateway.stub.RejectPlan(pb.RejectPlanRequest(name=held))) == {"decided_by"}


async def test_get_deployment(gateway: GatewayUnderTest) -> None:
    parent = "areas/deploy"
    plan = await gateway.make_plan(parent)

    def at(minutes: float) -> pb.GetDeploymentRequest:
        time = Timestamp()
        time.FromDatetime(plan.start_time.ToDatetime(UTC) + timedelta(minutes=minutes))
        return pb.GetDeploymentRequest(area=parent, time=time)

    call = gateway.stub.GetDeployment
    assert isinstance(await error_of(call(at(0))), NotFound)  # not approved yet
    await gateway.stub.ApprovePlan(pb.ApprovePlanRequest(name=plan.name, decided_by="Sgt. Vimes"))
    first = await call(at(59.9))
    assert (first.plan, first.period_start_time) == (plan.name, plan.start_time)
    assert [(car.car_id, car.sector_id, car.next_sector_id) for car in first.cars] == [
        ("C01", "A", "A"), ("C02", "A", "A"), ("C03", "B", "B"), ("C04", "C", "C"),
    ]  # fmt: skip
    assert {car.sector_id for car in first.cars} == set(SECTOR_IDS)
    assert list(first.routes) == list(plan.result.routes)
    last = await call(at(479.9))
    assert last.period_end_time == plan.end_time
    assert [car.next_sector_id for car in last.cars] == [""] * 4
    for outside in (-0.1, 480):
        assert isinstance(await error_of(call(at(outside))), NotFound)
    assert isinstance(await error_of(call(pb.GetDeploymentRequest(area=parent))), NotFound)  # now
    assert isinstance(await error_of(call(pb.GetDeploymentRequest(area="areas/nowhere"))), NotFound)
    assert await fields_at_fault(call(pb.GetDeploymentRequest(area="nowhere"))) == {"area"}
    far = pb.GetDeploymentRequest(area=parent, time=Timestamp(seconds=10**15))
    assert await fields_at_fault(call(far)) == {"time"}


async def test_get_deployment_of_crews(gateway: GatewayUnderTest) -> None:
    await gateway.import_area("areas/crews")
    pause = MinuteSpan(start_minute=30, minutes=15)
    crews = [pb.CrewStart(cars=2, breaks=[pause]), pb.CrewStart(start_minute=15, minutes=90, cars=1)]
    request = make_request(parent="areas/crews", staffing=pb.Staffing(crews=crews))
    plan = await gateway.wait_for((await gateway.stub.CreatePlan(request)).plan.name)
    await gateway.stub.ApprovePlan(pb.ApprovePlanRequest(name=plan.name, decided_by="Sgt. Vimes"))

    async def cars_at(minute: float) -> list[tuple[str, bool, bool]]:
        time = Timestamp()
        time.FromDatetime(plan.start_time.ToDatetime(UTC) + timedelta(minutes=minute))
        found = await gateway.stub.GetDeployment(pb.GetDeploymentRequest(area="areas/crews", time=time))
        return [(car.car_id, car.on_break, bool(car.next_sector_id)) for car in found.cars]

    assert await cars_at(14.9) == [("C01", False, True), ("C02", False, True)]
    assert await cars_at(30) == [("C01", True, True), ("C02", True, True), ("C03", False, True)]
    assert await cars_at(104.9) == [("C01", False, True), ("C02", False, True), ("C03", False, False)]
    assert await cars_at(105) == [("C01", False, True), ("C02", False, True)]


async def test_redeploy(gateway: GatewayUnderTest) -> None:
    parent = "areas/redeploy"
    rules = demand.DispatchRules(territory=demand.TERRITORY_ADJACENT_ONLY, queue=demand.QUEUE_URGENT_FIRST)
    await gateway.import_area(parent)
    created = await gateway.stub.CreatePlan(make_request(parent=parent, options=pb.PlanOptions(rules=rules)))
    plan = await gateway.wait_for(created.plan.name)
    time = Timestamp()
    time.FromDatetime(plan.start_time.ToDatetime(UTC) + timedelta(minutes=90.5))
    cars = [
        demand.CarNow(car_id="C01", sector_id="A", free_in_minutes=7.5),
        demand.CarNow(car_id="C02", sector_id="B", stays=True),
    ]
    request = pb.RedeployRequest(area=parent, time=time, cars=cars, most_moves=2)
    call = gateway.stub.Redeploy
    error = await error_of(call(request))  # not approved yet
    assert isinstance(error, NotFound)
    assert error.reason == "DEPLOYMENT_NOT_FOUND"
    await gateway.stub.ApprovePlan(pb.ApprovePlanRequest(name=plan.name, decided_by="Sgt. Vimes"))
    before = await gateway.stub.GetPlan(pb.GetPlanRequest(name=plan.name))
    found = await call(request)
    assert (found.plan, found.coverage_before, found.coverage_after) == (plan.name, 0.5, 0.6)
    assert [(move.car_id, move.to_sector_id, move.gain) for move in found.moves] == [("C01", "C", 0.1)]
    (asked,) = gateway.fakes.script.requests["Redeploy"]
    assert asked.expected_calls_artifact == plan.result.test_calls.artifact
    assert (asked.area_artifact, asked.rules, asked.now_minute) == (plan.area_artifact, rules, 90.5)
    assert (list(asked.cars), asked.most_moves, asked.horizon_minutes) == (cars, 2, 45.0)
    assert await gateway.stub.GetPlan(pb.GetPlanRequest(name=plan.name)) == before  # a suggestion changes nothing


async def test_redeploy_refuses(gateway: GatewayUnderTest) -> None:
    parent, call = "areas/redeploy-errors", gateway.stub.Redeploy
    plan = await gateway.make_plan(parent)
    await gateway.stub.ApprovePlan(pb.ApprovePlanRequest(name=plan.name, decided_by="Sgt. Vimes"))
    request = pb.RedeployRequest(area=parent, time=plan.start_time, cars=[demand.CarNow(car_id="C1", sector_id="A")])
    script = gateway.fakes.script
    script.fail("Redeploy", InvalidArgument("cars[0].sector_id", "Expected a sector of the area."))
    assert await fields_at_fault(call(request)) == {"cars[0].sector_id"}
    script.fail("Redeploy", FailedPrecondition("NEIGHBOURS_UNKNOWN", "Import it anew."))
    error = await error_of(call(request))
    assert (error.code, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "NEIGHBOURS_UNKNOWN")
    script.fail("Redeploy", ResourceExhausted("full", 0.5))
    assert isinstance(await error_of(call(request)), ResourceExhausted)
    assert (await call(request)).moves
    assert isinstance(await error_of(call(pb.RedeployRequest(area=parent, cars=request.cars))), NotFound)  # now
    assert isinstance(await error_of(call(pb.RedeployRequest(area="areas/nowhere"))), NotFound)
    assert await fields_at_fault(call(pb.RedeployRequest(area="nowhere"))) == {"area"}
    far = pb.RedeployRequest(area=parent, time=Timestamp(seconds=10**15))
    assert await fields_at_fault(call(far)) == {"time"}


async def test_plan_staffing(gateway: GatewayUnderTest) -> None:
    call, script = gateway.stub.PlanStaffing, gateway.fakes.script
    answer = await call(pb.PlanStaffingRequest(area=AREA, date="2015-01-05"))
    assert answer.model == "models/testville/versions/1"
    training, validation = script.requests["SampleScenarios"]
    assert training.start_time.ToJsonString() == "2015-01-05T05:00:00Z"  # midnight in New York
    assert training.as_of_time == training.start_time
    assert (training.minutes, training.scenario_count, validation.scenario_count) == (7 * 1440, 20, 40)
    assert training.seed != validation.seed
    assert validation.model == answer.model
    (asked,) = script.requests["PlanStaffing"]
    assert asked.training_calls_artifact != asked.validation_calls_artifact
    assert [(shift.start, shift.minutes, shift.cars) for shift in asked.shifts] == [
        ("08:00", 480, 4), ("16:30", 450, 4), ("20:00", 720, 4),
    ]  # fmt: skip
    assert (asked.span_start, asked.time_limit_seconds, asked.history_until_date) == ("00:00", 60, "2015-01-05")
    assert list(answer.staffing.planned.shifts) == list(asked.shifts)


async def test_plan_staffing_passes_on_what_is_given(gateway: GatewayUnderTest) -> None:
    request = pb.PlanStaffingRequest(
        area=AREA,
        date="2015-01-05",
        days=2,
        shifts=[demand.CrewShift(start="06:00", minutes=480, cars=3)],
        fixed_shifts=[demand.CrewShift(start="12:00", minutes=240, cars=1)],
        crew_rules=demand.CrewRules(lengths_minutes=[480, 600], most_kinds=2),
        rules=demand.DispatchRules(queue=demand.QUEUE_URGENT_FIRST),
        objective=demand.Objective(urgent_weight=2),
        vary_crews=3,
        most_failure_rate=0.1,
        training_scenario_count=5,
        validation_scenario_count=6,
        time_limit_seconds=20,
        model="models/m/versions/3",
        seed=4,
        as_of_time=Timestamp(seconds=1_420_000_000),
    )
    await gateway.stub.PlanStaffing(request)
    sampled = gateway.fakes.script.requests["SampleScenarios"]
    assert [(each.minutes, each.scenario_count, each.model) for each in sampled] == [
        (2880, 5, request.model), (2880, 6, request.model),
    ]  # fmt: skip
    assert {each.as_of_time.seconds for each in sampled} == {1_420_000_000}
    (asked,) = gateway.fakes.script.requests["PlanStaffing"]
    for field in ("shifts", "fixed_shifts", "crew_rules", "rules", "objective", "vary_crews", "most_failure_rate"):
        assert getattr(asked, field) == getattr(request, field)
    assert (asked.time_limit_seconds, asked.history_until_date) == (20, "2014-12-30")


async def test_plan_staffing_refuses(gateway: GatewayUnderTest) -> None:
    call, script = gateway.stub.PlanStaffing, gateway.fakes.script
    faulty = pb.PlanStaffingRequest(
        area=AREA, date="May", days=8, training_scenario_count=-1, validation_scenario_count=10_001, seed=-1,
        time_limit_seconds=float("nan"),
    )  # fmt: skip
    assert await fields_at_fault(call(faulty)) == {
        "date", "days", "training_scenario_count", "validation_scenario_count", "seed", "time_limit_seconds",
    }  # fmt: skip
    request = pb.PlanStaffingRequest(area=AREA, date="2015-01-05")
    for seconds in (1_500_000_000, 10**15):
        late = pb.PlanStaffingRequest(area=AREA, date="2015-01-05", as_of_time=Timestamp(seconds=seconds))
        assert await fields_at_fault(call(late)) == {"as_of_time"}
    assert await fields_at_fault(call(pb.PlanStaffingRequest(area="town"))) == {"area"}
    assert isinstance(await error_of(call(pb.PlanStaffingRequest(area="areas/nowhere"))), NotFound)
    assert not script.calls["SampleScenarios"]
    script.fail("SampleScenarios", FailedPrecondition("NO_TRAINED_MODEL", "Train a model first."))
    assert (await error_of(call(request))).reason == "NO_TRAINED_MODEL"
    script.fail("PlanStaffing", InvalidArgument("crew_rules.most_kinds", "Expected at least 0."))
    assert await fields_at_fault(call(request)) == {"crew_rules.most_kinds"}
    script.fail("PlanStaffing", ResourceExhausted("full", 0.5))
    assert isinstance(await error_of(call(request)), ResourceExhausted)


async def test_the_deployment_of_now_is_the_default(gateway: GatewayUnderTest) -> None:
    today = datetime.now(UTC) - timedelta(hours=5)  # New York, give or take the hour of summer time
    gateway.fakes.area.shifts.add(name="round", start="00:00", hours=24, cars=4)
    await gateway.import_area("areas/today")
    for day in (today - timedelta(days=1), today, today + timedelta(days=1)):
        request = make_request(parent="areas/today", shift="round", date=f"{day:%Y-%m-%d}")
        name = (await gateway.stub.CreatePlan(request)).plan.name
        await gateway.wait_for(name)
        await gateway.stub.ApprovePlan(pb.ApprovePlanRequest(name=name, decided_by="Sgt. Vimes"))
    found = await gateway.stub.GetDeployment(pb.GetDeploymentRequest(area="areas/today"))
    now = datetime.now(UTC)
    assert found.period_start_time.ToDatetime(UTC) <= now < found.period_end_time.ToDatetime(UTC) + timedelta(hours=1)


async def test_a_deadline_that_is_past(gateway: GatewayUnderTest) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await gateway.stub.GetArea(pb.GetAreaRequest(name=AREA), timeout=-1)
    assert raised.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
