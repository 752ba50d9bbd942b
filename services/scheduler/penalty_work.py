"""Anneals the QUBO of a schedule with given penalties, repairs what comes out, and keeps the best schedule."""

from dataclasses import dataclass, replace

import numpy as np

from services.scheduler.annealing import Found, breaches
from services.scheduler.budget import Budget
from services.scheduler.instance import Rows
from services.scheduler.penalties import Weights
from services.scheduler.qubo import Qubo
from services.scheduler.repair import repair
from services.scheduler.sampling import Annealer, SampleOptions, Samples, draw
from services.scheduler.schedule_qubo import ScheduleQubo
from services.scheduler.solution import PenaltyTrial
from serving.errors import Cancelled

REPAIRED_SAMPLES = 4
"""Samples that are repaired, lowest energy first."""


@dataclass(frozen=True)
class PenaltyWork:
    """Annealing with some weights.

    Attributes
    ----------
    weights
        A, B and C, each above 0.
    options
        Samples, sweeps and seed.
    anneal_seconds
        Most time for annealing, above 0; repair may use all that the trial has.
    start
        The schedule to begin from, shape (n, T); None: anywhere.
    """

    weights: Weights
    options: SampleOptions
    anneal_seconds: float
    start: Rows | None = None


def anneal_with_penalties(
    qubo: ScheduleQubo, annealer: Annealer, work: PenaltyWork, budget: Budget
) -> tuple[PenaltyTrial, Found]:
    """Return the figures of the trial and the best schedule after repair."""
    annealing = budget.share(1.0, most_seconds=work.anneal_seconds)
    options = work.options if work.start is None else replace(work.options, initial=qubo.encode(work.start))
    samples = _draw(annealer, qubo.weighted(*work.weights), options, annealing)
    repaired = [
        repair(qubo.instance, qubo.decode(state)[0], budget, work.options.seed)
        for state in samples.states[:REPAIRED_SAMPLES]
    ]
    best = min(repaired, key=lambda found: found.objective, default=Found(None, float("inf")))
    trial = PenaltyTrial(
        *work.weights,
        sample_count=int(samples.occurrences.sum()),
        feasible_sample_count=_feasible_count(qubo, samples),
        lowest_energy=float(samples.energies.min()) if len(samples.energies) else None,
        best_objective=None if best.rows is None else best.objective,
    )
    return trial, best


def _draw(annealer: Annealer, qubo: Qubo, options: SampleOptions, budget: Budget) -> Samples:
    """Return samples: none where the annealer, on another machine, has no answer before the budget ends."""
    try:
        return draw(annealer, qubo, options, budget)
    except Cancelled:
        states = np.zeros((0, qubo.variable_count), dtype=np.int8)
        return Samples(states, np.zeros(0), np.zeros(0, dtype=np.int64))


def _feasible_count(qubo: ScheduleQubo, samples: Samples) -> int:
    """Return how many samples met every rule as they were drawn."""
    decoded = [qubo.decode(state) for state in samples.states]
    feasible = [one_hot and breaches(qubo.instance, rows) == 0 for rows, one_hot in decoded]
    return int(samples.occurrences[feasible].sum())
