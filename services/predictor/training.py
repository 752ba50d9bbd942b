"""Trains, compares with the baselines on the validation days, and stores the better network as a new version."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.predictor.area import Area
from services.predictor.model_card import ModelCard
from services.predictor.model_spec import ModelSpec, OutputKind
from services.predictor.model_store import ModelStore, model_name
from services.predictor.models import FittedModel, load_model
from services.predictor.residual_network import FittedNetwork
from services.predictor.saved_model import write_saved_model
from services.predictor.scores import mean_poisson_deviance, pearson_dispersion, rmse
from services.predictor.training_set import TrainingSet, Watch, training_set

BASELINES = ("separable", "climatology")
DEVIANCE = "validation_mean_poisson_deviance"


@dataclass(frozen=True)
class TrainingRequest:
    """What to train; `key` names the request, so that it is answered once."""

    area_artifact: str
    spec: ModelSpec
    seed: int
    key: str


def train(area: Area, incidents: pd.DataFrame, request: TrainingRequest, models: ModelStore, watch: Watch) -> ModelCard:
    """Train on the days up to `area.train_until_date` and store the model.

    Returns
    -------
    The card of the new version. Its metrics hold the deviance of the model, of every network tried and of the
    baselines on the validation days; a model worse than a baseline is stored all the same, and its metrics show it.

    Raises
    ------
    FailedPrecondition
        There are too few days of incidents.
    Cancelled
        `watch.stop` asked to end; nothing is stored.
    """
    training = training_set(area, incidents, request.spec, request.seed, area.train_until_date)
    networks = _fit_networks(training, watch)
    baselines = {name: load_model(name).fit(training, watch) for name in BASELINES}
    deviances = {name: _validation_deviance(training, model) for name, model in {**networks, **baselines}.items()}
    kept = min(networks, key=lambda name: deviances[name])
    watch.report(0.95, f"exporting {kept}")
    card = ModelCard(
        model=model_name(area.name),
        version=0,
        area_name=area.name,
        area_artifact=request.area_artifact,
        spec=replace(request.spec, output=OutputKind(kept)),
        seed=request.seed,
        trained_until_date=area.train_until_date,
        metrics=_metrics(training, networks[kept], deviances, kept),
        create_time=datetime.now(UTC),
        grid=area.grid,
        request_key=request.key,
        inputs=networks[kept].input_names,
    )
    return models.publish(card, partial(write_saved_model, networks[kept]))


def _fit_networks(training: TrainingSet, watch: Watch) -> dict[str, FittedNetwork]:
    """Fit the network of the spec's output kind, or both."""
    output = training.reader.spec.output
    kinds = (OutputKind.POISSON, OutputKind.TANH) if output is OutputKind.BEST else (output,)
    networks: dict[str, FittedNetwork] = {}
    for position, kind in enumerate(kinds):
        part = Watch(partial(_report_part, watch, position, len(kinds), kind.value), watch.stop)
        network = load_model(kind.value).fit(training, part)
        assert isinstance(network, FittedNetwork)  # the kinds name networks
        networks[kind.value] = network
    return networks


def _report_part(watch: Watch, position: int, parts: int, name: str, fraction: float, message: str) -> None:
    """Report the progress of one of several fits; fits together are 95 % of the work."""
    watch.report(0.95 * (position + fraction) / parts, f"{name}: {message}")


def _validation_deviance(training: TrainingSet, model: FittedModel) -> float:
    recorded, predicted = _validation_counts(training, model)
    return mean_poisson_deviance(recorded, predicted)


def _validation_counts(training: TrainingSet, model: FittedModel) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return recorded and predicted counts of the validation hours, shape (n_hours, n_rows, n_columns)."""
    hours = training.validation_frames
    return training.frames.at(hours), model.predict(training.reader.read(training.frames, hours))


def _metrics(
    training: TrainingSet, model: FittedModel, deviances: Mapping[str, float], kept: str
) -> tuple[tuple[str, float], ...]:
    recorded, predicted = _validation_counts(training, model)
    hourly_recorded = recorded.sum(axis=(1, 2), dtype=np.float64)
    hourly_predicted = predicted.sum(axis=(1, 2), dtype=np.float64)
    daily_starts = np.arange(0, len(recorded), 24)
    daily_recorded = np.add.reduceat(hourly_recorded, daily_starts)
    daily_predicted = np.add.reduceat(hourly_predicted, daily_starts)
    return (
        (DEVIANCE, deviances[kept]),
        *((f"{DEVIANCE}_{name}", value) for name, value in deviances.items()),
        ("validation_deviance_relative_to_separable", deviances[kept] / deviances["separable"] - 1),
        ("validation_rmse", rmse(recorded, predicted)),
        ("validation_actual_count", float(recorded.sum())),
        ("validation_predicted_count", float(predicted.sum())),
        ("validation_hourly_dispersion", pearson_dispersion(hourly_recorded, hourly_predicted)),
        ("validation_daily_dispersion", pearson_dispersion(daily_recorded, daily_predicted)),
        ("training_hours", float(len(training.sample_frames))),
    )
