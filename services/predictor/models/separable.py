"""The separable baseline: mean of the cell × profile of the hour of the week."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.predictor.calendar_features import HOURS_PER_DAY, HOURS_PER_WEEK
from services.predictor.features import ModelInputs
from services.predictor.training_set import TrainingSet, Watch

CELL_PSEUDO_COUNT = 0.1
PROFILE_PSEUDO_COUNT = 20.0


@dataclass(frozen=True)
class FittedSeparable:
    """Cell means, shape (n_rows, n_columns), incidents per hour, and a profile around 1, shape (168,)."""

    cell_means: NDArray[np.float64]
    profile: NDArray[np.float64]

    def predict(self, inputs: ModelInputs) -> NDArray[np.float32]:
        """Return cell mean × profile, shape (n, n_rows, n_columns)."""
        return (self.profile[inputs.hour_of_week, None, None] * self.cell_means).astype(np.float32)


class Separable:
    """Fits cell means and profile by counting, slightly smoothed so that no intensity is zero."""

    can_win = True
    core_seconds = 0.1

    def fit(self, training: TrainingSet, _watch: Watch, /) -> FittedSeparable:
        """Fit to the hours before validation."""
        counts = training.frames.at(training.window_frames).astype(np.float64)
        hours_of_week = training.reader.calendar.hours_of_week(training.window_frames)
        city_counts = counts.sum(axis=(1, 2))
        return FittedSeparable(cell_means(counts), weekly_profile(city_counts, hours_of_week))


def weekly_profile(city_counts: NDArray[np.float64], hours_of_week: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the factor of each hour of the week, shape (168,).

    The factor of an hour of the week counts that of its hour of the day as a few incidents more, which in turn counts
    a flat day so; with little data the profile is thus that of the day, with none it is flat.

    Parameters
    ----------
    city_counts, hours_of_week : incidents of the whole area and hour of the week of each hour, shape (n_hours,).
    """
    mean = city_counts.mean()
    recorded = np.bincount(hours_of_week, weights=city_counts, minlength=HOURS_PER_WEEK)
    expected = np.bincount(hours_of_week, minlength=HOURS_PER_WEEK) * mean
    by_day = recorded.reshape(-1, HOURS_PER_DAY).sum(axis=0), expected.reshape(-1, HOURS_PER_DAY).sum(axis=0)
    daily = (by_day[0] + PROFILE_PSEUDO_COUNT) / (by_day[1] + PROFILE_PSEUDO_COUNT)
    prior = np.tile(daily, HOURS_PER_WEEK // HOURS_PER_DAY)
    profile: NDArray[np.float64] = (recorded + PROFILE_PSEUDO_COUNT * prior) / (expected + PROFILE_PSEUDO_COUNT)
    return profile


def cell_means(counts: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the mean per cell; 0.1 incidents are added to every cell and the city's total is kept.

    Parameters
    ----------
    counts : shape (n_hours, n_rows, n_columns).
    """
    raised = counts.sum(axis=0) + CELL_PSEUDO_COUNT
    total = max(float(counts.sum()), CELL_PSEUDO_COUNT)
    return np.asarray(raised * (total / raised.sum()) / len(counts))


MODEL = Separable()
