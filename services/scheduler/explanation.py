"""Explains a result: a line on travel and the proof, then a line per rule."""

from services.scheduler.instance import Instance, Rows
from services.scheduler.measure import measure
from services.scheduler.problem import Problem
from services.scheduler.reporter import relative_gap
from services.scheduler.rules import EXPLANATIONS
from services.scheduler.rules.outcome import Outcome
from services.scheduler.solution import Solution


def explain(problem: Problem, instance: Instance, rows: Rows, solution: Solution) -> tuple[str, ...]:
    """Return the lines for a schedule, shape (n, T)."""
    outcome = Outcome(problem, instance, rows)
    lines = [explain_rule(outcome) for explain_rule in EXPLANATIONS]
    return (_travel(instance, rows, solution), *(line for line in lines if line is not None), *solution.notes)


def _travel(instance: Instance, rows: Rows, solution: Solution) -> str:
    minutes = measure(instance, rows).travel_minutes.sum()
    words = f"Travel: {minutes:.1f} min in all, objective {solution.objective:.1f}"
    if solution.proved:
        return f"{words}, proved least possible."
    gap = relative_gap(solution.objective, solution.bound)
    return f"{words}; no schedule is below {solution.bound:.1f} (gap {gap:.2%})."
