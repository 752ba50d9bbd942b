"""Solves a problem: checks it, runs the engine, checks the answer and explains it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from services.scheduler.annealers import DEFAULT_ANNEALER, load_annealer
from services.scheduler.budget import Budget, Stop
from services.scheduler.checker import broken_rules
from services.scheduler.exact import solve_exact
from services.scheduler.explanation import explain
from services.scheduler.infeasibility import clashing_rules
from services.scheduler.instance import NOWHERE, Instance, Rows
from services.scheduler.measure import measure
from services.scheduler.presence_cost import PresenceCost, presence_cost
from services.scheduler.problem import Problem
from services.scheduler.qubo_engine import QuboOptions, anneal, solve_qubo
from services.scheduler.reporter import Emit, Reporter, emit_nothing, relative_gap
from services.scheduler.schedule_search import can_begin_warm
from services.scheduler.solution import Assignment, InfeasibleRule, Schedule, Solution, Status, best_of, meets_bound
from services.scheduler.trial import Subject
from services.scheduler.trial_pool import TrialPool, own_threads
from services.scheduler.validation import validate
from serving.errors import InvalidArgument

EXACT_SHARE = 0.5
"""Share of the time after which the automatic engine anneals too."""

ENGINE_SHARE = 0.98
"""Share of the time for the engine; the rest is for the explanation."""

CLASH_SECONDS = 20.0
"""Most time to find out why a problem is infeasible."""


class Engine(Enum):
    """How a problem is solved."""

    AUTO = "auto"
    EXACT = "exact"
    QUBO = "qubo"


@dataclass(frozen=True)
class SolveOptions:
    """How to solve.

    Attributes
    ----------
    engine
        The engine.
    annealer
        Name of the annealer of the QUBO engine.
    time_limit_seconds
        Seconds allowed, above 0.
    seed
        Seed of everything random, at least 0.
    trial_count
        Trials of the penalty search, at least 1.
    warm_start
        Whether the QUBO engine anneals from the exact engine's schedule.
    """

    engine: Engine = Engine.AUTO
    annealer: str = DEFAULT_ANNEALER
    time_limit_seconds: float = 60.0
    seed: int = 0
    trial_count: int = 20
    warm_start: bool = False


def solve(
    problem: Problem,
    options: SolveOptions,
    stop: Stop,
    emit: Emit = emit_nothing,
    prefix: str = "",
    pool: TrialPool | None = None,
) -> Schedule:
    """Solve a problem within its time limit.

    Parameters
    ----------
    stop
        Asked often; once true the best schedule so far is returned.
    emit
        Told where the solve stands.
    prefix
        Put before field paths in errors.
    pool
        Where annealing trials run; None: on threads of this process, one per core.

    Raises
    ------
    InvalidArgument
        The problem makes no sense, there is no such annealer, or it cannot begin from a schedule though it should.

    Examples
    --------
    >>> from services.scheduler.problem import Car, Problem
    >>> cars = (Car("C1", start_sector="A"), Car("C2", start_sector="B"))
    >>> problem = Problem(("A", "B"), cars, 60, ((0.0, 7.5), (8.0, 0.0)), ((1, 1), (0, 2)))
    >>> schedule = solve(problem, SolveOptions(Engine.EXACT), stop=lambda: False)
    >>> schedule.status.value, schedule.objective, schedule.gap
    ('OPTIMAL', 7.5, 0.0)
    """
    begin = time.monotonic()
    validate(problem, prefix)
    annealer = load_annealer(options.annealer, "options.annealer" if prefix else "annealer")
    if options.warm_start and not can_begin_warm(annealer):
        allowed = "Expected an annealer that can begin from a schedule, such as neal or one_hot_tempering"
        field = "options.warm_start" if prefix else "warm_start"
        raise InvalidArgument(field, f"{allowed}, got {options.annealer}.")
    subject, qubo = (
        Subject(problem, options.annealer, annealer),
        QuboOptions(pool or own_threads(), options.trial_count, options.warm_start),
    )
    budget = Budget.of_seconds(options.time_limit_seconds, stop)
    reporter = Reporter(emit, options.time_limit_seconds)
    solution = _ENGINES[options.engine](subject, qubo, budget.share(ENGINE_SHARE), options.seed, reporter)
    presence = presence_cost(subject.instance, solution, budget, options.seed)
    clashes, notes = _clashes(problem, solution, stop)
    return _schedule(problem, subject.instance, solution, presence, options.seed, begin, clashes, notes)


def _exact(subject: Subject, _: QuboOptions, budget: Budget, seed: int, reporter: Reporter) -> Solution:
    return solve_exact(subject.instance, budget, seed, reporter)


def _auto(subject: Subject, qubo: QuboOptions, budget: Budget, seed: int, reporter: Reporter) -> Solution:
    exact = solve_exact(subject.instance, budget.share(EXACT_SHARE), seed, reporter)
    if exact.proved or budget.over:
        return exact
    return best_of(exact, anneal(subject, qubo, budget, seed, reporter, exact))


_ENGINES: dict[Engine, Callable[[Subject, QuboOptions, Budget, int, Reporter], Solution]] = {
    Engine.EXACT: _exact,
    Engine.QUBO: solve_qubo,
    Engine.AUTO: _auto,
}


def _clashes(problem: Problem, solution: Solution, stop: Stop) -> tuple[tuple[InfeasibleRule, ...], tuple[str, ...]]:
    if not solution.infeasible:
        return (), ()
    found, irreducible = clashing_rules(problem, Budget.of_seconds(CLASH_SECONDS, stop))
    words = "dropping any one of them helps" if irreducible else "not all of them may be needed for the clash"
    return found, (f"No schedule meets these {len(found)} rules together; {words}.",)


def _schedule(
    problem: Problem,
    instance: Instance,
    solution: Solution,
    presence: PresenceCost | None,
    seed: int,
    begin: float,
    clashes: tuple[InfeasibleRule, ...],
    notes: tuple[str, ...],
) -> Schedule:
    rows = solution.rows
    assignments = () if rows is None else _assignments(problem, rows)
    _check(problem, assignments)
    bound = min(solution.bound, solution.objective)
    if meets_bound(solution.objective, bound):
        bound = solution.objective
    return Schedule(
        status=_status(solution),
        assignments=assignments,
        travel_minutes=0.0 if rows is None else float(measure(instance, rows).travel_minutes.sum()),
        objective=0.0 if rows is None else solution.objective,
        best_bound=0.0 if solution.infeasible else bound,
        gap=None if rows is None else relative_gap(solution.objective, bound),
        engine=solution.engine,
        annealer=solution.annealer,
        seed=seed,
        wall_seconds=time.monotonic() - begin,
        explanation=notes if rows is None else explain(problem, instance, rows, solution, presence),
        infeasible_rules=clashes,
        penalty_trials=solution.trials,
    )


def _status(solution: Solution) -> Status:
    if solution.infeasible:
        return Status.INFEASIBLE
    if solution.rows is None:
        return Status.CANCELLED
    return Status.OPTIMAL if solution.proved else Status.FEASIBLE


def _assignments(problem: Problem, rows: Rows) -> tuple[Assignment, ...]:
    names = [tuple("" if index == NOWHERE else problem.sectors[index] for index in row) for row in rows]
    return tuple(Assignment(car.id, sectors) for car, sectors in zip(problem.cars, names, strict=True))


def _check(problem: Problem, assignments: tuple[Assignment, ...]) -> None:
    """Look over an answer with the independent checker; a broken rule is a fault of ours."""
    if assignments:
        broken = broken_rules(problem, {assignment.car_id: assignment.sectors for assignment in assignments})
        if broken:
            raise RuntimeError(f"The schedule breaks {len(broken)} rules: {broken[0]}")
