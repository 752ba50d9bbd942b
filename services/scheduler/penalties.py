"""Searches the penalty weights A, B, C of the QUBO with Hyperopt's tree-structured Parzen estimator."""

from collections.abc import Callable
from typing import Any

import hyperopt
import numpy as np

from services.scheduler.budget import Budget
from services.scheduler.instance import Instance
from services.scheduler.solution import PenaltyTrial

Weights = tuple[float, float, float]
"""A (unmet demand), B (a car in no or several sectors), C (a forbidden return)."""

Try = Callable[[Weights, int], PenaltyTrial]
"""Samples with some weights and a seed, and says what came of it."""

RANDOM_TRIALS = 6
"""Trials before the estimator learns from those done."""


def tune_penalties(instance: Instance, attempt: Try, count: int, budget: Budget, seed: int) -> list[PenaltyTrial]:
    """Run up to `count` trials, fewer if the budget ends first, and return them in order."""
    scale = max(float(instance.costs.max(initial=0.0)), 1.0)
    done: list[PenaltyTrial] = []

    def loss(weights: Weights) -> dict[str, Any]:
        done.append(attempt(weights, seed + len(done)))
        return {"loss": _loss(done[-1]), "status": hyperopt.STATUS_OK}

    space = [hyperopt.hp.loguniform(name, np.log(0.05 * scale), np.log(3 * scale)) for name in ("A", "B", "C")]
    hyperopt.fmin(
        loss,
        space,
        algo=hyperopt.partial(hyperopt.tpe.suggest, n_startup_jobs=RANDOM_TRIALS),
        max_evals=count,
        early_stop_fn=lambda _trials, *_: (budget.over, []),
        rstate=np.random.default_rng(seed),
        show_progressbar=False,
        verbose=False,
    )
    return done


def best_trial(trials: list[PenaltyTrial]) -> PenaltyTrial:
    """Return the trial whose weights served best."""
    return min(trials, key=_loss)


def _loss(trial: PenaltyTrial) -> float:
    """Return the best objective after repair; among those near each other, more feasible samples are better."""
    if trial.best_objective is None:
        return 1e12
    infeasible_share = 1 - trial.feasible_sample_count / max(1, trial.sample_count)
    return trial.best_objective * (1 + 0.05 * infeasible_share)
