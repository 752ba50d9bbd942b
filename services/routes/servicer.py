"""The gRPC face of the routes service."""

from collections.abc import AsyncIterator, Callable, Sequence

import grpc

from officers.routes.v1 import routes_pb2, routes_pb2_grpc
from services.routes import convert
from services.routes.catalogue import NetworkCatalogue
from services.routes.planning import RoutePlanner
from serving.work import ServicerContext, Stop, stream_from_thread


class RoutesServicer(routes_pb2_grpc.RoutesServiceServicer):
    """Serves `officers.routes.v1.RoutesService`."""

    def __init__(self, catalogue: NetworkCatalogue) -> None:
        self._catalogue = catalogue
        self._planner = RoutePlanner()

    async def Plan(
        self, request: routes_pb2.PlanRequest, context: ServicerContext
    ) -> AsyncIterator[routes_pb2.PlanResponse]:
        """Stream the network, the routes and the quality of the set."""
        source = convert.source_from(request)
        options = convert.options_from(request)

        def plan(stop: Stop, emit: Callable[[routes_pb2.PlanResponse], None]) -> None:
            survey = self._catalogue.survey(source)
            emit(convert.response_from(survey))
            for part in self._planner.plan(survey, options, stop):
                emit(convert.response_from(part))

        async for response in stream_from_thread(context, plan):
            yield response


def register(server: grpc.aio.Server, catalogue: NetworkCatalogue) -> Sequence[str]:
    """Add the service to a server and return its full name."""
    routes_pb2_grpc.add_RoutesServiceServicer_to_server(RoutesServicer(catalogue), server)
    return [routes_pb2.DESCRIPTOR.services_by_name["RoutesService"].full_name]
