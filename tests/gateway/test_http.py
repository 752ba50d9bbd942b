import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.__main__ import SERVICE
from gateway.http.app import make_app
from gateway.http.browsers import HostNames
from gateway.http.openapi import describe_service
from gateway.http.rules import read_rule, read_rules
from gateway.http.server import serve_http
from gateway.http.streams import open_stream
from gateway.http.transcode import to_json, to_request
from gateway.servicer import GatewayServicer
from gateway.settings import GatewaySettings
from officers.gateway.v1 import gateway_pb2 as pb
from officers.gateway.v1.gateway_pb2_grpc import GatewayServiceServicer
from officers.predictor.v1.predictor_pb2 import DESCRIPTOR as PREDICTOR
from serving.errors import FailedPrecondition, InvalidArgument, Unavailable
from serving.server import start_server

ANY_NAME = HostNames(frozenset(), is_loopback=False)
RULES = {rule.method.name: rule for rule in read_rules(SERVICE)}


class BrokenServicer(GatewayServiceServicer):
    """Fails in ways that it should not."""

    async def GetArea(self, request: pb.GetAreaRequest, context: object) -> pb.GetAreaResponse:
        raise RuntimeError("a secret")

    async def WatchPlan(self, request: pb.WatchPlanRequest, context: object) -> AsyncIterator[pb.WatchPlanResponse]:
        yield pb.WatchPlanResponse(cursor=1)
        if request.cursor:
            raise FailedPrecondition("MOVED", "The plan has moved.")
        raise RuntimeError("a secret")


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(make_app(SERVICE, BrokenServicer(), ANY_NAME))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened


async def test_unexpected_errors_tell_nothing_but_the_request_id(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/areas/town", headers={"x-request-id": "r-17"})
    assert response.status_code == 500
    assert response.json()["message"] == "internal error (request id r-17)"
    assert response.headers["x-request-id"] == "r-17"


async def test_errors_within_a_stream_are_its_last_event(client: httpx.AsyncClient) -> None:
    path = "/v1/areas/town/plans/p:watch"
    first, error = (await client.get(path, params={"cursor": 1})).text.strip().split("\n\n")
    assert first.startswith("id: 1\ndata: {")
    name, data = error.splitlines()
    assert name == "event: error"
    assert json.loads(data.removeprefix("data: "))["message"] == "The plan has moved."
    unexpected = (await client.get(path)).text
    assert "internal error" in unexpected
    assert "secret" not in unexpected


async def test_silent_streams_are_kept_open() -> None:
    more = asyncio.Event()

    async def two_events() -> AsyncIterator[pb.WatchPlanResponse]:
        yield pb.WatchPlanResponse(cursor=1)
        await more.wait()
        yield pb.WatchPlanResponse(cursor=2)

    written = []
    async for event in await open_stream(two_events(), silence_seconds=0.001):
        written.append(event)
        if event == b": still here\n\n":
            more.set()
    assert written[0].startswith(b"id: 1")
    assert written[1] == b": still here\n\n"
    assert written[-1].startswith(b"id: 2")


def test_rules_of_all_methods() -> None:
    found = {name: (rule.verb, rule.path) for name, rule in RULES.items()}
    plan = "/v1/areas/{area}/plans/{plan}"
    assert found == {
        "ImportArea": ("POST", "/v1/areas/{area}:import"),
        "GetArea": ("GET", "/v1/areas/{area}"),
        "ListAreas": ("GET", "/v1/areas"),
        "CreatePlan": ("POST", "/v1/areas/{area}/plans"),
        "GetPlan": ("GET", plan),
        "ListPlans": ("GET", "/v1/areas/{area}/plans"),
        "CancelPlan": ("POST", f"{plan}:cancel"),
        "WatchPlan": ("GET", f"{plan}:watch"),
        "ApprovePlan": ("POST", f"{plan}:approve"),
        "RejectPlan": ("POST", f"{plan}:reject"),
        "GetDeployment": ("GET", "/v1/areas/{area}/deployment"),
        "Redeploy": ("POST", "/v1/areas/{area}/deployment:redeploy"),
        "PlanStaffing": ("POST", "/v1/areas/{area}:planStaffing"),
    }
    assert RULES["GetDeployment"].bind({"area": "town"}) == {"area": "areas/town"}


def test_a_method_without_a_rule_is_refused() -> None:
    with pytest.raises(ValueError, match=r"PredictorService\.ImportArea"):
        read_rule(PREDICTOR.services_by_name["PredictorService"].methods_by_name["ImportArea"])


@given(
    seconds=st.integers(-62_135_596_800, 253_402_300_799),
    cars=st.integers(-(2**31), 2**31 - 1),
    seed=st.integers(-(2**63), 2**63 - 1),
    limit=st.floats(),
    shift=st.text(),
)
def test_json_of_a_request_comes_back(seconds: int, cars: int, seed: int, limit: float, shift: str) -> None:
    request = pb.CreatePlanRequest(shift=shift, staffing=pb.Staffing(cars=cars))
    request.options.seed, request.options.demand_time_limit_seconds = seed, limit
    request.as_of_time.seconds = seconds
    body = to_json(request).encode()
    read = to_request(RULES["CreatePlan"], {"area": "town"}, [], body)
    request.parent = "areas/town"
    assert str(read) == str(request)


def test_query_parameters() -> None:
    rule = RULES["GetDeployment"]
    read = to_request(rule, {"area": "town"}, [("time", "2015-01-01T00:00:00Z")], b"ignored")
    assert read == pb.GetDeploymentRequest(area="areas/town", time={"seconds": 1_420_070_400})


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ([("time.seconds", "1")], "time.seconds"),
        ([("area.name", "1")], "area.name"),
        ([("time", "2015-01-01T00:00:00Z"), ("time", "2015-01-01T00:00:00Z")], "time"),
        ([("area", "areas/other")], "area"),
        ([("", "x")], ""),
    ],
)
def test_wrong_query_parameters(query: list[tuple[str, str]], field: str) -> None:
    with pytest.raises(InvalidArgument) as raised:
        to_request(RULES["GetDeployment"], {"area": "town"}, query, b"")
    assert [violation.field for violation in raised.value.violations] == [field]


