"""The QUBO engine: anneal in many trials and polish; bound and proof come from the exact engine.

Trials run in a pool; whether that is threads of this process or many replicas makes no difference here.
"""

from dataclasses import dataclass, replace

from services.scheduler.budget import Budget
from services.scheduler.exact import solve_exact
from services.scheduler.fairness import even_out
from services.scheduler.measure import measure
from services.scheduler.penalty_search import PenaltySearch
from services.scheduler.reporter import BoundReporter, Reporter
from services.scheduler.schedule_search import ScheduleSearch
from services.scheduler.solution import Solution
from services.scheduler.tally import Tally
from services.scheduler.trial import Subject
from services.scheduler.trial_pool import TrialPool
from services.scheduler.winners import Winners
from serving.errors import Unavailable

BOUND_SHARE = 0.3
"""Share of the time for the exact engine's bound."""

SEARCH_SHARE = 0.97
"""Share of what is left for annealing; the rest evens out travel."""


@dataclass(frozen=True)
class QuboOptions:
    """How the QUBO engine works.

    Attributes
    ----------
    pool
        Where the trials run.
    trial_count
        Trials of the penalty search, at least 1.
    warm_start
        Whether annealing begins from the exact engine's schedule.
    """

    pool: TrialPool
    trial_count: int
    warm_start: bool = False


def solve_qubo(subject: Subject, options: QuboOptions, budget: Budget, seed: int, reporter: Reporter) -> Solution:
    """Solve a problem by annealing; the answer meets every rule whenever a schedule that does is known."""
    reference = solve_exact(subject.instance, budget.share(BOUND_SHARE), seed, BoundReporter(reporter))
    if reference.infeasible:
        return reference
    return anneal(subject, options, budget, seed, reporter, reference)


def anneal(
    subject: Subject, options: QuboOptions, budget: Budget, seed: int, reporter: Reporter, reference: Solution
) -> Solution:
    """Anneal; `reference` gives the bound, and the schedule should the annealer find none that meets every rule.

    An annealer that works on schedules does so; the penalties of the QUBO are tuned for any other. Should every
    replica be lost, the best until then is returned.
    """
    name, tally = subject.annealer_name, Tally(subject.annealer_name, reference.bound, reporter)
    start = reference.rows if options.warm_start else None
    search: Winners | PenaltySearch = PenaltySearch(subject, options.trial_count, options.pool, seed, tally, start)
    if isinstance(subject.annealer, ScheduleSearch):
        search = Winners(subject, options.pool, reference.bound, seed, tally, start)
    lost = _run(search, budget.share(SEARCH_SHARE))
    if search.best.rows is None:
        missed = f"{name} found no schedule that meets every rule in time; this is the exact engine's schedule."
        return replace(reference, trials=search.trials, notes=(*reference.notes, *lost, missed))
    rows = even_out(subject.instance, search.best.rows, budget)
    objective, notes = measure(subject.instance, rows).objective, (search.note, *lost)
    return Solution(rows, objective, reference.bound, False, "qubo", name, trials=search.trials, notes=notes)


def _run(search: Winners | PenaltySearch, budget: Budget) -> tuple[str, ...]:
    """Search, and return what is to be said should every replica be lost."""
    try:
        search.run(budget)
    except Unavailable as error:
        return (f"Annealing ended early, for no replica takes trials: {str(error).rstrip('.')}.",)
    return ()
