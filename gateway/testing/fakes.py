"""Fakes of the four services, served on one port."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import grpc

from gateway.testing.area import make_area
from gateway.testing.fake_demand import FakeDemand
from gateway.testing.fake_predictor import FakePredictor
from gateway.testing.fake_routes import FakeRoutes
from gateway.testing.fake_scheduler import FakeAnnealers, FakeScheduler
from gateway.testing.script import Script
from officers.area.v1.area_pb2 import Area
from officers.demand.v1 import demand_pb2 as demand
from officers.demand.v1.demand_pb2_grpc import add_DemandServiceServicer_to_server
from officers.predictor.v1 import predictor_pb2 as predictor
from officers.predictor.v1.predictor_pb2_grpc import add_PredictorServiceServicer_to_server
from officers.routes.v1 import routes_pb2 as routes
from officers.routes.v1.routes_pb2_grpc import add_RoutesServiceServicer_to_server
from officers.scheduler.v1 import scheduler_pb2 as scheduler
from officers.scheduler.v1.scheduler_pb2_grpc import (
    add_AnnealerServiceServicer_to_server,
    add_SchedulerServiceServicer_to_server,
)
from serving.artifacts import ArtifactStore
from serving.server import start_server
from serving.settings import ServiceSettings


@dataclass
class FakeServices:
    """The four fakes, served on one port."""

    artifacts: ArtifactStore
    area: Area = field(default_factory=make_area)
    script: Script = field(default_factory=Script)

    def __post_init__(self) -> None:
        self.scheduler = FakeScheduler(self.script)  # type: ignore[abstract] # the gateway calls no other method

    def reset(self) -> None:
        """Let every fake be as it was at first."""
        self.script.reset()
        self.area.CopyFrom(make_area())
        self.scheduler.infeasible = False

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """Serve on a free port and yield the address."""
        running = await start_server(ServiceSettings(port=0), self.register)
        try:
            yield f"127.0.0.1:{running.port}"
        finally:
            await running.drain(0)

    def register(self, server: grpc.aio.Server) -> Sequence[str]:
        """Add the four servicers to a server."""
        predictor_fake = FakePredictor(self.script, self.artifacts, self.area)  # type: ignore[abstract] # as above
        add_PredictorServiceServicer_to_server(predictor_fake, server)
        add_DemandServiceServicer_to_server(FakeDemand(self.script, self.area), server)
        add_SchedulerServiceServicer_to_server(self.scheduler, server)
        add_AnnealerServiceServicer_to_server(FakeAnnealers(self.script), server)  # type: ignore[abstract] # as above
        add_RoutesServiceServicer_to_server(FakeRoutes(self.script), server)
        files = (predictor.DESCRIPTOR, demand.DESCRIPTOR, scheduler.DESCRIPTOR, routes.DESCRIPTOR)
        return [service.full_name for file in files for service in file.services_by_name.values()]
