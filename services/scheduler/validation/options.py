"""Faults of the fields that choose and weigh rules."""

import math
from collections.abc import Iterator

from services.scheduler.problem import QUARTER_MINUTES, PresenceRule, Problem
from services.scheduler.validation.sectors import Fault

MOST_PERIOD_MINUTES = 1440
MOST_HOME_COST_FACTOR = 10_000.0
MOST_FAIRNESS_WEIGHT = 1_000_000.0


def faults(problem: Problem) -> Iterator[Fault]:
    """Yield the faults of the period length, the presence rule, limits, factors and weights."""
    if not 0 < problem.period_minutes <= MOST_PERIOD_MINUTES or problem.period_minutes % QUARTER_MINUTES:
        yield (
            "period_minutes",
            f"Expected a multiple of {QUARTER_MINUTES} from {QUARTER_MINUTES} to {MOST_PERIOD_MINUTES}, "
            f"got {problem.period_minutes}.",
        )
    if problem.presence_rule is PresenceRule.MAX_CONSECUTIVE and problem.max_consecutive < 1:
        yield "max_consecutive", f"Expected at least 1, got {problem.max_consecutive}."
    elif problem.max_consecutive < 0:
        yield "max_consecutive", f"Expected at least 0, got {problem.max_consecutive}."
    if problem.max_per_sector < 0:
        yield "max_per_sector", f"Expected at least 0 (0: no limit), got {problem.max_per_sector}."
    yield from _range_faults("home_cost_factor", problem.home_cost_factor, 1, MOST_HOME_COST_FACTOR)
    yield from _range_faults("fairness_weight", problem.fairness_weight, 0, MOST_FAIRNESS_WEIGHT)


def _range_faults(field: str, value: float, least: float, most: float) -> Iterator[Fault]:
    if not math.isfinite(value) or not least <= value <= most:
        yield field, f"Expected a number from {least:g} to {most:g}, got {value:g}."
