"""The exact engine: the compact flow model on HiGHS, with a proof where the time allows.

Problems of interchangeable cars are solved outright; where there are many kinds of cars, :mod:`many_classes` does it.
"""

from services.scheduler import rules
from services.scheduler.annealing import (
    LONG_SEARCH,
    POLISH,
    REPAIR,
    SEARCH,
    Cooling,
    legal_rows,
    random_rows,
    search_in_stages,
)
from services.scheduler.budget import Budget
from services.scheduler.car_classes import cars_on_duty_together_are_alike, group_cars
from services.scheduler.fairness import even_out
from services.scheduler.flow_model import FlowModel, build_flow_model
from services.scheduler.highs import MipResult, MipStart, ProgramStatus
from services.scheduler.instance import Instance, Rows
from services.scheduler.many_classes import quick_bound, solve_many_classes
from services.scheduler.measure import measure
from services.scheduler.paths import flow_paths, path_flow
from services.scheduler.pricing import solve_by_pricing
from services.scheduler.reporter import Reporter
from services.scheduler.solution import Solution, best_of

MODEL_SHARE = 0.85
"""Share of the time for the model of one class; the rest is for annealing, should the proof not come."""

START_SHARE = 0.1
"""Most of the time for annealing before a large model of one class, so that there is a schedule soon."""

SEARCH_STAGES = (REPAIR, SEARCH, LONG_SEARCH)
"""From a schedule that may break rules."""

MOST_QUICK_COLUMNS = 20_000
"""A model of one class with more columns takes seconds, so that annealing looks for a schedule first."""

LEAST_OBJECTIVE = 0.0
"""No schedule costs less: all terms of the objective are at least zero."""


def solve_exact(instance: Instance, budget: Budget, seed: int, reporter: Reporter) -> Solution:
    """Solve an instance as far as the budget allows; the answer always carries a proved bound."""
    if instance.lacks_cars:
        return Solution(None, float("inf"), float("inf"), infeasible=True)
    solve = _solve_alike if cars_on_duty_together_are_alike(instance) else solve_many_classes
    solution = solve(instance, budget, seed, reporter)
    if solution.rows is None:
        return solution
    return _solution(instance, even_out(instance, solution.rows, budget), solution.bound)


def _solve_alike(instance: Instance, budget: Budget, seed: int, reporter: Reporter) -> Solution:
    """Solve an instance whose cars differ at most in when they are on duty and where they come from."""
    model = build_flow_model(instance, group_cars(instance), instance.costs, rules.CONSTRAINTS)
    best = Solution(None, float("inf"), LEAST_OBJECTIVE)
    if model.program.column_count > MOST_QUICK_COLUMNS:
        best = Solution(None, float("inf"), quick_bound(instance, budget.share(START_SHARE)))
        reporter.report("prices of places", bound=best.bound)
        rows = random_rows(instance, seed)
        best = best_of(best, _search(instance, rows, (REPAIR,), budget.share(START_SHARE), seed, reporter))
    start = None if best.rows is None else MipStart(path_flow(model, best.rows), best.objective)
    result = _run(model, budget.share(MODEL_SHARE), seed, start, reporter)
    best = best_of(_of_result(model, result), best)
    if best.proved or budget.over:
        return best
    return best_of(best, _search_on(instance, best.rows, budget, seed, reporter))


def _search_on(instance: Instance, rows: Rows | None, budget: Budget, seed: int, reporter: Reporter) -> Solution:
    if rows is None:
        return _search(instance, random_rows(instance, seed), SEARCH_STAGES, budget, seed, reporter)
    return _search(instance, rows, (POLISH,), budget, seed, reporter)


def _run(model: FlowModel, budget: Budget, seed: int, start: MipStart | None, reporter: Reporter) -> MipResult:
    def on_progress(incumbent: float | None, bound: float | None) -> None:
        known = None if bound is None else max(bound, LEAST_OBJECTIVE)
        reporter.report("exact model", incumbent=incumbent, bound=known)

    reporter.report("exact model")
    return solve_by_pricing(model.program, budget, seed, start, on_progress)


def _of_result(model: FlowModel, result: MipResult) -> Solution:
    if result.status is ProgramStatus.INFEASIBLE:
        return Solution(None, float("inf"), float("inf"), infeasible=True)
    bound = max(result.bound, LEAST_OBJECTIVE)
    if result.values is None:
        return Solution(None, float("inf"), bound)
    return _solution(model.instance, flow_paths(model, result.values), bound)


def _solution(instance: Instance, rows: Rows, bound: float) -> Solution:
    return Solution(rows, measure(instance, rows).objective, bound)


def _search(
    instance: Instance, rows: Rows, stages: tuple[Cooling, ...], budget: Budget, seed: int, reporter: Reporter
) -> Solution:
    """Anneal from a schedule that may break rules."""
    reporter.report("annealing with swaps")
    found = search_in_stages(instance, legal_rows(instance, rows, seed), stages, budget, seed)
    if found.rows is not None:
        reporter.report("annealing with swaps", incumbent=found.objective)
    return Solution(found.rows, found.objective, LEAST_OBJECTIVE)
