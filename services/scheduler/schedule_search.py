"""The interface of annealers that work on schedules themselves, beside `sample` on their QUBO."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from services.scheduler.instance import Instance, Rows
from services.scheduler.sampling import can_begin
from services.scheduler.tempering import Stretch


@dataclass(frozen=True, eq=False)
class SearchWork:
    """A stretch of a search that cools down: a fixed amount of work from a seed.

    Attributes
    ----------
    start
        Where to begin, shape (n, T), keeping duty, pins and bans; None: anywhere.
    from_fraction, to_fraction
        How far the cooling is at the beginning and at the end, 0 (hot) to 1 (cold).
    round_count
        Rounds of moves, at least 1.
    bound
        The search ends at a schedule that costs no more.
    seed
        Seed of everything random, at least 0.
    """

    start: Rows | None
    from_fraction: float
    to_fraction: float
    round_count: int
    bound: float
    seed: int


@runtime_checkable
class ScheduleSearch(Protocol):
    """Searches schedules by moves that keep every car in one sector, so that no penalties need tuning."""

    def search_stretch(self, instance: Instance, work: SearchWork, stop: Callable[[], bool]) -> Stretch:
        """Do the work on the calling thread; come back within a tenth of a second once `stop()` is true."""
        ...


def can_begin_warm(annealer: object) -> bool:
    """Return whether an annealer can begin from a schedule."""
    return isinstance(annealer, ScheduleSearch) or can_begin(annealer)
