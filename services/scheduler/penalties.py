"""Suggests penalty weights A, B, C of the QUBO by Hyperopt's tree-structured Parzen estimator, several at a time.

The suggestion of a trial rests on the results of all trials but the last few before it, told in order. So trials need
not wait for each other, and what is suggested does not depend on how many run at once or which ends first.
"""

import hyperopt
import numpy as np

from services.scheduler.instance import Instance
from services.scheduler.solution import PenaltyTrial

Weights = tuple[float, float, float]
"""A (unmet demand), B (a car in no or several sectors), C (a forbidden return)."""

RANDOM_TRIALS = 6
"""Trials before the estimator learns from those done."""

LAG = 6
"""Trials that a suggestion does not wait for, so that as many run at once; the first ones are drawn at random."""

NAMES = ("A", "B", "C")


class PenaltySuggestions:
    """The search for weights by asking and telling.

    Parameters
    ----------
    count
        Trials in all, at least 1.
    seed
        Same seed and same results, same suggestions.
    """

    def __init__(self, instance: Instance, count: int, seed: int) -> None:
        scale = max(float(instance.costs.max(initial=0.0)), 1.0)
        space = [hyperopt.hp.loguniform(name, np.log(0.05 * scale), np.log(3 * scale)) for name in NAMES]
        self._domain = hyperopt.base.Domain(lambda weights: weights, space)
        self._random, self._count = np.random.default_rng(seed), count
        self._history = hyperopt.Trials()
        self._asked: list[Weights] = []
        self._told: dict[Weights, PenaltyTrial] = {}

    @property
    def trials(self) -> list[PenaltyTrial]:
        """The trials told so far, in the order of asking."""
        return [self._told[weights] for weights in self._asked if weights in self._told]

    def ask(self) -> Weights | None:
        """Return the weights of the next trial; None: all are asked, or it waits for results."""
        number = len(self._asked)
        known = self._asked[: max(0, number - LAG + 1)]
        if number >= self._count or any(weights not in self._told for weights in known):
            return None
        self._learn(known)
        ids = self._history.new_trial_ids(1)
        self._history.refresh()
        seed = int(self._random.integers(2**31 - 1))
        (document,) = hyperopt.tpe.suggest(
            ids, self._domain, self._history, seed, n_startup_jobs=RANDOM_TRIALS, verbose=False
        )
        self._history.insert_trial_docs([document])
        self._history.refresh()
        a, b, c = (float(document["misc"]["vals"][name][0]) for name in NAMES)
        self._asked.append((a, b, c))
        return a, b, c

    def tell(self, trial: PenaltyTrial) -> None:
        """Take in the result of a trial, known by its weights."""
        self._told[trial.demand_penalty, trial.one_hot_penalty, trial.presence_penalty] = trial

    def _learn(self, known: list[Weights]) -> None:
        """Let the estimator see the results that this suggestion may rest on, and no others."""
        for document, weights in zip(self._history.trials, known, strict=False):
            document["result"] = {"loss": loss(self._told[weights]), "status": hyperopt.STATUS_OK}
            document["state"] = hyperopt.JOB_STATE_DONE
        self._history.refresh()


def best_trial(trials: list[PenaltyTrial]) -> PenaltyTrial:
    """Return the trial whose weights served best."""
    return min(trials, key=loss)


def loss(trial: PenaltyTrial) -> float:
    """Return the best objective after repair; among those near each other, more feasible samples are better."""
    if trial.best_objective is None:
        return 1e12
    infeasible_share = 1 - trial.feasible_sample_count / max(1, trial.sample_count)
    return trial.best_objective * (1 + 0.05 * infeasible_share)
