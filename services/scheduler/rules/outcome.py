"""What the explanation of a rule looks at."""

from dataclasses import dataclass

from services.scheduler.instance import Instance, Rows
from services.scheduler.problem import Problem


@dataclass(frozen=True, eq=False)
class Outcome:
    """A problem, its arrays, and a schedule that meets every rule, shape (n, T)."""

    problem: Problem
    instance: Instance
    rows: Rows
