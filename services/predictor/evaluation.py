"""Scores a model and simple baselines on days that the model has not seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.predictor.area import Area
from services.predictor.call_tables import call_tables
from services.predictor.calls import Span
from services.predictor.candidates import BASELINES
from services.predictor.features import FeatureReader
from services.predictor.frames import Frames
from services.predictor.matching import WINDOWS, Events, MatchScore, match_score
from services.predictor.model_card import ModelCard
from services.predictor.model_client import ModelServer
from services.predictor.models import load_model
from services.predictor.placement import PlaceTable
from services.predictor.plane import LocalPlane
from services.predictor.prediction import known_incidents
from services.predictor.scenarios import CallSource, IntensityMaps, sample_calls
from services.predictor.scores import mean_poisson_deviance, rmse
from services.predictor.training_set import Watch, area_calendar, training_set
from serving.errors import Cancelled, InvalidArgument
from serving.work import Stop, never_stop

MAXIMUM_DAYS = 366
BATCH_BYTES = 32 * 1024 * 1024
MODEL = "model"


@dataclass(frozen=True)
class Period:
    """Local days, both ends included."""

    from_date: date
    to_date: date


@dataclass(frozen=True)
class PredictorScore:
    """Scores of one predictor, per cell and hour; `predictor` is "model" or a baseline."""

    predictor: str
    mean_poisson_deviance: float
    rmse: float
    predicted_count: float
    match_scores: tuple[MatchScore, ...]


@dataclass(frozen=True)
class Evaluation:
    """Scores of the model, then of the baselines, on the same days."""

    actual_count: int
    scores: tuple[PredictorScore, ...]


def evaluate(
    area: Area,
    incidents: pd.DataFrame,
    places: PlaceTable,
    card: ModelCard,
    period: Period,
    seed: int,
    server: ModelServer,
    stop: Stop,
) -> Evaluation:
    """Score one-hour-ahead predictions: every hour is predicted from the recorded frames before it.

    The baselines are fitted to the model's own training window. The matching metric pairs one sampled scenario of the
    whole period with the recorded incidents.

    Raises
    ------
    InvalidArgument
        The days are not after the model's training, not within the incidents, or too many.
    """
    check_period(area, incidents, card, period)
    reader = FeatureReader(card.spec, area_calendar(area, card.spec.frame_minutes))
    clock = reader.calendar.clock
    hours = np.arange(clock.first_frame_of(period.from_date), clock.end_frame_of(period.to_date))
    frames = reader.count(incidents, area.grid, int(hours[0]), int(hours[-1]) + 1)
    predictions = {
        MODEL: _predict(card, reader, frames, hours, server, stop),
        **_baselines(area, incidents, card, frames, hours),
    }
    span = Span(clock.start_time(int(hours[0])), 60 * len(hours))
    recorded = _recorded_events(area, incidents, span)
    counts = frames.at(hours)
    source = CallSource(area, places, call_tables(area, known_incidents(incidents, span.start_time)))

    def score(name: str, intensities: NDArray[np.float32]) -> PredictorScore:
        calls = sample_calls(source, IntensityMaps(span.start_time, intensities), span, 1, seed)
        sampled = Events(_plane(area).to_metres(calls.latitude, calls.longitude), calls.minute)
        return PredictorScore(
            predictor=name,
            mean_poisson_deviance=mean_poisson_deviance(counts, intensities),
            rmse=rmse(counts, intensities),
            predicted_count=float(intensities.sum(dtype=np.float64)),
            match_scores=tuple(match_score(sampled, recorded, window) for window in WINDOWS),
        )

    return Evaluation(len(recorded), tuple(score(name, values) for name, values in predictions.items()))


def check_period(area: Area, incidents: pd.DataFrame, card: ModelCard, period: Period) -> None:
    """Raise `InvalidArgument` unless the days follow the model's training and have incidents."""
    if period.from_date <= card.trained_until_date:
        expected = f"a day after {card.trained_until_date}, the last that the model has seen"
        raise InvalidArgument("from_date", f"Expected {expected}, got {period.from_date}.")
    if period.to_date < period.from_date:
        raise InvalidArgument("to_date", f"Expected {period.from_date} or later, got {period.to_date}.")
    last_date = incidents["time"].iloc[-1].tz_convert(area.time_zone).date()
    if period.to_date > last_date:
        raise InvalidArgument("to_date", f"Expected a day up to {last_date}, that of the last incident.")
    if period.to_date - period.from_date >= timedelta(days=MAXIMUM_DAYS):
        raise InvalidArgument("to_date", f"Expected at most {MAXIMUM_DAYS} days.")


def _predict(
    card: ModelCard,
    reader: FeatureReader,
    frames: Frames,
    hours: NDArray[np.int64],
    server: ModelServer,
    stop: Stop,
) -> NDArray[np.float32]:
    """Ask the model server for all hours, in batches that fit a message."""
    spec = card.spec
    channels = spec.closeness_frames + spec.period_days + spec.trend_weeks
    batch = int(np.clip(BATCH_BYTES // (4 * channels * card.grid.cell_count), 1, 168))
    parts = []
    for start in range(0, len(hours), batch):
        if stop():
            raise Cancelled("The evaluation was stopped.")
        parts.append(server.predict(card, reader.read(frames, hours[start : start + batch])))
    return np.concatenate(parts)


def _baselines(
    area: Area, incidents: pd.DataFrame, card: ModelCard, frames: Frames, hours: NDArray[np.int64]
) -> Mapping[str, NDArray[np.float32]]:
    """Fit the baselines to the model's training window and predict the hours."""
    training = training_set(area, incidents, card.spec, card.seed, card.trained_until_date)
    inputs = training.reader.read(frames, hours)
    watch = Watch(lambda _fraction, _message: None, never_stop)
    return {name: load_model(name).fit(training, watch).predict(inputs) for name in BASELINES}


def _recorded_events(area: Area, incidents: pd.DataFrame, span: Span) -> Events:
    start = pd.Timestamp(span.start_time)
    times = incidents["time"]
    end = start + pd.Timedelta(minutes=span.minutes)
    rows = incidents.iloc[int(times.searchsorted(start)) : int(times.searchsorted(end))]
    metres = _plane(area).to_metres(rows["latitude"].to_numpy(float), rows["longitude"].to_numpy(float))
    return Events(metres, np.asarray((rows["time"] - start).dt.total_seconds(), dtype=np.float64) / 60.0)


def _plane(area: Area) -> LocalPlane:
    west, south, _, _ = area.grid.bounds(0)
    _, _, east, north = area.grid.bounds(area.grid.cell_count - 1)
    return LocalPlane((south + north) / 2, (west + east) / 2)
