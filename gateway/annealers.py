"""The annealers that a plan may ask for: those that the scheduler lists."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import grpc

from gateway.services import Services
from officers.scheduler.v1.scheduler_pb2 import Annealer, ListAnnealersRequest, SolveOptions
from serving.errors import InvalidArgument
from serving.status import from_rpc_error

TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class Annealers:
    """Checks the annealer of a plan before the plan is kept, so that it does not fail in the middle."""

    services: Services

    async def check(self, options: SolveOptions) -> None:
        """Do nothing for options with an annealer that can do as they say, or none.

        Raises
        ------
        InvalidArgument
            There is no such annealer, the scheduler cannot use it, or it cannot begin from a schedule though it
            should; lists those that can.
        Unavailable
            The scheduler does not answer.
        """
        if not options.annealer:
            return
        try:
            listed = await self.services.annealer.ListAnnealers(ListAnnealersRequest(), timeout=TIMEOUT_SECONDS)
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error, "scheduler") from error
        _check(options, listed.annealers)


def _check(options: SolveOptions, listed: Sequence[Annealer]) -> None:
    usable = [annealer for annealer in listed if not annealer.unusable_reason]
    asked = next((annealer for annealer in listed if annealer.name == options.annealer), None)
    if asked is None or asked.unusable_reason:
        got = f"got {options.annealer!r}" + (f": {asked.unusable_reason}" if asked else ".")
        raise InvalidArgument("options.solve_options.annealer", f"Expected one of {_names(usable)}, {got}")
    if options.warm_start and asked.HasField("can_begin_warm") and not asked.can_begin_warm:
        names = _names(annealer for annealer in usable if annealer.can_begin_warm)
        allowed = f"Expected an annealer that can begin from a schedule ({names})"
        raise InvalidArgument("options.solve_options.warm_start", f"{allowed}, got {options.annealer!r}.")


def _names(annealers: Iterable[Annealer]) -> str:
    return ", ".join(annealer.name for annealer in annealers)
