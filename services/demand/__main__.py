"""Starts the demand service: ``python -m services.demand``."""

import threading
from collections.abc import Sequence

import grpc

from officers.demand.v1 import demand_pb2, demand_pb2_grpc
from services.demand.convert_area import parse_area
from services.demand.library import Library
from services.demand.servicer import DemandServicer
from services.demand.settings import DemandSettings
from services.demand.simulator.warm_up import compile_kernel
from serving.artifacts import ArtifactStore
from serving.server import run
from serving.settings import read_settings


def main() -> None:
    """Read the settings, build the service and serve until SIGTERM."""
    settings = read_settings(DemandSettings)
    store = ArtifactStore(settings.artifact_url)
    servicer = DemandServicer(Library(store, parse_area), store, settings.worker_count)

    def register(server: grpc.aio.Server) -> Sequence[str]:
        demand_pb2_grpc.add_DemandServiceServicer_to_server(servicer, server)
        return [demand_pb2.DESCRIPTOR.services_by_name["DemandService"].full_name]

    threading.Thread(target=compile_kernel, daemon=True).start()
    run(settings, register)


if __name__ == "__main__":
    main()
