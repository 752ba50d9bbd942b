"""How calls are dispatched: small named policies that can be combined."""

from dataclasses import dataclass
from enum import Enum


class Territory(Enum):
    """Which cars may go to a call."""

    WHOLE_AREA = "whole area"
    """The soonest free car, wherever its sector."""
    ADJACENT_FIRST = "own and adjacent first"
    """The soonest free car of the call's sector and those next to it; without one, the soonest of all."""
    ADJACENT_ONLY = "own and adjacent only"
    """Cars of the call's sector and those next to it; else the call waits."""


class Queue(Enum):
    """Which waiting call a car that becomes free takes."""

    FIRST_COME = "first come, first served"
    """Calls in the order in which they came."""
    URGENT_FIRST = "urgent calls first"
    """Urgent calls without a car, then other calls without a car, then further cars of calls that have one."""


@dataclass(frozen=True)
class DispatchRules:
    """Rules of dispatch.

    Parameters
    ----------
    sends_returning
        Whether cars that drive back from a call take another one on the way.
    preempts
        Whether an urgent call may take a car that is still on its way to a call that is not urgent.
    patience_minutes
        Callers give up where no car has been sent for longer; infinite: never, 0: calls that find no car are lost. A
        call that is given up counts as failed either way.
    """

    territory: Territory = Territory.WHOLE_AREA
    queue: Queue = Queue.FIRST_COME
    sends_returning: bool = False
    preempts: bool = False
    patience_minutes: float = float("inf")

    def __post_init__(self) -> None:
        if not self.patience_minutes >= 0:
            raise ValueError(f"Expected patience_minutes of at least 0, got {self.patience_minutes}.")


DEFAULT_RULES = DispatchRules()
