"""The smoothed climatology: mean per cell and hour of the week, smoothed and drawn towards the separable mean."""

from collections.abc import Callable
from itertools import product

import numpy as np
from numpy.typing import NDArray

from services.predictor.calendar_features import HOURS_PER_WEEK
from services.predictor.low_rank_factors import WeekSmoother
from services.predictor.models.separable import separable_table
from services.predictor.residual_network import FittedNetwork
from services.predictor.training_set import TrainingSet, Watch
from services.predictor.week_counts import WeekCounts
from services.predictor.week_halves import cross_likelihood, week_halves
from services.predictor.weekly_map import weekly_network

PSEUDO_FRAMES = (25.0, 50.0, 100.0, 200.0, 400.0, 800.0, 1600.0)
"""How many frames of the separable mean each hour of the week may count besides its own."""
SMOOTHING_HOURS = (0.1, 0.5, 1.0, 2.0, 3.0)
"""Standard deviations of the kernel along the week; the first leaves the hours apart."""
SHARED_WEEKDAYS = 0.9

Smoother = Callable[[NDArray[np.float64]], NDArray[np.float64]]


class Climatology:
    """Fits by counting; how much means are smoothed and drawn is chosen on every other week of the window itself."""

    can_win = True
    core_seconds = 0.5

    def fit(self, training: TrainingSet, _watch: Watch, /) -> FittedNetwork:
        """Fit to the frames before validation."""
        smoothing_hours, pseudo_frames = best_smoothing(training)
        smoother = WeekSmoother.make(smoothing_hours, SHARED_WEEKDAYS)
        return weekly_network(smoothed_table(WeekCounts.of_window(training), pseudo_frames, smoother))


def smoothed_table(
    week: WeekCounts, pseudo_frames: float, smoother: Smoother = lambda rhythms: rhythms
) -> NDArray[np.float64]:
    """Return separable mean × (smoothed recorded + k · mean) / (smoothed expected + k · mean), as incidents per frame.

    Parameters
    ----------
    pseudo_frames : k, how many more frames of the separable mean count.
    smoother : smooths rows of 168 hours.

    Returns
    -------
    Shape (168, n_rows, n_columns).
    """
    mean = separable_table(week)
    recorded, expected = (_smoothed(counts, smoother) for counts in (week.recorded, mean * _per_hour(week)))
    return np.asarray(mean * (recorded + pseudo_frames * mean) / (expected + pseudo_frames * mean))


def best_smoothing(training: TrainingSet) -> tuple[float, float]:
    """Return the hours and frames under which each half of the weeks (even, odd) is the likeliest given the other half.

    Without two weeks they are the strongest.
    """
    halves = week_halves(training)
    if not halves:
        return SMOOTHING_HOURS[-1], PSEUDO_FRAMES[-1]

    def likelihood(choice: tuple[float, float]) -> float:
        smoother = WeekSmoother.make(choice[0], SHARED_WEEKDAYS)
        return cross_likelihood(halves, [smoothed_table(half, choice[1], smoother) for half in halves])

    return max(product(SMOOTHING_HOURS, PSEUDO_FRAMES), key=likelihood)


def _smoothed(counts: NDArray[np.float64], smoother: Smoother) -> NDArray[np.float64]:
    """Smooth each cell's week, shape (168, n_rows, n_columns)."""
    return smoother(counts.reshape(HOURS_PER_WEEK, -1).T).T.reshape(counts.shape)


def _per_hour(week: WeekCounts) -> NDArray[np.float64]:
    """Return the frames of each hour of the week, shape (168, 1, 1)."""
    return week.frame_counts[:, None, None]


MODEL = Climatology()
