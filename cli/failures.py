"""From exceptions to what a person at a terminal needs: one clear line and an exit code."""

from dataclasses import dataclass

import grpc

from serving.errors import AlreadyExists, InvalidArgument, NotFound, OfficersError
from serving.status import from_rpc_error

BAD_INPUT = 2
FAILED = 1


@dataclass(frozen=True)
class Failure:
    """One line for people and the exit code for machines."""

    line: str
    exit_code: int


def explain(error: Exception) -> Failure | None:
    """Explain an error that a command may end with; None for a fault of ours, which keeps its traceback."""
    if isinstance(error, grpc.RpcError):
        error = from_rpc_error(error)
    if not isinstance(error, OfficersError):
        return None
    is_input = isinstance(error, InvalidArgument | NotFound | AlreadyExists)
    return Failure(" ".join(f"Error: {error.message}".split()), BAD_INPUT if is_input else FAILED)
