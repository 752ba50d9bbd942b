"""The QUBO engine: tune the penalties, anneal, decode, repair, polish; bound and proof come from the exact engine."""

from dataclasses import dataclass, replace

from services.scheduler.budget import Budget
from services.scheduler.exact import solve_exact
from services.scheduler.fairness import even_out
from services.scheduler.instance import Instance
from services.scheduler.measure import measure
from services.scheduler.penalties import Weights, best_trial, tune_penalties
from services.scheduler.penalty_sampler import PenaltySampler
from services.scheduler.reporter import BoundReporter, Reporter
from services.scheduler.sampling import Annealer, SampleOptions
from services.scheduler.schedule_search import ScheduleSearch
from services.scheduler.solution import PenaltyTrial, Solution

BOUND_SHARE = 0.3
"""Share of the time for the exact engine's bound."""

TUNING_SHARE = 0.6
"""Share of what is then left for the penalty search; the rest anneals longer with the best weights."""

FINAL_SHARE = 0.8
"""Share of that rest for annealing; repair has what is left."""

SEARCH_SHARE = 0.97
"""Share of what is left for an annealer that searches schedules; the rest evens out travel."""

READS_PER_TRIAL = 2
SWEEPS_PER_TRIAL = 200
FINAL_READS = 4
FINAL_SWEEPS = 2000
SEEDS = 2**31
"""Seeds of annealers are below this."""


@dataclass(frozen=True)
class QuboOptions:
    """How the QUBO engine works.

    Attributes
    ----------
    annealer, annealer_name
        What samples, and its name.
    trial_count
        Trials of the penalty search, at least 1.
    """

    annealer: Annealer
    annealer_name: str
    trial_count: int


def solve_qubo(instance: Instance, options: QuboOptions, budget: Budget, seed: int, reporter: Reporter) -> Solution:
    """Solve an instance by annealing; the answer meets every rule whenever a schedule that does is known."""
    reference = solve_exact(instance, budget.share(BOUND_SHARE), seed, BoundReporter(reporter))
    if reference.infeasible:
        return reference
    return anneal_penalties(instance, options, budget, seed, reporter, reference)


def anneal_penalties(
    instance: Instance, options: QuboOptions, budget: Budget, seed: int, reporter: Reporter, reference: Solution
) -> Solution:
    """Anneal; `reference` gives the bound, and the schedule should the annealer find none that meets every rule.

    An annealer that works on schedules does so; the penalties of the QUBO are tuned for any other.
    """
    if isinstance(options.annealer, ScheduleSearch):
        return _search(instance, options.annealer, options.annealer_name, budget, seed, reporter, reference)
    sampler = PenaltySampler(instance, options.annealer, budget, reporter)
    trials = _tune(instance, sampler, options.trial_count, budget.share(TUNING_SHARE), seed)
    if not budget.over:
        trials.append(_anneal_longer(sampler, best_trial(trials), budget.share(FINAL_SHARE), seed))
    rows, notes = sampler.best.rows, (_penalty_note(trials),)
    if rows is None:
        lost = f"No sample of {options.annealer_name} could be repaired in time; this is the exact engine's schedule."
        return replace(reference, trials=tuple(trials), notes=(*notes, lost))
    rows = even_out(instance, rows, budget)
    objective = measure(instance, rows).objective
    return Solution(
        rows, objective, reference.bound, False, "qubo", options.annealer_name, trials=tuple(trials), notes=notes
    )


def _search(
    instance: Instance,
    annealer: ScheduleSearch,
    name: str,
    budget: Budget,
    seed: int,
    reporter: Reporter,
    reference: Solution,
) -> Solution:
    def improved(objective: float) -> None:
        reporter.report(f"annealing with {name}", incumbent=objective, bound=reference.bound)

    found = annealer.search_schedule(instance, reference.bound, budget.share(SEARCH_SHARE), seed, improved)
    if found.rows is None:
        lost = f"{name} found no schedule that meets every rule in time; this is the exact engine's schedule."
        return replace(reference, notes=(*reference.notes, lost))
    rows = even_out(instance, found.rows, budget)
    note = f"Found by {name} on the schedule itself, without penalties to tune."
    return Solution(rows, measure(instance, rows).objective, reference.bound, False, "qubo", name, notes=(note,))


def _tune(instance: Instance, sampler: PenaltySampler, count: int, budget: Budget, seed: int) -> list[PenaltyTrial]:
    def attempt(weights: Weights, trial_seed: int) -> PenaltyTrial:
        options = SampleOptions(READS_PER_TRIAL, SWEEPS_PER_TRIAL, trial_seed % SEEDS)
        return sampler.sample(weights, options, budget)

    return tune_penalties(instance, attempt, count, budget, seed)


def _anneal_longer(sampler: PenaltySampler, best: PenaltyTrial, budget: Budget, seed: int) -> PenaltyTrial:
    """Anneal with the best weights, with as many sweeps as at least one sample has time for."""
    affordable = int(budget.seconds_left / max(sampler.seconds_per_sweep, 1e-9))
    sweeps = max(SWEEPS_PER_TRIAL, min(FINAL_SWEEPS, affordable))
    weights = (best.demand_penalty, best.one_hot_penalty, best.presence_penalty)
    return sampler.sample(weights, SampleOptions(FINAL_READS, sweeps, seed % SEEDS), budget)


def _penalty_note(trials: list[PenaltyTrial]) -> str:
    best = best_trial(trials)
    drawn = sum(trial.sample_count for trial in trials)
    feasible = sum(trial.feasible_sample_count for trial in trials)
    return (
        f"Penalties: {len(trials)} trials, {feasible} of {drawn} samples met every rule before repair; best weights "
        f"A {best.demand_penalty:.1f}, B {best.one_hot_penalty:.1f}, C {best.presence_penalty:.1f}."
    )
