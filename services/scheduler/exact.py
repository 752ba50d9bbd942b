"""The exact engine: the compact flow model on HiGHS, with a proof where the time allows.

A problem of one class of interchangeable cars is solved outright. With several classes the aggregate relaxation gives
a first bound, prices of places a better one and schedules, annealing polishes the best, and the model of all classes
closes the gap as far as the time goes.
"""

from services.scheduler import rules
from services.scheduler.aggregate import aggregate_classes, aggregate_costs, is_exact
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
from services.scheduler.car_classes import group_cars, separate_cars
from services.scheduler.fairness import even_out
from services.scheduler.flow_model import FlowModel, build_flow_model
from services.scheduler.highs import MipResult, MipStart, ProgramStatus
from services.scheduler.instance import Instance, Rows
from services.scheduler.measure import measure
from services.scheduler.paths import flow_paths, path_flow
from services.scheduler.price_rounding import search_by_prices
from services.scheduler.pricing import solve_by_pricing
from services.scheduler.reporter import Reporter
from services.scheduler.solution import Solution, best_of

MODEL_SHARE = 0.85
"""Share of the time for the model of one class; the rest is for annealing, should the proof not come."""

START_SHARE = 0.1
"""Most of the time for annealing before a large model of one class, so that there is a schedule soon."""

RELAXATION_SHARE = 0.1
"""Share of the time for the aggregate relaxation of a problem with several classes."""

PRICE_SHARE = 0.75
"""Share of what is then left for prices, which give a better bound and schedules."""

SEARCH_SHARE = 0.4
"""Share of what is then left for annealing; the model of all classes has the rest."""

SEARCH_STAGES = (REPAIR, SEARCH, LONG_SEARCH)
"""From a schedule that may break rules."""

MOST_QUICK_COLUMNS = 20_000
"""A model of one class with more columns takes seconds, so that annealing looks for a schedule first."""

MOST_ARCS = 2_000_000
"""A model of all classes with more arcs is not built: it would not end in any useful time."""

LEAST_OBJECTIVE = 0.0
"""No schedule costs less: all terms of the objective are at least zero."""


def solve_exact(instance: Instance, budget: Budget, seed: int, reporter: Reporter) -> Solution:
    """Solve an instance as far as the budget allows; the answer always carries a proved bound."""
    if instance.lacks_cars:
        return Solution(None, float("inf"), float("inf"), infeasible=True)
    classes = aggregate_classes(instance)
    model = build_flow_model(instance, classes, aggregate_costs(instance, classes), rules.CONSTRAINTS)
    if is_exact(instance, classes):
        solution = _solve_one_class(model, budget, seed, reporter)
    else:
        solution = _solve_many_classes(model, budget, seed, reporter)
    if solution.rows is None:
        return solution
    return _solution(instance, even_out(instance, solution.rows, budget), solution.bound)


def _solve_one_class(model: FlowModel, budget: Budget, seed: int, reporter: Reporter) -> Solution:
    instance, best = model.instance, Solution(None, float("inf"), LEAST_OBJECTIVE)
    if model.program.column_count > MOST_QUICK_COLUMNS:
        best = _search(instance, random_rows(instance, seed), (REPAIR,), budget.share(START_SHARE), seed, reporter)
    start = None if best.rows is None else MipStart(path_flow(model, best.rows), best.objective)
    result = _run(model, budget.share(MODEL_SHARE), seed, start, reporter, "exact model")
    best = best_of(_of_result(model, result), best)
    if best.proved or budget.over:
        return best
    return best_of(best, _search_on(instance, best.rows, budget, seed, reporter))


def _search_on(instance: Instance, rows: Rows | None, budget: Budget, seed: int, reporter: Reporter) -> Solution:
    if rows is None:
        return _search(instance, random_rows(instance, seed), SEARCH_STAGES, budget, seed, reporter)
    return _search(instance, rows, (POLISH,), budget, seed, reporter)


def _solve_many_classes(relaxed: FlowModel, budget: Budget, seed: int, reporter: Reporter) -> Solution:
    instance = relaxed.instance
    result = _run(relaxed, budget.share(RELAXATION_SHARE), seed, None, reporter, "aggregate relaxation", relaxed=True)
    if result.status is ProgramStatus.INFEASIBLE:
        return _of_result(relaxed, result)
    best = Solution(None, float("inf"), max(result.bound, LEAST_OBJECTIVE))
    best = best_of(best, _search_by_prices(instance, budget.share(PRICE_SHARE), seed, reporter))
    if best.proved or budget.over:
        return best
    rows = _start(relaxed, result, seed) if best.rows is None else best.rows
    stages = SEARCH_STAGES if best.rows is None else (POLISH,)
    best = best_of(best, _search(instance, rows, stages, budget.share(SEARCH_SHARE), seed, reporter))
    if best.proved or budget.over:
        return best
    return _close_gap(instance, best, budget, seed, reporter)


def _start(relaxed: FlowModel, result: MipResult, seed: int) -> Rows:
    return random_rows(relaxed.instance, seed) if result.values is None else flow_paths(relaxed, result.values)


def _search_by_prices(instance: Instance, budget: Budget, seed: int, reporter: Reporter) -> Solution:
    def on_progress(objective: float, bound: float) -> None:
        incumbent = objective if objective < float("inf") else None
        reporter.report("prices of places", incumbent=incumbent, bound=max(bound, LEAST_OBJECTIVE))

    rows, bound = search_by_prices(instance, budget, seed, on_progress)
    objective = float("inf") if rows is None else measure(instance, rows).objective
    if bound == float("inf"):
        return Solution(None, objective, bound, infeasible=True)
    return Solution(rows, objective, max(bound, LEAST_OBJECTIVE))


def _close_gap(instance: Instance, best: Solution, budget: Budget, seed: int, reporter: Reporter) -> Solution:
    """Run the model of all classes, from the best schedule so far."""
    classes = separate_cars(instance) if instance.fairness_weight else group_cars(instance)
    if len(classes) * instance.period_count * instance.sector_count**2 > MOST_ARCS:
        return best
    model = build_flow_model(instance, classes, instance.costs, rules.CONSTRAINTS)
    start = None if best.rows is None else MipStart(path_flow(model, best.rows), best.objective)
    result = _run(model, budget, seed, start, reporter, "model of all classes")
    return best_of(_of_result(model, result), best)


def _run(
    model: FlowModel,
    budget: Budget,
    seed: int,
    start: MipStart | None,
    reporter: Reporter,
    message: str,
    relaxed: bool = False,
) -> MipResult:
    def on_progress(incumbent: float | None, bound: float | None) -> None:
        known = None if bound is None else max(bound, LEAST_OBJECTIVE)
        reporter.report(message, incumbent=None if relaxed else incumbent, bound=known)

    reporter.report(message)
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
