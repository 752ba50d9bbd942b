"""What the presence rule costs: how much cheaper the best schedule without it is, proved as far as a moment tells."""

from dataclasses import dataclass, replace

from services.scheduler.budget import Budget
from services.scheduler.exact import solve_exact
from services.scheduler.instance import Instance
from services.scheduler.reporter import Reporter, emit_nothing
from services.scheduler.solution import Solution

LEAST_SECONDS, MOST_SECONDS = 0.1, 1.0
"""Time for the problem without the rule, the least even where the engine has used all; interchangeable cars take some
hundredths of a second."""

TOLERANCE = 0.05
"""Bounds this near are told as one number: numbers are told to a tenth."""


@dataclass(frozen=True)
class PresenceCost:
    """Proved bounds of the part of the least objective that the presence rule forces."""

    least: float
    most: float

    @property
    def words(self) -> str:
        """Say it as a part of a total, to a tenth."""
        if self.most - self.least <= TOLERANCE:
            return f"{self.most:.1f} forced by presence"
        if self.least <= TOLERANCE:
            return f"at most {self.most:.1f} forced by presence"
        return f"at least {self.least:.1f} and at most {self.most:.1f} forced by presence"


def presence_cost(instance: Instance, solution: Solution, budget: Budget, seed: int) -> PresenceCost | None:
    """Return what the presence rule costs; None without rule, without a schedule, or after a stop.

    With the rule the least objective is between the bound and the objective of the solution; so is the one without
    the rule, for its own solution, and it is no more than that with it.
    """
    if solution.rows is None or budget.stop() or not (instance.no_return or instance.max_consecutive):
        return None
    free = replace(instance, no_return=False, max_consecutive=0, before=instance.before[:, :0])
    seconds = min(MOST_SECONDS, max(LEAST_SECONDS, budget.seconds_left))
    found = solve_exact(free, Budget.of_seconds(seconds, budget.stop), seed, Reporter(emit_nothing, seconds))
    cheapest = min(found.objective, solution.objective)
    least = max(0.0, solution.bound - cheapest)
    return PresenceCost(least, max(least, solution.objective - found.bound))
