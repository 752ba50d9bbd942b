"""What engines hand back, in arrays; and what a solve answers, in names."""

from dataclasses import dataclass, replace
from enum import Enum

from services.scheduler.instance import Rows


class Status(Enum):
    """What an answer is worth."""

    OPTIMAL = "OPTIMAL"
    FEASIBLE = "FEASIBLE"
    INFEASIBLE = "INFEASIBLE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True)
class PenaltyTrial:
    """One trial of the penalty search: its weights A, B, C and what the annealer made of them.

    `lowest_energy` is None where no sample was drawn; `best_objective` is the best after repair, None where no sample
    could be repaired.
    """

    demand_penalty: float
    one_hot_penalty: float
    presence_penalty: float
    sample_count: int
    feasible_sample_count: int
    lowest_energy: float | None
    best_objective: float | None


@dataclass(frozen=True, eq=False)
class Solution:
    """The result of one engine.

    Attributes
    ----------
    rows
        The best schedule, shape (n, T), or None.
    objective
        Its objective; infinite without a schedule.
    bound
        Proved lower bound of the objective.
    infeasible
        Whether it is proved that no schedule meets every rule.
    engine, annealer
        What found the schedule.
    trials
        The penalty search of the QUBO engine.
    notes
        Lines for the explanation that only the engine knows.
    """

    rows: Rows | None
    objective: float
    bound: float
    infeasible: bool = False
    engine: str = "exact"
    annealer: str = ""
    trials: tuple[PenaltyTrial, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def proved(self) -> bool:
        """Whether nothing is left to find out."""
        return self.infeasible or meets_bound(self.objective, self.bound)


@dataclass(frozen=True)
class InfeasibleRule:
    """A rule that takes part in a clash, in words, with the periods concerned."""

    rule: str
    description: str
    periods: tuple[int, ...]


@dataclass(frozen=True)
class Assignment:
    """The sector of a car in each period; empty where it is off duty."""

    car_id: str
    sectors: tuple[str, ...]


@dataclass(frozen=True)
class Schedule:
    """The answer to a problem; see ``officers.scheduler.v1.Schedule``."""

    status: Status
    assignments: tuple[Assignment, ...]
    travel_minutes: float
    objective: float
    best_bound: float
    gap: float | None
    engine: str
    annealer: str
    seed: int
    wall_seconds: float
    explanation: tuple[str, ...]
    infeasible_rules: tuple[InfeasibleRule, ...] = ()
    penalty_trials: tuple[PenaltyTrial, ...] = ()


def meets_bound(objective: float, bound: float) -> bool:
    """Return whether an objective equals its lower bound up to rounding."""
    return objective < float("inf") and objective - bound <= 1e-6 * max(1.0, abs(objective))


def best_of(first: Solution, second: Solution) -> Solution:
    """Return the solution with the lower objective (the first of equals), with the higher of the two bounds."""
    if first.infeasible or second.infeasible:
        return first if first.infeasible else second
    better = second if second.objective < first.objective else first
    return replace(better, bound=max(first.bound, second.bound))
