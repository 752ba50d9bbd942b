"""Every RPC of the gateway and every error, over HTTP with JSON."""

import base64
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from gateway.testing.harness import ARCHIVE, GatewayUnderTest, gateway_under_test
from serving.errors import (
    DeadlineExceeded,
    FailedPrecondition,
    Internal,
    InvalidArgument,
    ResourceExhausted,
    Unavailable,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOWN = "/v1/areas/town"
JSON = {"Content-Type": "application/json"}
ARCHIVE_JSON = {"archive": base64.b64encode(ARCHIVE).decode()}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[GatewayUnderTest]:
    async with gateway_under_test(tmp_path_factory.mktemp("gateway")) as running:
        await running.import_area("areas/town")
        yield running


@pytest.fixture
def gateway(shared_gateway: GatewayUnderTest) -> GatewayUnderTest:
    shared_gateway.fakes.reset()
    return shared_gateway


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(shared_gateway: GatewayUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=shared_gateway.http_url, trust_env=False, timeout=30) as opened:
        yield opened


async def create(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    response = await client.post(f"{TOWN}/plans", json={"shift": "day", "date": "2015-01-01", **fields})
    assert response.status_code == 200, response.text
    plan: dict[str, Any] = response.json()["plan"]
    return plan


async def make(client: httpx.AsyncClient) -> str:
    plan = await create(client)
    await read_events(client, plan["name"])
    name: str = plan["name"]
    return name


async def read_events(client: httpx.AsyncClient, name: str, **headers: str) -> list[dict[str, str]]:
    """Return the fields of the events of a plan up to its end."""
    async with client.stream("GET", f"/v1/{name}:watch", headers=headers) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        text = "".join([chunk async for chunk in response.aiter_text()])
    return [dict(line.split(": ", 1) for line in event.splitlines()) for event in text.strip().split("\n\n") if event]


def error_of(response: httpx.Response) -> tuple[int, str]:
    """Return the HTTP status and the reason in the google.rpc.Status of an error."""
    (info,) = (entry for entry in response.json()["details"] if entry["@type"].endswith("/google.rpc.ErrorInfo"))
    return response.status_code, info["reason"]


def fields_at_fault(response: httpx.Response) -> set[str]:
    assert (response.status_code, response.json()["code"]) == (400, 3)
    (bad,) = (entry for entry in response.json()["details"] if entry["@type"].endswith("/google.rpc.BadRequest"))
    assert all(violation["description"] for violation in bad["fieldViolations"])
    return {violation["field"] for violation in bad["fieldViolations"]}


async def test_import_area(gateway: GatewayUnderTest, client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/areas/new:import", json=ARCHIVE_JSON)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    record = response.json()["area"]
    assert (record["name"], record["area"]["timeZone"]) == ("areas/new", "America/New_York")
    assert record["importReport"]["rejections"] == [
        {"field": "time", "reason": "missing", "rowCount": "1", "firstRow": "2"}
    ]
    assert fields_at_fault(await client.post("/v1/areas/New:import", json=ARCHIVE_JSON)) == {"name"}
    assert fields_at_fault(await client.post("/v1/areas/bad:import", json={})) == {"archive"}
    assert fields_at_fault(await client.post("/v1/areas/bad:import", json={"archive": "dGFy"})) == {"archive"}


async def test_get_and_list_areas(gateway: GatewayUnderTest, client: httpx.AsyncClient) -> None:
    area = (await client.get(TOWN)).json()["area"]
    assert area["area"]["sectors"][0]["geometryGeojson"]
    assert error_of(await client.get("/v1/areas/nowhere")) == (404, "AREA_NOT_FOUND")
    page = (await client.get("/v1/areas", params={"pageSize": 1})).json()
    assert len(page["areas"]) == 1
    following = await client.get("/v1/areas", params={"page_size": 1, "page_token": page["nextPageToken"]})
    assert following.json()["areas"] != page["areas"]
    assert fields_at_fault(await client.get("/v1/areas", params={"page_size": "many"})) == {"page_size"}
    assert fields_at_fault(await client.get("/v1/areas", params={"page_size": -1})) == {"page_size"}
    assert fields_at_fault(await client.get("/v1/areas", params={"colour": "red"})) == {"colour"}


async def test_create_and_get_plan(gateway: GatewayUnderTest, client: httpx.AsyncClient) -> None:
    plan = await create(client, options={"periodMinutes": 30, "presenceRule": "PRESENCE_RULE_NONE"})
    assert (plan["state"], plan["options"]["periodMinutes"]) == ("PLAN_STATE_PENDING", 30)
    assert (plan["startTime"], plan["progress"]["fraction"]) == ("2015-01-01T13:00:00Z", 0)
    await read_events(client, plan["name"])
    done = (await client.get(f"/v1/{plan['name']}")).json()["plan"]
    assert done["state"] == "PLAN_STATE_READY_FOR_REVIEW"
    assert len(done["result"]["schedule"]["assignments"][0]["sectors"]) == 16
    assert error_of(await client.get(f"{TOWN}/plans/none")) == (404, "PLAN_NOT_FOUND")


async def test_create_plan_refuses(gateway: GatewayUnderTest, client: httpx.AsyncClient) -> None:
    path = f"{TOWN}/plans"
    faulty = {"shift": "dawn", "date": "1 May", "staffing": {"cars": -1}, "options": {"periodMinutes": -5}}
    faults = fields_at_fault(await client.post(path, json=faulty))
    assert faults == {"shift", "date", "staffing.cars", "options.period_minutes"}
    assert fields_at_fault(await client.post(path, json={"shift": "day", "when": "now"})) == {"when"}
    assert fields_at_fault(await client.post(path, content=b"{", headers=JSON)) == {"body"}
    assert fields_at_fault(await client.post(path, content=b"\xff", headers=JSON)) == {"body"}
    assert fields_at_fault(await client.post(path, json={"parent": "areas/other"})) == {"parent"}
    assert fields_at_fault(await client.post(path, json={}, params={"shift": "day"})) == {"shift"}
    request = {"shift": "day", "date": "2015-01-01", "requestId": str(uuid.uuid4())}
    first = await client.post(path, json=request)
    assert (await client.post(path, json=request)).json()["plan"]["name"] == first.json()["plan"]["name"]
    other = await client.post(path, json={**request, "date": "2015-01-02"})
    assert error_of(other) == (409, "REQUEST_EXISTS")
    await read_events(client, first.json()["plan"]["name"])


async def test_rules_objective_and_crews(gateway: GatewayUnderTest, client: httpx.AsyncClient) -> None:
    crew = {"startMinute": 60, "minutes": 240, "cars": 2, "breaks": [{"startMinute": 120, "minutes": 30}]}
    fields = {
        "staffing": {"crews": [{"cars": 2}, crew]},
        "options": {
            "rules": {"queue": "QUEUE_URGENT_FIRST", "patienceMinutes": 45},
            "objective": {"robustness": "ROBUSTNESS_WORST_SECTOR"},
        },
    }
    plan = await create(client, **fields)
    assert plan["staffing"]["cars"] == 4
    assert plan["staffing"]["crews"][1] == {**crew, "team": ""}
    assert plan["options"]["rules"]["patienceMinutes"] == 45
    assert plan["options"]["rules"]["territory"] == "TERRITORY_WHOLE_AREA"
    assert plan["options"]["objective"]["urgentWeight"] == 1
    await read_events(client, plan["name"])
    fields["staffing"]["crews"][1]["startMinute"] = 50
    fields["options"]["objective"]["robustWeight"] = 2
    faults = fields_at_fault(await client.post(f"{TOWN}/plans", json={"shift": "day", "date": "2015-01-01", **fields}))
    assert faults == {"staffing.crews[1].start_minute", "options.objective.robust_weight"}
    fields["options"]["rules"]["queue"] = "QUEUE_RANDOM"
    assert fields_at_fault(await client.post(f"{TOWN}/plans", json=fields)) == {"options.rules.queue"}


async def test_list_plans(gateway: GatewayUnderTest, client: httpx.AsyncClient) -> None:
    name = await make(client)
    page = (await client.get(f"{TOWN}/plans", params={"pageSize": 1})).json()
    assert [plan["name"] for plan in page["plans"]] == [name]
    assert "result" not in page["plans"][0]
    assert fields_at_fault(await client.get(f"{TOWN}/plans", params={"pageToken": "x"})) == {"page_token"}


async def test_cancel_plan(gateway: GatewayUnderTest, client: httpx.AsyncClient) -> None:
    gateway.fakes.script.hold("Optimize")
    name = (await create(client))["name"]
    await gateway.fakes.script.wait_until_called("Optimize")
    response = await client.post(f"/v1/{name}:cancel")
    assert response.json()["plan"]["state"] == "PLAN_STATE_CANCELLED"
    await gateway.fakes.script.wait_until_cancelled("Optimize")
    gateway.fakes.reset()
    assert error_of(await client.post(f"/v1/{await make(client)}:cancel")) == (400, "PLAN_FINISHED")
    assert error_of(await client.post(f"{TOWN}/plans/none:cancel")) == (404, "PLAN_NOT_FOUND")


async def test_watch_plan_as_server_sent_events(gateway: GatewayUnderTest, client: httpx.AsyncClient) -> None:
    name = await make(client)
    events = await read_events(client, name)
    assert [event["id"] for event in events] == [str(number) for number in range(1, len(events) + 1)]
    assert json.loads(events[-1]["data"])["state"] == "PLAN_STATE_READY_FOR_REVIEW"
    assert await read_events(client, name, **{"Last-Event-ID": "5"}) == events[5:]
    resumed = await client.get(f"/v1/{name}:watch", params={"cursor": len(events)})
    assert (resumed.status_code, resumed.text) == (200, "")
    assert error_of(await client.get(f"{TOWN}/plans/none:watch")) == (404, "PLAN_NOT_FOUND")
    assert fields_at_fault(await client.get(f"/v1/{name}:watch", params={"cursor": -1})) == {"cursor"}
    wrong = await client.get(f"/v1/{name}:watch", headers={"Last-Event-ID": "last"})
    assert fields_at_fault(wrong) == {"Last-Event-ID"}


async def test_watch_plan_live(gateway: GatewayUnderTest, client: httpx.AsyncClient) -> None:
    gateway.fakes.script.hold("Optimize")
    name = (await create(client))["name"]
    async with client.stream("GET", f"/v1/{name}:watch") as response:
        lines = response.aiter_lines()
        async for line in lines:
            if line.startswith("data:") and "choosing cars" in line:
                break
        gateway.fakes.script.release("Optimize")
        rest = [line async for line in lines]
    assert "PLAN_STATE_READY_FOR_REVIEW" in rest[-2]


async def test_decisions_and_deployment(gateway: GatewayUnderTest, client: httpx.AsyncClient) -> None:
    await client.post("/v1/areas/deploy:import", json=ARCHIVE_JSON)
    created = await client.post("/v1/areas/deploy/plans", json={"shift": "day", "date": "2015-01-01"})
    name = created.json()["plan"]["name"]
    await read_events(client, name)
    when = {"time": "2015-01-01T08:30:00-05:00"}
    path = "/v1/areas/deploy/deployment"
    assert error_of(await client.get(path, params=when)) == (404, "DEPLOYMENT_NOT_FOUND")
    assert fields_at_fault(await client.post(f"/v1/{name}:approve", json={})) == {"decided_by"}
    approved = await client.post(f"/v1/{name}:approve", json={"decidedBy": "Sgt. Vimes"})
    assert approved.json()["plan"]["decision"]["decidedBy"] == "Sgt. Vimes"
    rejected = await client.post(f"/v1/{name}:reject", json={"decidedBy": "Sgt. Vimes"})
    assert error_of(rejected) == (400, "NOT_READY_FOR_REVIEW")
    deployment = (await client.get(path, params=when)).json()
    assert (deployment["plan"], deployment["periodStartTime"]) == (name, "2015-01-01T13:00:00Z")
    assert deployment["cars"][0] == {"carId": "C01", "sectorId": "A", "nextSectorId": "A", "onBreak": False}
    assert fields_at_fault(await client.get(path, params={"time": "noon"})) == {"time"}


async def test_redeploy(gateway: GatewayUnderTest, client: httpx.AsyncClient) -> None:
    await client.post("/v1/areas/redeploy:import", json=ARCHIVE_JSON)
    created = await client.post("/v1/areas/redeploy/plans", json={"shift": "day", "date": "2015-01-01"})
    name = created.json()["plan"]["name"]
    await read_events(client, name)
    path = "/v1/areas/redeploy/deployment:redeploy"
    request = {"time": "2015-01-01T08:30:00-05:00", "cars": [{"carId": "C01", "sectorId": "A"}]}
    assert error_of(await client.post(path, json=request)) == (404, "DEPLOYMENT_NOT_FOUND")
    await client.post(f"/v1/{name}:approve", json={"decidedBy": "Sgt. Vimes"})
    answer = (await client.post(path, json=request)).json()
    assert (answer["plan"], answer["coverageAfter"]) == (name, 0.6)
    assert answer["moves"] == [{"carId": "C01", "fromSectorId": "A", "toSectorId": "C", "minutes": 5.0, "gain": 0.1}]
    gateway.fakes.script.fail("Redeploy", InvalidArgument("cars[0].sector_id", "Expected a sector of the area."))
    assert fields_at_fault(await client.post(path, json=request)) == {"cars[0].sector_id"}
    assert fields_at_fault(await client.post(path, json={"cars": [{"car": "C01"}]})) == {"cars.car"}
    assert fields_at_fault(await client.post(path, json={"time": "noon"})) == {"time"}


async def test_plan_staffing(gateway: GatewayUnderTest, client: httpx.AsyncClient) -> None:
    path = f"{TOWN}:planStaffing"
    answer = (await client.post(path, json={"date": "2015-01-05"})).json()
    assert answer["model"] == "models/testville/versions/1"
    assert [shift["start"] for shift in answer["staffing"]["present"]["shifts"]] == ["08:00", "16:30", "20:00"]
    assert fields_at_fault(await client.post(path, json={"days": 9})) == {"date", "days"}
    assert error_of(await client.post("/v1/areas/nowhere:planStaffing", json={})) == (404, "AREA_NOT_FOUND")


async def test_reject_plan(gateway: GatewayUnderTest, client: httpx.AsyncClient) -> None:
    name = await make(client)
    rejected = await client.post(f"/v1/{name}:reject", json={"decidedBy": "Sgt. Vimes", "note": "too few cars"})
    assert rejected.json()["plan"]["state"] == "PLAN_STATE_REJECTED"


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (FailedPrecondition("NOT_YET", "Not yet."), 400, "NOT_YET"),
        (ResourceExhausted("full", 2.0), 429, "RESOURCE_EXHAUSTED"),
        (DeadlineExceeded("too slow"), 504, "DEADLINE_EXCEEDED"),
        (Internal("broken"), 500, "INTERNAL"),
    ],
)
async def test_errors_have_their_http_status(
    gateway: GatewayUnderTest, client: httpx.AsyncClient, error: FailedPrecondition, status: int, reason: str
) -> None:
    gateway.fakes.script.fail("ImportArea", error)
    response = await client.post("/v1/areas/new:import", json=ARCHIVE_JSON)
    assert error_of(response) == (status, reason)
    assert response.json()["message"] == error.message


async def test_unavailable_asks_to_come_again(gateway: GatewayUnderTest, client: httpx.AsyncClient) -> None:
    gateway.fakes.script.fail("ImportArea", *[Unavailable("starting", 3.0)] * 4)  # the channel tries four times
    response = await client.post("/v1/areas/new:import", json=ARCHIVE_JSON)
    assert error_of(response) == (503, "UNAVAILABLE")
    assert {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3s"} in response.json()["details"]


async def test_paths_that_are_not_served(gateway: GatewayUnderTest, client: httpx.AsyncClient) -> None:
    missing = await client.get("/v2/areas")
    assert (missing.status_code, missing.json()["code"]) == (404, 5)
    wrong_verb = await client.delete(TOWN)
    assert (wrong_verb.status_code, wrong_verb.json()["code"]) == (405, 12)


async def test_health_and_openapi(gateway: GatewayUnderTest, client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "SERVING"}
    document = (await client.get("/openapi.json")).json()
    operations = {operation["operationId"] for path in document["paths"].values() for operation in path.values()}
    assert operations == {
        "ImportArea", "GetArea", "ListAreas", "CreatePlan", "GetPlan", "ListPlans", "CancelPlan", "WatchPlan",
        "ApprovePlan", "RejectPlan", "GetDeployment", "Redeploy", "PlanStaffing",
    }  # fmt: skip
    redeploy = document["paths"]["/v1/areas/{area}/deployment:redeploy"]["post"]
    assert "people decide" in redeploy["description"]
    schemas = document["components"]["schemas"]
    assert {"crews", "teamCars"} <= set(schemas["officers.gateway.v1.Staffing"]["properties"])
    assert {"rules", "objective"} <= set(schemas["officers.gateway.v1.PlanOptions"]["properties"])
    assert "ROBUSTNESS_WORST_SHIFTS" in schemas["officers.demand.v1.Robustness"]["enum"]
