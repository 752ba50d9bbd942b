"""A part of a problem that can be dropped, to find out which parts cannot hold together."""

from collections.abc import Callable
from dataclasses import dataclass

from services.scheduler.problem import Problem


@dataclass(frozen=True)
class Clash:
    """A candidate for the explanation of an infeasible problem.

    Attributes
    ----------
    rule
        Name of the rule.
    description
        What it demands, in words a planner understands.
    periods
        The periods concerned; empty for all.
    relax
        Returns the problem without it.
    """

    rule: str
    description: str
    periods: tuple[int, ...]
    relax: Callable[[Problem], Problem]
