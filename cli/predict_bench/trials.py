"""One model on one grid: fitted once, its predictions kept in a file so that a bench goes on where it was stopped."""

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.predictor.area_store import AreaSnapshot
from services.predictor.dispersion import CountDispersion
from services.predictor.evaluation import contestant
from services.predictor.model_spec import ModelSpec
from services.predictor.models import fit_member, load_model
from services.predictor.score_days import Period, ScoreDays, score_days
from services.predictor.score_predictor import Contestant, PredictorScore, score_predictor
from services.predictor.training import TRAINING_REVISION
from services.predictor.training_set import TrainingSet, Watch, training_set
from services.predictor.validation import predict_validation, validation_deviance

REFERENCE = "separable"
KEY_DIGITS = 16


@dataclass(frozen=True)
class Split:
    """Which days a bench trains, chooses and reports on."""

    train_until: date
    choose_until: date
    report: Period
    train_days: int = 365

    def spec(self, frame_minutes: int) -> ModelSpec:
        """Return the spec whose validation days are those to choose on."""
        chosen_days = (self.choose_until - self.train_until).days
        return ModelSpec(
            train_days=self.train_days + chosen_days, validation_days=chosen_days, frame_minutes=frame_minutes
        )


@dataclass(frozen=True)
class Trial:
    """A fitted model's predictions of the days to report on, and its deviance on the days to choose on."""

    model: str
    choose_deviance: float
    cpu_seconds: float
    intensities: NDArray[np.float32]
    planned: NDArray[np.float32]
    dispersion: CountDispersion


class GridBench:
    """All models on one grid with frames of one length.

    Parameters
    ----------
    work : folder of predictions; those that are there, made of the same area, records and days, are not made again.
    """

    def __init__(self, snapshot: AreaSnapshot, split: Split, frame_minutes: int, seed: int, work: Path) -> None:
        self.snapshot, self.seed = snapshot, seed
        self._work = work / _work_name(snapshot, split, frame_minutes, seed)
        self._work.mkdir(parents=True, exist_ok=True)
        spec = split.spec(frame_minutes)
        self.training: TrainingSet = training_set(snapshot.area, snapshot.incidents, spec, seed, split.choose_until)
        self.days: ScoreDays = score_days(snapshot.area, snapshot.incidents, self.training.reader, split.report)

    def trial(self, model: str, watch: Watch) -> Trial:
        """Fit a model, or read what an earlier run has kept."""
        file = self._work / f"{model}.npz"
        if not file.is_file():
            self._keep(file, self._fit(model, watch))
        with np.load(file) as kept:
            figures = json.loads(str(kept["figures"]))
            dispersion = CountDispersion.from_dict(figures["dispersion"])
            maps = kept["intensities"], kept["planned"]
            return Trial(model, figures["choose_deviance"], figures["cpu_seconds"], *maps, dispersion)

    def scores(self, trials: list[Trial], champion: str) -> Iterator[PredictorScore]:
        """Score trials on the days to report on, with the most likely sets of the champion."""
        entered = {trial.model: _contestant(trial, trial.model == champion) for trial in trials}
        for each in entered.values():
            yield score_predictor(self.snapshot, self.days, each, entered[REFERENCE], self.seed)

    def _fit(self, model: str, watch: Watch) -> Trial:
        start = time.process_time()
        fitted = fit_member(model, self.training, watch)
        cpu_seconds = time.process_time() - start
        deviance = validation_deviance(self.training, predict_validation(self.training, fitted))
        entered = contestant(model, fitted, self.training, self.days, watch.stop)
        return Trial(model, deviance, cpu_seconds, entered.intensities, entered.planned, entered.dispersion)

    @staticmethod
    def _keep(file: Path, trial: Trial) -> None:
        figures = {
            "choose_deviance": trial.choose_deviance,
            "cpu_seconds": trial.cpu_seconds,
            "dispersion": trial.dispersion.to_dict(),
        }
        unfinished = file.with_suffix(".unfinished.npz")
        np.savez_compressed(
            unfinished, intensities=trial.intensities, planned=trial.planned, figures=np.array(json.dumps(figures))
        )
        unfinished.replace(file)


def _work_name(snapshot: AreaSnapshot, split: Split, frame_minutes: int, seed: int) -> str:
    """Name what predictions depend on: readable in front, a hash of all of it at the end."""
    parts = snapshot.artifact, asdict(split), frame_minutes, seed, TRAINING_REVISION
    key = hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:KEY_DIGITS]
    cell = f"{snapshot.area.grid.cell_height_degrees:.4g}-degrees"
    return f"{cell}-{frame_minutes}-{seed}-{split.train_until}-{split.report.to_date}-{key}"


def choose_champion(trials: list[Trial]) -> str:
    """Return the model with the lowest deviance on the days to choose on, of those that can be published."""
    able = [trial for trial in trials if load_model(trial.model).can_win]
    return min(able or trials, key=lambda trial: trial.choose_deviance).model


def _contestant(trial: Trial, in_full: bool) -> Contestant:
    return Contestant(trial.model, trial.intensities, trial.planned, trial.dispersion, in_full)
