"""The separable baseline: mean of the cell × profile of the hour of the week."""

import numpy as np
from numpy.typing import NDArray

from services.predictor.calendar_features import HOURS_PER_DAY, HOURS_PER_WEEK
from services.predictor.residual_network import FittedNetwork
from services.predictor.training_set import TrainingSet, Watch
from services.predictor.week_counts import WeekCounts
from services.predictor.weekly_map import weekly_network

CELL_PSEUDO_COUNT = 0.1
PROFILE_PSEUDO_COUNT = 20.0


class Separable:
    """Fits cell means and profile by counting, slightly smoothed so that no intensity is zero."""

    can_win = True
    core_seconds = 0.1

    def fit(self, training: TrainingSet, _watch: Watch, /) -> FittedNetwork:
        """Fit to the frames before validation."""
        return weekly_network(separable_table(WeekCounts.of_window(training)))


def separable_table(week: WeekCounts) -> NDArray[np.float64]:
    """Return cell mean × profile, incidents per frame, shape (168, n_rows, n_columns)."""
    profile = weekly_profile(week.by_hour, week.frame_counts)
    return np.asarray(profile[:, None, None] * cell_means(week.by_cell, week.frame_total))


def weekly_profile(recorded: NDArray[np.float64], frame_counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the factor of each hour of the week, shape (168,).

    The factor of an hour of the week counts that of its hour of the day as a few incidents more, which in turn counts
    a flat day so; with little data the profile is thus that of the day, with none it is flat.

    Parameters
    ----------
    recorded, frame_counts : incidents of the whole area and number of frames by hour of the week, shape (168,).
    """
    expected = frame_counts * (recorded.sum() / frame_counts.sum())
    by_day = recorded.reshape(-1, HOURS_PER_DAY).sum(axis=0), expected.reshape(-1, HOURS_PER_DAY).sum(axis=0)
    daily = (by_day[0] + PROFILE_PSEUDO_COUNT) / (by_day[1] + PROFILE_PSEUDO_COUNT)
    prior = np.tile(daily, HOURS_PER_WEEK // HOURS_PER_DAY)
    profile: NDArray[np.float64] = (recorded + PROFILE_PSEUDO_COUNT * prior) / (expected + PROFILE_PSEUDO_COUNT)
    return profile


def cell_means(recorded: NDArray[np.float64], frame_total: float) -> NDArray[np.float64]:
    """Return the mean per cell and frame; 0.1 incidents are added to every cell and the area's total is kept.

    Parameters
    ----------
    recorded : incidents per cell, shape (n_rows, n_columns).
    frame_total : how many frames they were recorded in.
    """
    raised = recorded + CELL_PSEUDO_COUNT
    total = max(float(recorded.sum()), CELL_PSEUDO_COUNT)
    return np.asarray(raised * (total / raised.sum()) / frame_total)


MODEL = Separable()
