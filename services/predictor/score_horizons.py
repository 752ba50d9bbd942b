"""How much is lost where a whole shift is predicted at once, as plans need it, instead of one frame ahead."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.predictor.features import INPUT_NAMES, ModelInputs
from services.predictor.model_card import ModelCard
from services.predictor.model_client import ModelServer
from services.predictor.models import FittedModel
from services.predictor.prediction import Horizon, predict_hours
from services.predictor.residual_network import FittedNetwork
from services.predictor.score_days import ScoreDays
from services.predictor.scores import frame_deviances, mean_poisson_deviance
from services.predictor.weekly_bootstrap import Estimate, relative_difference
from serving.work import Stop

LEAD_HOURS = (0, 12)
"""From what is known to the start of the shift: a plan made as it begins, and one made half a day before."""


@dataclass(frozen=True)
class HorizonScore:
    """Scores of whole shifts, per cell and hour; relative to the reference predictor on the same shifts, less one."""

    lead_hours: int
    mean_poisson_deviance: float
    relative_deviance: Estimate
    predicted_count: float
    actual_count: int


@dataclass(frozen=True)
class FittedServer:
    """A fitted model in the place of a model server."""

    model: FittedModel

    def predict(self, _card: ModelCard, inputs: ModelInputs) -> NDArray[np.float32]:
        """Return intensities, shape (n, n_rows, n_columns)."""
        return self.model.predict(inputs)

    def card(self, card: ModelCard) -> ModelCard:
        """Return a card that asks for the inputs of this model."""
        names = self.model.input_names if isinstance(self.model, FittedNetwork) else INPUT_NAMES
        return ModelCard(**{**vars(card), "inputs": names})


def horizon_scores(
    incidents: pd.DataFrame,
    days: ScoreDays,
    predictor: tuple[ModelCard, ModelServer],
    reference: tuple[ModelCard, ModelServer],
    stop: Stop,
) -> tuple[HorizonScore, ...]:
    """Score whole shifts, predicted from what was known some hours before they began."""
    shifts = [np.nonzero(hours)[0] for hours in days.shifts]
    counts = days.counts.reshape(days.shifts.shape[1], -1, *days.counts.shape[1:]).sum(axis=1)
    recorded = np.concatenate([counts[hours] for hours in shifts])
    weeks = np.concatenate([days.hour_days[hours] // 7 for hours in shifts])
    scores = []
    for lead_hours in LEAD_HOURS:
        own, other = (
            np.concatenate([_predict_shift(incidents, days, hours, lead_hours, *asked, stop) for hours in shifts])
            for asked in (predictor, reference)
        )
        relative = relative_difference(frame_deviances(recorded, own), frame_deviances(recorded, other), weeks)
        scores.append(
            HorizonScore(
                lead_hours,
                mean_poisson_deviance(recorded, own),
                relative,
                float(own.sum(dtype=np.float64)),
                int(recorded.sum()),
            )
        )
    return tuple(scores)


def _predict_shift(
    incidents: pd.DataFrame,
    days: ScoreDays,
    hours: NDArray[np.int64],
    lead_hours: int,
    card: ModelCard,
    server: ModelServer,
    stop: Stop,
) -> NDArray[np.float32]:
    start_time = days.span.start_time + timedelta(hours=int(hours[0]))
    horizon = Horizon(start_time, len(hours), start_time - timedelta(hours=lead_hours))
    return predict_hours(days.area, incidents, card, horizon, server, stop)
