"""The annealers that a plan may ask for: those that the scheduler lists."""

from dataclasses import dataclass

import grpc

from gateway.services import Services
from officers.scheduler.v1.scheduler_pb2 import ListAnnealersRequest
from serving.errors import InvalidArgument
from serving.status import from_rpc_error

TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class Annealers:
    """Checks the annealer of a plan before the plan is kept, so that it does not fail in the middle."""

    services: Services

    async def check(self, name: str) -> None:
        """Do nothing for a known annealer or none.

        Raises
        ------
        InvalidArgument
            There is no such annealer; lists those there are.
        Unavailable
            The scheduler does not answer.
        """
        if not name:
            return
        try:
            listed = await self.services.annealer.ListAnnealers(ListAnnealersRequest(), timeout=TIMEOUT_SECONDS)
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error, "scheduler") from error
        names = [annealer.name for annealer in listed.annealers]
        if name not in names:
            raise InvalidArgument(
                "options.solve_options.annealer", f"Expected one of {', '.join(names)}, got {name!r}."
            )
