"""Two halves of a window, to choose by one what the other confirms."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from services.predictor.training_set import TrainingSet
from services.predictor.week_counts import WeekCounts

DAYS_PER_WEEK = 7


def week_halves(training: TrainingSet) -> tuple[WeekCounts, ...]:
    """Return the counts of the window's even and odd weeks; nothing where there is but one week."""
    weeks = training.window_frames // (DAYS_PER_WEEK * training.frames.frames_per_day)
    if len(np.unique(weeks % 2)) < 2:
        return ()
    return tuple(WeekCounts.of_frames(training, training.window_frames[weeks % 2 == part]) for part in (0, 1))


def cross_likelihood(halves: Sequence[WeekCounts], tables: Sequence[NDArray[np.float64]]) -> float:
    """Return the Poisson log-likelihood of each half under the table of the other, but for a constant.

    Parameters
    ----------
    tables : one made from each half, incidents per frame, shape (168, n_rows, n_columns), positive.
    """
    return sum(log_likelihood(half, table) for half, table in zip(halves, reversed(tables), strict=True))


def log_likelihood(week: WeekCounts, table: NDArray[np.float64]) -> float:
    """Return the Poisson log-likelihood of counts, without the terms that no mean changes."""
    return float((xlogy(week.recorded, table) - week.frame_counts[:, None, None] * table).sum())
