"""Faults of the travel matrix."""

import math
from collections.abc import Iterator

from services.scheduler.problem import Problem
from services.scheduler.validation.sectors import Fault

MOST_TRAVEL_MINUTES = 10_000.0
"""A week of driving; more is a slip of units."""


def faults(problem: Problem) -> Iterator[Fault]:
    """Yield the faults of ``travel_minutes``: shape, diagonal, and values that are no time to drive."""
    size = len(problem.sectors)
    if len(problem.travel_minutes) != size:
        yield "travel_minutes", f"Expected {size} rows, one per sector, got {len(problem.travel_minutes)}."
    for origin, row in enumerate(problem.travel_minutes):
        if len(row) != size:
            yield (
                f"travel_minutes[{origin}].minutes",
                f"Expected {size} minutes, one per sector, got {len(row)}; the matrix must be square.",
            )
        for target, minutes in enumerate(row):
            yield from _value_faults(origin, target, minutes)


def _value_faults(origin: int, target: int, minutes: float) -> Iterator[Fault]:
    field = f"travel_minutes[{origin}].minutes[{target}]"
    if not math.isfinite(minutes) or not 0 <= minutes <= MOST_TRAVEL_MINUTES:
        yield field, f"Expected minutes from 0 to {MOST_TRAVEL_MINUTES:g}, got {minutes:g}."
    elif origin == target and minutes != 0:
        yield field, f"Expected 0 on the diagonal, got {minutes:g}."
