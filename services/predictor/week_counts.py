"""Counts per cell and hour of the week."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.predictor.calendar_features import HOURS_PER_WEEK
from services.predictor.training_set import TrainingSet


@dataclass(frozen=True)
class WeekCounts:
    """What was recorded in some frames, by hour of the week.

    Attributes
    ----------
    recorded : incidents, shape (168, n_rows, n_columns).
    frame_counts : how many frames there were of each hour of the week, shape (168,).
    """

    recorded: NDArray[np.float64]
    frame_counts: NDArray[np.float64]

    @classmethod
    def of_frames(cls, training: TrainingSet, numbers: NDArray[np.int64]) -> "WeekCounts":
        """Count the frames of the given numbers, shape (n,)."""
        shape = training.frames.counts.shape[1:]
        hours = training.reader.calendar.hours_of_week(numbers)
        positions = numbers - training.frames.first_frame
        recorded = np.zeros((HOURS_PER_WEEK, *shape))
        for hour in range(HOURS_PER_WEEK):  # hour by hour: an array of all frames would be as large as the frames
            recorded[hour] = training.frames.counts[positions[hours == hour]].sum(axis=0, dtype=np.float64)
        return cls(recorded, np.bincount(hours, minlength=HOURS_PER_WEEK).astype(np.float64))

    @classmethod
    def of_window(cls, training: TrainingSet) -> "WeekCounts":
        """Count the frames of the window before validation."""
        return cls.of_frames(training, training.window_frames)

    @property
    def frame_total(self) -> float:
        """Number of frames."""
        return float(self.frame_counts.sum())

    @property
    def by_cell(self) -> NDArray[np.float64]:
        """Incidents per cell, shape (n_rows, n_columns)."""
        return np.asarray(self.recorded.sum(axis=0))

    @property
    def by_hour(self) -> NDArray[np.float64]:
        """Incidents of the whole area per hour of the week, shape (168,)."""
        return np.asarray(self.recorded.sum(axis=(1, 2)))
