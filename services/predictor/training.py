"""Fits the candidates, chooses the champion on the validation days, and stores it as a new version."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version

import pandas as pd

from services.predictor.area import Area
from services.predictor.candidates import Candidate, check_models, fit_candidates
from services.predictor.champion import REFERENCE, choose_champion
from services.predictor.dispersion_fit import model_dispersion
from services.predictor.model_card import ModelCard
from services.predictor.model_limits import model_limits
from services.predictor.model_spec import ModelSpec
from services.predictor.model_store import ModelStore, model_name
from services.predictor.saved_model import write_saved_model
from services.predictor.training_set import TrainingSet, Watch, training_set
from services.predictor.validation import DEVIANCE, Figures, validation_figures
from services.predictor.workspace import open_workspace

TRAINING_REVISION = "6"
"""Part of the key of a training: raise it when the same request must train anew."""
FITTING_SHARE = 0.95
LIBRARIES = ("officers", "tensorflow", "keras", "numpy", "scikit-learn")
"""Those that a model's figures depend on."""


@dataclass(frozen=True)
class TrainingRequest:
    """What to train; `key` names the request, so that it is answered once.

    With `allow_worse`, models that the spec names are published even where they are not better than the baseline.
    """

    area_artifact: str
    spec: ModelSpec
    seed: int
    key: str
    allow_worse: bool = False


def train(area: Area, incidents: pd.DataFrame, request: TrainingRequest, models: ModelStore, watch: Watch) -> ModelCard:
    """Train on the days up to `area.train_until_date` and store the champion.

    What has been done is kept on disk: the same request goes on there after a kill and comes to the same model.

    Returns
    -------
    The card of the new version, or of the one that the same request has made before. Its metrics hold the deviance of
    every candidate on the validation days.

    Raises
    ------
    InvalidArgument
        The spec names models that there are not.
    FailedPrecondition
        There are too few days of incidents, or no model that the spec names is better than the baseline.
    Cancelled
        `watch.stop` asked to end; nothing is stored.
    """
    check_models(request.spec.models)
    known = models.find_request(request.key)
    if known is not None:
        return known
    training = training_set(area, incidents, request.spec, request.seed, area.train_until_date)
    with open_workspace(models.training_folder(_work_key(request)), watch.stop) as workspace:
        known = models.find_request(request.key)  # another process may have made it meanwhile
        if known is not None:
            return known
        fitting = watch.within(0.0, FITTING_SHARE, workspace.checkpoint)
        candidates = fit_candidates(training, workspace, fitting)
        champion = choose_champion(candidates, request.spec.models, request.allow_worse)
        watch.report(FITTING_SHARE, f"exporting {champion.name}")
        card = _card(area, request, training, candidates, champion)
        assert champion.network is not None  # the champion can be published
        published = models.publish(card, partial(write_saved_model, champion.network))
        workspace.remove()
    return published


def _card(
    area: Area, request: TrainingRequest, training: TrainingSet, candidates: Sequence[Candidate], champion: Candidate
) -> ModelCard:
    assert champion.network is not None  # the champion can be published
    reference = next(candidate for candidate in candidates if candidate.name == REFERENCE)
    until = area.train_until_date
    clock = training.reader.calendar.clock
    return ModelCard(
        model=model_name(area.name),
        version=0,
        area_name=area.name,
        area_artifact=request.area_artifact,
        spec=request.spec,
        seed=request.seed,
        trained_until_date=until,
        metrics=_metrics(training, candidates, champion, reference),
        create_time=datetime.now(UTC),
        grid=area.grid,
        request_key=request.key,
        inputs=champion.network.input_names,
        kind=champion.name,
        trained_from_date=clock.local_times(training.window_frames[:1])[0].date(),
        validated_from_date=clock.local_times(training.validation_frames[:1])[0].date(),
        incident_count=round(
            float(
                training.frames.at(training.window_frames).sum() + training.frames.at(training.validation_frames).sum()
            )
        ),
        limits=model_limits(area, training, champion, reference),
        libraries=libraries(),
        policy=area.policy,
        dispersion=model_dispersion(training, champion.network),
    )


def _metrics(
    training: TrainingSet, candidates: Sequence[Candidate], champion: Candidate, reference: Candidate
) -> Figures:
    return (
        (DEVIANCE, champion.deviance),
        *((f"{DEVIANCE}_{candidate.name}", candidate.deviance) for candidate in candidates),
        ("validation_deviance_relative_to_separable", champion.deviance / reference.deviance - 1),
        *validation_figures(training, champion.predicted),
        ("training_hours", len(training.sample_frames) / training.reader.calendar.clock.frames_per_hour),
    )


def libraries() -> tuple[tuple[str, str], ...]:
    """Return the versions of the libraries that models are made with."""
    return tuple((name, version(name)) for name in LIBRARIES)


def _work_key(request: TrainingRequest) -> str:
    """Name what a training's fits depend on; those of another revision or version of a library are not taken up."""
    parts = (request.area_artifact, asdict(request.spec), request.seed, libraries(), TRAINING_REVISION)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
