"""The smoothed climatology: mean per cell and hour of the week, drawn towards the separable mean."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from services.predictor.models.separable import separable_table
from services.predictor.residual_network import FittedNetwork
from services.predictor.training_set import TrainingSet, Watch
from services.predictor.week_counts import WeekCounts
from services.predictor.weekly_map import weekly_network

PSEUDO_FRAMES = (25.0, 50.0, 100.0, 200.0, 400.0, 800.0, 1600.0)
"""How many frames of the separable mean each hour of the week may count besides its own."""
DAYS_PER_FOLD = 7


class Climatology:
    """Fits by counting; how strongly means are drawn is chosen on every other week of the window itself."""

    can_win = True
    core_seconds = 0.2

    def fit(self, training: TrainingSet, _watch: Watch, /) -> FittedNetwork:
        """Fit to the frames before validation."""
        week = WeekCounts.of_window(training)
        return weekly_network(smoothed_table(week, best_pseudo_frames(training)))


def smoothed_table(week: WeekCounts, pseudo_frames: float) -> NDArray[np.float64]:
    """Return means that count the separable mean as so many more frames, shape (168, n_rows, n_columns)."""
    frames = week.frame_counts[:, None, None]
    return np.asarray((week.recorded + pseudo_frames * separable_table(week)) / (frames + pseudo_frames))


def best_pseudo_frames(training: TrainingSet) -> float:
    """Return the strength under which each half of the weeks (even, odd) is the likeliest given the other half.

    Without two weeks it is the strongest.
    """
    weeks = training.window_frames // (DAYS_PER_FOLD * training.frames.frames_per_day)
    if len(np.unique(weeks % 2)) < 2:
        return PSEUDO_FRAMES[-1]
    halves = [WeekCounts.of_frames(training, training.window_frames[weeks % 2 == part]) for part in (0, 1)]
    scores = [
        _log_likelihood(halves[1], smoothed_table(halves[0], strength))
        + _log_likelihood(halves[0], smoothed_table(halves[1], strength))
        for strength in PSEUDO_FRAMES
    ]
    return PSEUDO_FRAMES[int(np.argmax(scores))]


def _log_likelihood(week: WeekCounts, table: NDArray[np.float64]) -> float:
    """Return the Poisson log-likelihood of counts, without the terms that no mean changes."""
    return float((xlogy(week.recorded, table) - week.frame_counts[:, None, None] * table).sum())


MODEL = Climatology()