def test_the_openapi_document_is_complete_and_documented() -> None:
    document = describe_service(SERVICE, list(RULES.values()), GatewayServicer.__new__(GatewayServicer))
    schemas = document["components"]["schemas"]
    references = set(_references(document))
    assert references == {f"#/components/schemas/{name}" for name in schemas}
    watch = document["paths"]["/v1/areas/{area}/plans/{plan}:watch"]["get"]
    assert list(watch["responses"]["200"]["content"]) == ["text/event-stream"]
    assert [parameter["name"] for parameter in watch["parameters"]] == ["area", "plan", "cursor", "Last-Event-ID"]
    assert watch["summary"].startswith("Streams the events of a plan")
    assert schemas["officers.gateway.v1.PlanState"]["enum"][2] == "PLAN_STATE_RUNNING"
    plan = schemas["officers.gateway.v1.Plan"]["properties"]
    assert plan["startTime"] == {"type": "string", "format": "date-time"}
    assert plan["steps"]["items"] == {"$ref": "#/components/schemas/officers.gateway.v1.PlanStep"}


def _references(node: object) -> list[str]:
    if isinstance(node, list):
        return [found for entry in node for found in _references(entry)]
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [found for entry in node.values() for found in _references(entry)]
    return []


async def test_a_port_in_use_is_said_so() -> None:
    running = await start_server(GatewaySettings(port=0), lambda server: [])
    app = make_app(SERVICE, BrokenServicer(), ANY_NAME)
    with pytest.raises(Unavailable, match=f"Cannot listen on 127.0.0.1:{running.port}"):
        async with serve_http(app, GatewaySettings(), running.port):
            pass
    await running.drain(0)
