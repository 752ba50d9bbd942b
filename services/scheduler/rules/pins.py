"""Pins: a car that must be in a sector in a period is there."""

from dataclasses import replace

from services.scheduler.problem import Placement, Problem
from services.scheduler.rules.clash import Clash
from services.scheduler.rules.outcome import Outcome

NAME = "pins"


def clashes(problem: Problem) -> list[Clash]:
    """Return one candidate per pin."""
    return [_clash(pin) for pin in problem.pins]


def _clash(pin: Placement) -> Clash:
    def relax(relaxed: Problem) -> Problem:
        return replace(relaxed, pins=tuple(other for other in relaxed.pins if other != pin))

    return Clash(NAME, f"Car {pin.car_id} must be in {pin.sector} in period {pin.period}.", (pin.period,), relax)


def explain(outcome: Outcome) -> str | None:
    """Say how many pins hold."""
    return f"Pins: all {len(outcome.problem.pins)} hold." if outcome.problem.pins else None
