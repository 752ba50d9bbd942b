"""Runs trials on a Ray cluster: Ray Tune with HyperOptSearch."""

import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path
from typing import Any

import ray
from ray import tune
from ray.tune.search.hyperopt import HyperOptSearch
from typing_extensions import override

from services.predictor.search.space import Point, Space
from services.predictor.search.trial import SearchData, TrialResult, run_trial
from services.predictor.search.trials_file import TrialRecord, TrialsFile

LOSS = "deviance_or_limit"
LIMIT = 1e9
"""Loss of a trial that failed."""


class RaySearch:
    """Lets Ray Tune place trials, one core each, on the cluster at an address.

    Earlier trials of the file keep their place in the ranking, but Hyperopt learns anew where to look: Tune's searcher
    takes no scores from elsewhere.
    """

    def __init__(self, address: str, folder: Path) -> None:
        self._address = address
        self._folder = folder

    def run(
        self,
        data: SearchData,
        space: Space,
        trials: TrialsFile,
        budget_seconds: float,
        on_trial: Callable[[TrialRecord], None],
    ) -> None:
        """Run trials until the time is over; those that run then are ended."""
        searcher = HyperOptSearch(space.choices(), metric=LOSS, mode="min", random_state_seed=data.seed % 2**31)
        deadline_time = time.time() + budget_seconds
        ray.init(address=self._address, configure_logging=False, log_to_driver=False)
        try:
            trainable = tune.with_parameters(_trainable, data=data, deadline_time=deadline_time)
            tuner = tune.Tuner(
                tune.with_resources(trainable, {"cpu": 1}),
                tune_config=tune.TuneConfig(search_alg=searcher, num_samples=-1, time_budget_s=budget_seconds),
                run_config=tune.RunConfig(
                    storage_path=str(self._folder.absolute()), callbacks=[_Recorder(trials, on_trial)], verbose=0
                ),
            )
            with redirect_stdout(sys.stderr):  # Tune prints tables; standard output is for the result
                tuner.fit()
        finally:
            ray.shutdown()


def _trainable(config: dict[str, Any], data: SearchData, deadline_time: float) -> None:
    result = run_trial(data, Point.from_choice(config), deadline_time)
    tune.report({LOSS: LIMIT if result.deviance is None else result.deviance, "result": asdict(result)})


class _Recorder(tune.Callback):
    """Adds finished trials to the file."""

    def __init__(self, trials: TrialsFile, on_trial: Callable[[TrialRecord], None]) -> None:
        self._trials = trials
        self._on_trial = on_trial

    @override
    def on_trial_result(
        self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **info: Any
    ) -> None:
        """Take in what a trial came to."""
        record = TrialRecord(Point.from_choice(trial.config), TrialResult(**result["result"]))
        self._trials.add(record)
        self._on_trial(record)
