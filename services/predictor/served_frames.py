"""What a served model predicts for recorded frames, each from what was known before it."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.predictor.area import Area
from services.predictor.features import FeatureReader
from services.predictor.frame_history import with_history
from services.predictor.model_card import ModelCard
from services.predictor.model_client import ModelServer
from services.predictor.training_set import area_calendar
from serving.errors import Cancelled
from serving.work import Stop

BATCH_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True)
class ServedFrames:
    """Frames of some days.

    Attributes
    ----------
    recorded, predicted : incidents per cell and frame, shape (n_frames, n_rows, n_columns).
    observed : frames of days that the data policy does not leave out, shape (n_frames,).
    """

    recorded: NDArray[np.float32]
    predicted: NDArray[np.float32]
    observed: NDArray[np.bool_]

    @property
    def observed_share(self) -> float:
        """Share of the frames that are looked at."""
        return float(self.observed.mean())


def served_frames(
    area: Area,
    incidents: pd.DataFrame,
    card: ModelCard,
    from_date: date,
    to_date: date,
    server: ModelServer,
    stop: Stop,
) -> ServedFrames:
    """Predict the frames of local days, both ends included, one frame ahead, in batches that fit a message.

    Raises
    ------
    FailedPrecondition
        Records begin too late for what the model looks back at.
    Unavailable
        The model server is not ready.
    Cancelled
        `stop` asked to end.
    """
    calendar = area_calendar(area, card.spec.frame_minutes)
    reader = FeatureReader(card.spec, calendar)
    numbers = np.arange(calendar.clock.first_frame_of(from_date), calendar.clock.end_frame_of(to_date))
    counted = reader.count(incidents, area.grid, int(numbers[0]), int(numbers[-1]) + 1)
    frames = with_history(counted, reader, int(numbers[0]), card.inputs)
    one = reader.read(frames, numbers[:1]).named(card.inputs)
    size = int(np.clip(BATCH_BYTES // sum(value.nbytes for value in one.values()), 1, 168))
    parts = []
    for start in range(0, len(numbers), size):
        if stop():
            raise Cancelled("The prediction was stopped.")
        parts.append(server.predict(card, reader.read(frames, numbers[start : start + size])))
    return ServedFrames(frames.at(numbers), np.concatenate(parts), calendar.observed(numbers))
