"""Stand-ins at the predictor's seams."""

import os
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

from services.predictor.area import Area
from services.predictor.features import ModelInputs
from services.predictor.model_card import ModelCard
from services.predictor.model_spec import ModelSpec
from services.predictor.search.space import Point
from services.predictor.search.trial import SearchData, TrialResult
from services.predictor.training_set import Watch
from serving.work import never_stop

SMALL_SPEC = ModelSpec(
    closeness_frames=3,
    period_days=1,
    trend_weeks=1,
    residual_units=1,
    filters=2,
    max_epochs=2,
    train_days=40,
    validation_days=5,
)


QUIET = Watch(lambda _fraction, _message: None, never_stop)


@dataclass
class EchoServer:
    """Answers the mean of the inputs plus a little; remembers what it was asked."""

    asked: list[ModelInputs] = field(default_factory=list)

    def predict(self, card: ModelCard, inputs: ModelInputs) -> NDArray[np.float32]:
        self.asked.append(inputs)
        channels = [inputs.closeness, inputs.period, inputs.trend]
        return 0.01 + np.concatenate(channels, axis=-1).mean(axis=-1).astype(np.float32)


def card_for(area: Area, trained_until: date, **changes: object) -> ModelCard:
    values: dict[str, object] = {
        "model": "small-town",
        "version": 1,
        "area_name": area.name,
        "area_artifact": "0" * 64,
        "spec": SMALL_SPEC,
        "seed": 0,
        "trained_until_date": trained_until,
        "metrics": (("validation_rmse", 0.5),),
        "create_time": datetime(2015, 4, 1, tzinfo=UTC),
        "grid": area.grid,
        "request_key": "key",
    }
    return ModelCard(**{**values, **changes})  # type: ignore[arg-type]


class RecentServer(EchoServer):
    """Answers the mean of the recent means plus a little."""

    def predict(self, card: ModelCard, inputs: ModelInputs) -> NDArray[np.float32]:
        self.asked.append(inputs)
        return 0.01 + inputs.recent.mean(axis=-1).astype(np.float32)


def failing_trial(_data: SearchData, point: Point, _deadline_time: float) -> TrialResult:
    """Climatology dies with its process, anything else raises in frames of half an hour."""
    if point.model == "climatology":
        os._exit(9)
    if point.frame_minutes == 30:
        raise ZeroDivisionError("no such frames")
    return TrialResult(0.5, 0.1)
