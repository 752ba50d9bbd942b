"""Anneals the QUBO of one instance with given penalties, repairs what comes out, and keeps the best schedule."""

import time

import numpy as np
import numpy.typing as npt

from services.scheduler.annealing import Found, breaches
from services.scheduler.budget import Budget
from services.scheduler.instance import Instance
from services.scheduler.penalties import Weights
from services.scheduler.qubo import Qubo
from services.scheduler.repair import repair
from services.scheduler.reporter import Reporter
from services.scheduler.sampling import Annealer, SampleOptions, Samples, draw
from services.scheduler.schedule_qubo import build_schedule_qubo
from services.scheduler.solution import PenaltyTrial
from serving.errors import Cancelled

NO_ENERGY = 1e300
"""Told as the lowest energy of a trial that drew no sample."""

REPAIRED_SAMPLES = 4
"""Samples of a call that are repaired, lowest energy first."""


class PenaltySampler:
    """An annealer on the QUBO of one instance.

    Attributes
    ----------
    best
        The best schedule of all calls, after repair.
    seconds_per_sweep
        Time of the last call by sweeps of one sample; 0 before the first.
    """

    def __init__(self, instance: Instance, annealer: Annealer, budget: Budget, reporter: Reporter) -> None:
        self._instance, self._annealer, self._budget, self._reporter = instance, annealer, budget, reporter
        self._qubo = build_schedule_qubo(instance)
        self._calls = 0
        self.best = Found(None, float("inf"))
        self.seconds_per_sweep = 0.0

    def sample(self, weights: Weights, options: SampleOptions, budget: Budget) -> PenaltyTrial:
        """Sample with some weights; the budget is for annealing, repair may use all that the solve has."""
        begin = time.monotonic()
        samples = self._draw(self._qubo.weighted(*weights), options, budget)
        drawn = int(samples.occurrences.sum())
        self.seconds_per_sweep = (time.monotonic() - begin) / (max(1, drawn) * max(1, options.num_sweeps))
        objectives = [self._repair(state, options.seed) for state in samples.states[:REPAIRED_SAMPLES]]
        self._report()
        return PenaltyTrial(
            *weights,
            sample_count=drawn,
            feasible_sample_count=self._feasible_count(samples),
            lowest_energy=float(samples.energies.min(initial=NO_ENERGY)),
            best_objective=min((value for value in objectives if value < float("inf")), default=None),
        )

    def _draw(self, qubo: Qubo, options: SampleOptions, budget: Budget) -> Samples:
        """Return samples: none where the annealer, on another machine, has no answer before the budget ends."""
        try:
            return draw(self._annealer, qubo, options, budget)
        except Cancelled:
            states = np.zeros((0, qubo.variable_count), dtype=np.int8)
            return Samples(states, np.zeros(0), np.zeros(0, dtype=np.int64))

    def _repair(self, state: npt.NDArray[np.int8], seed: int) -> float:
        rows, _ = self._qubo.decode(state)
        found = repair(self._instance, rows, self._budget, seed)
        if found.objective < self.best.objective:
            self.best = found
        return found.objective

    def _feasible_count(self, samples: Samples) -> int:
        """Return how many samples met every rule as they were drawn."""
        decoded = [self._qubo.decode(state) for state in samples.states]
        feasible = [one_hot and breaches(self._instance, rows) == 0 for rows, one_hot in decoded]
        return int(samples.occurrences[feasible].sum())

    def _report(self) -> None:
        self._calls += 1
        incumbent = None if self.best.rows is None else self.best.objective
        self._reporter.report(f"annealing, {self._calls} trials", incumbent=incumbent, trials_done=self._calls)
