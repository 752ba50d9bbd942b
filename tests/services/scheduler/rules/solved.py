"""Solving and explaining in a line, for the tests of single rules."""

from services.scheduler.problem import Problem
from services.scheduler.solution import Schedule
from services.scheduler.solve import Engine, SolveOptions, solve


def solved(problem: Problem) -> Schedule:
    return solve(problem, SolveOptions(Engine.EXACT, time_limit_seconds=20), stop=lambda: False)


def paths(problem: Problem) -> dict[str, str]:
    return {assignment.car_id: "".join(assignment.sectors) for assignment in solved(problem).assignments}


def line(problem: Problem, begin: str) -> str:
    """The line of the explanation that begins so; empty if there is none."""
    return next((text for text in solved(problem).explanation if text.startswith(begin)), "")


def problem_of(cars: tuple, demand: tuple, **rules: object) -> Problem:
    """Sectors A, B, C on a line, 5 minutes apart."""
    travel = tuple(tuple(5.0 * abs(a - b) for b in range(3)) for a in range(3))
    return Problem(("A", "B", "C"), cars, 60, travel, demand, **rules)  # type: ignore[arg-type]
