"""Breaks: a car on break stays in its sector but does not count toward cover."""

from dataclasses import replace

from services.scheduler.problem import Car, Problem
from services.scheduler.rules.clash import Clash
from services.scheduler.rules.outcome import Outcome

NAME = "breaks"


def clashes(problem: Problem) -> list[Clash]:
    """Return one candidate per car with breaks."""
    return [_clash(problem, car) for car in problem.cars if car.breaks]


def _clash(problem: Problem, car: Car) -> Clash:
    spans = ", ".join(f"{span.start_minute}-{span.end_minute}" for span in car.breaks)
    periods = {
        minute // problem.period_minutes for span in car.breaks for minute in range(span.start_minute, span.end_minute)
    }

    def relax(relaxed: Problem) -> Problem:
        cars = tuple(replace(other, breaks=()) if other.id == car.id else other for other in relaxed.cars)
        return replace(relaxed, cars=cars)

    return Clash(NAME, f"Car {car.id} is on break in minutes {spans}.", tuple(sorted(periods)), relax)


def explain(outcome: Outcome) -> str | None:
    """Say how many breaks are taken."""
    spans = [span for car in outcome.problem.cars for span in car.breaks]
    if not spans:
        return None
    return f"Breaks: {len(spans)} breaks, {sum(span.minutes for span in spans)} minutes, are taken as given."
