"""Bans: a car that must not be in a sector in a period is not there."""

from dataclasses import replace

from services.scheduler.problem import Problem
from services.scheduler.rules.clash import Clash
from services.scheduler.rules.outcome import Outcome

NAME = "bans"


def clashes(problem: Problem) -> list[Clash]:
    """Return one candidate per car and period with bans."""
    places = sorted({(ban.car_id, ban.period) for ban in problem.bans})
    return [_clash(problem, car_id, period) for car_id, period in places]


def _clash(problem: Problem, car_id: str, period: int) -> Clash:
    sectors = [ban.sector for ban in problem.bans if (ban.car_id, ban.period) == (car_id, period)]
    description = f"Car {car_id} must not be in {', '.join(sectors)} in period {period}."

    def relax(relaxed: Problem) -> Problem:
        bans = tuple(ban for ban in relaxed.bans if (ban.car_id, ban.period) != (car_id, period))
        return replace(relaxed, bans=bans)

    return Clash(NAME, description, (period,), relax)


def explain(outcome: Outcome) -> str | None:
    """Say how many bans hold."""
    return f"Bans: all {len(outcome.problem.bans)} hold." if outcome.problem.bans else None
