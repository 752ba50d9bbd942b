"""The interface of annealers that work on schedules themselves, beside `sample` on their QUBO."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from services.scheduler.annealing import Found
from services.scheduler.budget import Budget
from services.scheduler.instance import Instance


@runtime_checkable
class ScheduleSearch(Protocol):
    """Searches schedules by moves that keep every car in one sector, so that no penalties need tuning."""

    def search_schedule(
        self, instance: Instance, bound: float, budget: Budget, seed: int, improved: Callable[[float], None]
    ) -> Found:
        """Return the best schedule found; ends early at one that costs no more than the bound."""
        ...
