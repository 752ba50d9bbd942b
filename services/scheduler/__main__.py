"""Starts the scheduler: ``python -m services.scheduler``."""

from collections.abc import Sequence

import grpc

from officers.scheduler.v1 import scheduler_pb2, scheduler_pb2_grpc
from services.scheduler.admission import Admission
from services.scheduler.servicer import AnnealerServicer, SchedulerServicer
from services.scheduler.settings import SchedulerSettings
from serving.server import run


def main() -> None:
    """Read the settings, build the services and serve until SIGTERM."""
    settings = SchedulerSettings()
    admission = Admission(settings.max_running, settings.max_waiting, settings.retry_delay_seconds)

    def register(server: grpc.aio.Server) -> Sequence[str]:
        scheduler_pb2_grpc.add_SchedulerServiceServicer_to_server(SchedulerServicer(admission), server)
        scheduler_pb2_grpc.add_AnnealerServiceServicer_to_server(AnnealerServicer(admission), server)
        return [service.full_name for service in scheduler_pb2.DESCRIPTOR.services_by_name.values()]

    run(settings, register)


if __name__ == "__main__":
    main()
