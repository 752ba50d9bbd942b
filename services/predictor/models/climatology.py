"""The climatology baseline: mean per cell and hour of the week, drawn towards the cell's mean."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.predictor.calendar_features import HOURS_PER_WEEK
from services.predictor.features import ModelInputs
from services.predictor.models.separable import cell_means
from services.predictor.training_set import TrainingSet, Watch

PSEUDO_WEEKS = 8.0


@dataclass(frozen=True)
class FittedClimatology:
    """Means, shape (168, n_rows, n_columns), incidents per hour."""

    means: NDArray[np.float64]

    def predict(self, inputs: ModelInputs) -> NDArray[np.float32]:
        """Return the mean of the hour of the week, shape (n, n_rows, n_columns)."""
        return self.means[inputs.hour_of_week].astype(np.float32)


class Climatology:
    """Fits by counting; each mean counts the cell's own mean as eight more weeks of the same hour."""

    can_win = True
    core_seconds = 0.1

    def fit(self, training: TrainingSet, _watch: Watch, /) -> FittedClimatology:
        """Fit to the hours before validation."""
        counts = training.frames.at(training.window_frames).astype(np.float64)
        hours_of_week = training.reader.calendar.hours_of_week(training.window_frames)
        sums = np.zeros((HOURS_PER_WEEK, *counts.shape[1:]))
        np.add.at(sums, hours_of_week, counts)
        weeks = np.bincount(hours_of_week, minlength=HOURS_PER_WEEK)[:, None, None]
        return FittedClimatology((sums + PSEUDO_WEEKS * cell_means(counts)) / (weeks + PSEUDO_WEEKS))


MODEL = Climatology()
