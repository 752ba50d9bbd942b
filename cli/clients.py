"""Stubs of the services of a running stack."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from cli.stack import Addresses
from officers.demand.v1.demand_pb2_grpc import DemandServiceStub
from officers.gateway.v1.gateway_pb2_grpc import GatewayServiceStub
from officers.predictor.v1.predictor_pb2_grpc import PredictorServiceStub
from serving.channel import open_blocking_channel


@dataclass(frozen=True)
class Clients:
    """Stubs of the running services; a call to one that does not run answers UNAVAILABLE."""

    gateway: GatewayServiceStub
    predictor: PredictorServiceStub
    demand: DemandServiceStub


@contextmanager
def connect(addresses: Addresses) -> Iterator[Clients]:
    """Open channels to the services for the block."""
    with ExitStack() as channels:
        gateway, predictor, demand = (
            channels.enter_context(open_blocking_channel(address))
            for address in (addresses.gateway, addresses.predictor, addresses.demand)
        )
        yield Clients(GatewayServiceStub(gateway), PredictorServiceStub(predictor), DemandServiceStub(demand))
