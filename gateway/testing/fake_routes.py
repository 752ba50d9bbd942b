"""A routes service that knows one street."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from typing_extensions import override

from gateway.testing.script import Script
from officers.area.v1.area_pb2 import Point
from officers.routes.v1 import routes_pb2 as routes
from officers.routes.v1.routes_pb2_grpc import RoutesServiceServicer
from serving.work import ServicerContext


@dataclass
class FakeRoutes(RoutesServiceServicer):
    """Plans routes along one street."""

    script: Script

    @override
    async def Plan(self, request: routes.PlanRequest, context: ServicerContext) -> AsyncIterator[routes.PlanResponse]:
        """Answer with the network, the routes, the quality."""
        await self.script.enter("Plan", request)
        name = request.shipped_network or request.sector.sector_id
        line = [Point(latitude=40.701, longitude=-73.999), Point(latitude=40.701, longitude=-73.991)]
        street = routes.Segment(line=line, length_m=675.0, likelihood=1.0, name="Main Street")
        yield routes.PlanResponse(network=routes.NetworkSummary(name=name, segment_count=1, segments=[street]))
        for _ in range(request.route_count):
            route = routes.Route(line=line, segment_indices=[0], minutes=request.budget_minutes)
            yield routes.PlanResponse(route=route)
        yield routes.PlanResponse(quality=routes.RouteSetQuality(r2=0.6, seed=request.seed))
