"""History: the presence rule sees the periods that were driven before; they cost nothing."""

from dataclasses import replace

from services.scheduler.problem import CarHistory, Problem
from services.scheduler.rules.clash import Clash
from services.scheduler.rules.outcome import Outcome

NAME = "history"


def clashes(problem: Problem) -> list[Clash]:
    """Return one candidate per car with a history."""
    return [_clash(history) for history in problem.history if history.sectors]


def _clash(history: CarHistory) -> Clash:
    def relax(relaxed: Problem) -> Problem:
        return replace(relaxed, history=tuple(other for other in relaxed.history if other != history))

    description = f"Car {history.car_id} was in {', '.join(history.sectors)} in the periods before these."
    return Clash(NAME, description, (), relax)


def explain(outcome: Outcome) -> str | None:
    """Say how many cars go on from a history."""
    count = sum(bool(history.sectors) for history in outcome.problem.history)
    return f"History: {count} cars go on from the periods they have driven." if count else None
