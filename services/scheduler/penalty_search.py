"""Solves by an annealer of QUBOs: a search for the penalties first, then longer annealing with the best of them."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import count

from services.scheduler.annealing import Found
from services.scheduler.budget import Budget
from services.scheduler.instance import Rows
from services.scheduler.penalties import PenaltySuggestions, Weights, best_trial
from services.scheduler.penalty_work import PenaltyWork
from services.scheduler.sampling import SampleOptions
from services.scheduler.solution import PenaltyTrial
from services.scheduler.tally import Tally
from services.scheduler.trial import Subject
from services.scheduler.trial_pool import NextWork, TrialPool

TUNING_SHARE = 0.6
"""Share of the time for the penalty search; the rest anneals longer with the best weights."""

FINAL_SHARE = 0.8
"""Share of that rest for annealing; repair has what is left."""

READS_PER_TRIAL = 2
LEAST_SECONDS = 0.001
SWEEPS_PER_TRIAL = 200
FINAL_READS = 4
FINAL_SWEEPS = 2000
SEEDS = 2**31
"""Seeds of annealers are below this."""


class PenaltySearch:
    """The penalty search of a solve; every trial begins from `start`, shape (n, T), or anywhere.

    Attributes
    ----------
    best
        The best schedule of all trials, after repair.
    trials
        Every trial of the search in order; at the end, as one, the longer annealing with the best weights.
    """

    def __init__(
        self, subject: Subject, trial_count: int, pool: TrialPool, seed: int, tally: Tally, start: Rows | None = None
    ) -> None:
        self._subject, self._pool, self._seed, self._tally, self._start = subject, pool, seed, tally, start
        self._suggestions = PenaltySuggestions(subject.instance, trial_count, seed)
        self._final: list[PenaltyTrial] = []
        self._sweep_seconds = 0.0
        self._best_seed = -1
        self.best = Found(None, float("inf"))

    @property
    def trials(self) -> tuple[PenaltyTrial, ...]:
        """See the class."""
        return (*self._suggestions.trials, *([_together(self._final)] if self._final else []))

    @property
    def note(self) -> str:
        """What the search for penalties came to, for people."""
        best = best_trial(list(self.trials))
        drawn = sum(trial.sample_count for trial in self.trials)
        feasible = sum(trial.feasible_sample_count for trial in self.trials)
        return (
            f"Penalties: {self._tally.words}, {feasible} of {drawn} samples met every rule before repair; best weights "
            f"A {best.demand_penalty:.1f}, B {best.one_hot_penalty:.1f}, C {best.presence_penalty:.1f}."
        )

    def run(self, budget: Budget) -> None:
        """Search within a budget. Raises as the pool does; what was found until then is kept."""
        self._tune(budget.share(TUNING_SHARE), budget)
        if self.trials and not budget.over:
            self._anneal_longer(budget.share(FINAL_SHARE), budget)

    def _tune(self, tuning: Budget, budget: Budget) -> None:
        """Anneal with suggested weights; the budgets are those for annealing and for all."""
        numbers = count()

        def next_work() -> PenaltyWork | None:
            weights = None if tuning.over else self._suggestions.ask()
            return (
                None
                if weights is None
                else self._work(weights, READS_PER_TRIAL, SWEEPS_PER_TRIAL, next(numbers), tuning)
            )

        for trial in self._run(next_work, budget):
            self._suggestions.tell(trial)

    def _anneal_longer(self, annealing: Budget, budget: Budget) -> None:
        """Anneal with the best weights, with as many sweeps as at least one sample has time for."""
        best = best_trial(list(self.trials))
        weights = (best.demand_penalty, best.one_hot_penalty, best.presence_penalty)
        affordable = int(annealing.seconds_left / max(self._sweep_seconds, 1e-9))
        sweeps = max(SWEEPS_PER_TRIAL, min(FINAL_SWEEPS, affordable))
        works = (self._work(weights, 1, sweeps, number, annealing) for number in range(FINAL_READS))
        for trial in self._run(lambda: next(works, None), budget):
            self._final.append(trial)

    def _work(self, weights: Weights, reads: int, sweeps: int, number: int, annealing: Budget) -> PenaltyWork:
        options = SampleOptions(reads, sweeps, (self._seed + number) % SEEDS)
        return PenaltyWork(weights, options, max(LEAST_SECONDS, annealing.seconds_left), self._start)

    def _run(self, next_work: NextWork, budget: Budget) -> Iterator[PenaltyTrial]:
        with closing(self._pool.run(self._subject, next_work, budget)) as outcomes:
            for outcome in outcomes:
                work, result = outcome.work, outcome.result
                if not isinstance(work, PenaltyWork) or result.penalty_trial is None:
                    raise TypeError("Expected penalty work and its figures.")
                self._improve(result.best, work.options.seed)
                self._sweep_seconds = result.work_seconds / (work.options.num_reads * work.options.num_sweeps)
                self._tally.count(outcome, self.best.objective)
                yield result.penalty_trial

    def _improve(self, found: Found, seed: int) -> None:
        """Keep the better schedule; of equals the one of the lower seed, whichever trial ended first."""
        if (found.objective, seed) < (self.best.objective, self._best_seed):
            self.best, self._best_seed = found, seed


def _together(trials: list[PenaltyTrial]) -> PenaltyTrial:
    """Return trials with the same weights as one."""
    energies = [trial.lowest_energy for trial in trials if trial.lowest_energy is not None]
    objectives = [trial.best_objective for trial in trials if trial.best_objective is not None]
    return replace(
        trials[0],
        sample_count=sum(trial.sample_count for trial in trials),
        feasible_sample_count=sum(trial.feasible_sample_count for trial in trials),
        lowest_energy=min(energies, default=None),
        best_objective=min(objectives, default=None),
    )
