"""What web pages from elsewhere can have a browser send, and what they get for it."""

import httpx
import pytest

from gateway.__main__ import SERVICE
from gateway.http.app import make_app
from gateway.http.browsers import HostNames
from officers.gateway.v1 import gateway_pb2 as pb
from officers.gateway.v1.gateway_pb2_grpc import GatewayServiceServicer

PLAN = "/v1/areas/town/plans/p"
BODY = b'{"decidedBy": "Sgt. Vimes"}'
JSON = "application/json"


class Approving(GatewayServiceServicer):
    """Approves and cancels whatever it is asked to."""

    async def ApprovePlan(self, request: pb.ApprovePlanRequest, context: object) -> pb.ApprovePlanResponse:
        return pb.ApprovePlanResponse(plan=pb.Plan(name=request.name))

    async def CancelPlan(self, request: pb.CancelPlanRequest, context: object) -> pb.CancelPlanResponse:
        return pb.CancelPlanResponse(plan=pb.Plan(name=request.name))


async def send(
    verb: str, path: str, body: bytes = b"", listed: str = "", address: str = "127.0.0.1", **headers: str
) -> tuple[int, str]:
    """Return the status and the message of the answer; the underscores of header names are hyphens."""
    app = make_app(SERVICE, Approving(), HostNames.read(listed, address))
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8080") as client:
        answer = await client.request(verb, path, content=body, headers=named)
    return answer.status_code, answer.json().get("message", "")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_bodies_that_any_page_may_send_are_refused(media_type: str) -> None:
    status, message = await send("POST", f"{PLAN}:approve", BODY, Content_Type=media_type)
    assert (status, message) == (415, f"Content-Type: Expected application/json, got {media_type!r}.")


async def test_a_body_without_a_media_type_is_refused() -> None:
    status, message = await send("POST", f"{PLAN}:approve", BODY)
    assert (status, message) == (415, "Content-Type: Expected application/json, got 'none'.")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://[broken"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},  # another server of this machine
    ],
)
async def test_pages_from_elsewhere_change_nothing(headers: dict[str, str]) -> None:
    (name,) = headers
    status, message = await send("POST", f"{PLAN}:cancel", **headers)
    assert status == 403
    assert message.startswith(f"{name.replace('_', '-')}: Expected ")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost:8080", "Sec_Fetch_Site": "same-origin"},
        {"Content_Type": "application/json; charset=utf-8"},
        {"Host": "127.0.0.1:8080"},
        {"Host": "[::1]:8080"},
    ],
)
async def test_the_console_and_programs_may_decide(headers: dict[str, str]) -> None:
    assert await send("POST", f"{PLAN}:approve", BODY, **{"Content_Type": JSON, **headers}) == (200, "")
    assert (await send("POST", f"{PLAN}:cancel", **headers))[0] == 200


@pytest.mark.parametrize("verb", ["GET", "POST"])
async def test_a_name_that_is_made_to_resolve_to_loopback_is_not_served(verb: str) -> None:
    path = "/healthz" if verb == "GET" else f"{PLAN}:cancel"
    status, message = await send(verb, path, Host="evil.example:8080")
    assert status == 403
    assert message == ("Host: Expected one of localhost, or a name of the setting http_names, got 'evil.example'.")


@pytest.mark.parametrize(
    ("host", "listed", "address", "status"),
    [
        ("gateway.officers:8080", "", "0.0.0.0", 200),  # behind an ingress, by whatever name
        ("Gateway.Officers", "gateway.officers, plans.example", "0.0.0.0", 200),
        ("evil.example", "gateway.officers, plans.example", "0.0.0.0", 403),
        ("localhost:8080", "plans.example", "0.0.0.0", 200),
        ("plans.example", "plans.example", "127.0.0.1", 200),
    ],
)
async def test_names_are_those_listed(host: str, listed: str, address: str, status: int) -> None:
    assert (await send("GET", "/healthz", listed=listed, address=address, Host=host))[0] == status


async def test_pages_of_listed_names_may_call_where_a_proxy_names_the_host_anew() -> None:
    page = {"Origin": "https://plans.example", "Sec_Fetch_Site": "same-origin"}
    assert (await send("POST", f"{PLAN}:cancel", listed="plans.example", **page))[0] == 200
    assert (await send("POST", f"{PLAN}:cancel", **page))[0] == 403
