"""Explains a result: a line on travel and the proof, then a line per rule."""

from services.scheduler.instance import Instance, Rows
from services.scheduler.measure import measure
from services.scheduler.presence_cost import PresenceCost
from services.scheduler.problem import Problem
from services.scheduler.reporter import relative_gap
from services.scheduler.rules import EXPLANATIONS
from services.scheduler.rules.outcome import Outcome
from services.scheduler.solution import Solution

SAME = 1e-6
"""An objective this near to the minutes is the minutes."""


def explain(
    problem: Problem, instance: Instance, rows: Rows, solution: Solution, presence: PresenceCost | None
) -> tuple[str, ...]:
    """Return the lines for a schedule, shape (n, T); `presence` is what the presence rule costs, if that is known."""
    outcome = Outcome(problem, instance, rows)
    lines = [explain_rule(outcome) for explain_rule in EXPLANATIONS]
    travel = _travel(instance, rows, solution, presence)
    return (travel, *(line for line in lines if line is not None), *solution.notes)


def _travel(instance: Instance, rows: Rows, solution: Solution, presence: PresenceCost | None) -> str:
    minutes = float(measure(instance, rows).travel_minutes.sum())
    words = f"Travel: {minutes:.1f} min in all"
    if abs(solution.objective - minutes) > SAME * max(1.0, minutes):
        words += f", objective {solution.objective:.1f}"
    if presence is not None:
        words += f", of it {presence.words}"
    if solution.proved:
        return f"{words}; proved least possible."
    gap = relative_gap(solution.objective, solution.bound)
    return f"{words}; no schedule is below {solution.bound:.1f} (gap {gap:.2%})."
