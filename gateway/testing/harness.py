"""A whole gateway over fake services, for tests."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import grpc

from gateway.__main__ import SERVICE, open_gateway
from gateway.http.app import make_app
from gateway.http.browsers import HostNames
from gateway.http.server import serve_http
from gateway.settings import GatewaySettings
from gateway.testing.fakes import FakeServices
from officers.gateway.v1 import gateway_pb2 as pb
from officers.gateway.v1.gateway_pb2_grpc import GatewayServiceStub, add_GatewayServiceServicer_to_server
from serving.artifacts import ArtifactStore
from serving.testing import in_process_server

if TYPE_CHECKING:
    from officers.gateway.v1.gateway_pb2_grpc import GatewayServiceAsyncStub

ARCHIVE = b"PK of an area directory"


@dataclass(frozen=True)
class GatewayUnderTest:
    """A running gateway: its fakes, a gRPC client, the address of its HTTP interface."""

    fakes: FakeServices
    stub: "GatewayServiceAsyncStub"
    http_url: str

    async def import_area(self, name: str) -> pb.AreaRecord:
        """Import the fakes' area under a name."""
        response = await self.stub.ImportArea(pb.ImportAreaRequest(name=name, archive=ARCHIVE))
        return response.area

    async def make_plan(self, parent: str, day: str = "2015-01-01") -> pb.Plan:
        """Import the area, create a plan of its day shift and wait until it is finished."""
        await self.import_area(parent)
        response = await self.stub.CreatePlan(pb.CreatePlanRequest(parent=parent, shift="day", date=day))
        return await self.wait_for(response.plan.name)

    async def wait_for(self, name: str) -> pb.Plan:
        """Wait until a plan is finished and return it."""
        await self.watch(name)
        return (await self.stub.GetPlan(pb.GetPlanRequest(name=name))).plan

    async def watch(self, name: str, cursor: int = 0) -> Sequence[pb.WatchPlanResponse]:
        """Return the events of a plan up to its end."""
        return [event async for event in self.stub.WatchPlan(pb.WatchPlanRequest(name=name, cursor=cursor))]


def make_settings(folder: Path, address: str) -> GatewaySettings:
    """Return settings of a gateway that keeps everything in a folder and finds all services at one address."""
    return GatewaySettings(
        port=0,
        http_port=0,
        database_url=f"sqlite:///{folder}/gateway/gateway.db",
        artifact_url=str(folder / "artifacts"),
        predictor_address=address,
        demand_address=address,
        scheduler_address=address,
        routes_address=address,
        retry_attempts=4,
        retry_first_delay_seconds=0.0,
        drain_seconds=0,
    )


@asynccontextmanager
async def gateway_under_test(folder: Path) -> AsyncIterator[GatewayUnderTest]:
    """Run a gateway in this process, over fakes, with everything in a folder."""
    fakes = FakeServices(ArtifactStore(str(folder / "artifacts")))
    async with fakes.serve() as address:
        settings = make_settings(folder, address)
        async with open_gateway(settings) as servicer:

            def register(server: grpc.aio.Server) -> Sequence[str]:
                add_GatewayServiceServicer_to_server(servicer, server)
                return [SERVICE.full_name]

            names = HostNames.read(settings.http_names, settings.host)
            async with (
                serve_http(make_app(SERVICE, servicer, names), settings, 0) as http_port,
                in_process_server(register) as channel,
            ):
                yield GatewayUnderTest(fakes, GatewayServiceStub(channel), f"http://127.0.0.1:{http_port}")
