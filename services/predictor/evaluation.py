"""Scores a model, the baselines and other models on days that none of them has seen."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import pandas as pd

from services.predictor.area import Area
from services.predictor.area_store import AreaSnapshot
from services.predictor.candidates import BASELINES
from services.predictor.dispersion_fit import model_dispersion
from services.predictor.model_card import ModelCard
from services.predictor.model_client import ModelServer
from services.predictor.models import FittedModel, fit_member
from services.predictor.planned_frames import predict_ahead, predict_planned
from services.predictor.score_days import Period, ScoreDays, score_days
from services.predictor.score_horizons import FittedServer, HorizonScore, horizon_scores
from services.predictor.score_predictor import Contestant, PredictorScore, score_predictor
from services.predictor.served_frames import served_frames
from services.predictor.training_set import TrainingSet, Watch, training_set
from serving.errors import Cancelled, InvalidArgument
from serving.work import Stop

MAXIMUM_DAYS = 366
FRAMES_AT_ONCE = 168
SERVED_AT_ONCE = 24
"""Few enough for a message, whatever the grid."""
MODEL = "model"
REFERENCE = "separable"
"""What deviances are compared with."""


@dataclass(frozen=True)
class EvaluationOptions:
    """What to score beside the model and its baselines."""

    seed: int
    compared_models: tuple[str, ...] = ()
    score_shifts: bool = False


@dataclass(frozen=True)
class Evaluation:
    """Scores of the model, then of the baselines and compared models, on the same days; `horizons` of the model."""

    days: ScoreDays
    frame_minutes: int
    scores: tuple[PredictorScore, ...]
    horizons: tuple[HorizonScore, ...] = field(default=())


def evaluate(
    snapshot: AreaSnapshot,
    card: ModelCard,
    period: Period,
    options: EvaluationOptions,
    server: ModelServer,
    watch: Watch,
) -> Evaluation:
    """Score predictions one frame ahead: every frame is predicted from what is known before it.

    Baselines and compared models are fitted to the model's own training window. With `score_shifts`, the model is also
    scored on whole shifts predicted at once, as plans need them. Days that the data policy leaves out are not scored.

    Raises
    ------
    InvalidArgument
        The days are not after the model's training, not within the incidents, too many, or all left out by the data
        policy; shifts are to be scored and none lies within the days; no such model to compare.
    """
    area, incidents = snapshot.area, snapshot.incidents
    check_period(area, incidents, card, period)
    training = training_set(area, incidents, card.spec, card.seed, card.trained_until_date)
    days = score_days(area, incidents, training.reader, period)
    if options.score_shifts and len(days.shifts) == 0:
        expected = "days that hold a whole shift, to score shifts; one that crosses midnight needs the next day too"
        raise InvalidArgument("to_date", f"Expected {expected}.")
    names = tuple(dict.fromkeys([*BASELINES, *options.compared_models]))
    fitted = {name: fit_member(name, training, watch) for name in names}
    served = served_frames(area, incidents, card, period.from_date, period.to_date, server, watch.stop)
    known = training.reader, days.frames, days.numbers, served.predicted
    planned = predict_planned(*known, partial(server.predict, card), SERVED_AT_ONCE, watch.stop)
    contestants = [
        Contestant(MODEL, served.predicted, planned, card.dispersion, in_full=True),
        *(contestant(name, model, training, days, watch.stop) for name, model in fitted.items()),
    ]
    horizons: tuple[HorizonScore, ...] = ()
    if options.score_shifts:
        reference = FittedServer(fitted[REFERENCE])
        asked, compared = (card, server), (reference.card(card), reference)
        horizons = horizon_scores(incidents, days, asked, compared, watch.stop)
    scores = score_contestants(snapshot, days, contestants, options.seed, watch)
    return Evaluation(days, card.spec.frame_minutes, scores, horizons)


def contestant(name: str, model: FittedModel, training: TrainingSet, days: ScoreDays, stop: Stop) -> Contestant:
    """Predict the days with a fitted model, one frame ahead and as plans do, and fit its dispersion."""
    asked = training.reader, days.frames, days.numbers
    intensities = predict_ahead(*asked, model.predict, FRAMES_AT_ONCE, stop)
    planned = predict_planned(*asked, intensities, model.predict, FRAMES_AT_ONCE, stop)
    return Contestant(name, intensities, planned, model_dispersion(training, model))


def score_contestants(
    snapshot: AreaSnapshot, days: ScoreDays, contestants: Sequence[Contestant], seed: int, watch: Watch
) -> tuple[PredictorScore, ...]:
    """Score predictors on the same days; one of them is the reference."""
    reference = next(each for each in contestants if each.name == REFERENCE)
    scores = []
    for position, each in enumerate(contestants):
        if watch.stop():
            raise Cancelled("The evaluation was stopped.")
        watch.report(position / len(contestants), f"scoring {each.name}")
        scores.append(score_predictor(snapshot, days, each, reference, seed))
    return tuple(scores)


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
    days = pd.date_range(period.from_date, period.to_date).to_numpy("datetime64[D]")
    if not area.policy.observes(days).any():
        raise InvalidArgument("from_date", "Expected a day that the area's data policy does not leave out; all are.")
