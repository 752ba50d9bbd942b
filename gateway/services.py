"""The services that the gateway calls."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.settings import GatewaySettings
from officers.demand.v1.demand_pb2_grpc import DemandServiceStub
from officers.predictor.v1.predictor_pb2_grpc import PredictorServiceStub
from officers.routes.v1.routes_pb2_grpc import RoutesServiceStub
from officers.scheduler.v1.scheduler_pb2_grpc import AnnealerServiceStub, SchedulerServiceStub
from serving.channel import open_channel

if TYPE_CHECKING:
    from officers.demand.v1.demand_pb2_grpc import DemandServiceAsyncStub
    from officers.predictor.v1.predictor_pb2_grpc import PredictorServiceAsyncStub
    from officers.routes.v1.routes_pb2_grpc import RoutesServiceAsyncStub
    from officers.scheduler.v1.scheduler_pb2_grpc import AnnealerServiceAsyncStub, SchedulerServiceAsyncStub


@dataclass(frozen=True)
class Services:
    """One client per service; the scheduler serves two."""

    predictor: "PredictorServiceAsyncStub"
    demand: "DemandServiceAsyncStub"
    scheduler: "SchedulerServiceAsyncStub"
    annealer: "AnnealerServiceAsyncStub"
    routes: "RoutesServiceAsyncStub"


@asynccontextmanager
async def open_services(settings: GatewaySettings) -> AsyncIterator[Services]:
    """Open a channel to every service; nothing is called yet, so services may come up later."""
    async with AsyncExitStack() as stack:
        channels = [
            await stack.enter_async_context(open_channel(address, settings.channel))
            for address in (
                settings.predictor_address,
                settings.demand_address,
                settings.scheduler_address,
                settings.routes_address,
            )
        ]
        predictor, demand, scheduler, routes = channels
        yield Services(
            PredictorServiceStub(predictor),
            DemandServiceStub(demand),
            SchedulerServiceStub(scheduler),
            AnnealerServiceStub(scheduler),
            RoutesServiceStub(routes),
        )
