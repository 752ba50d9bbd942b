"""Kernel density of the window's incidents × hour profile; the bandwidth by leave-one-out likelihood."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.special import xlogy

from services.predictor.models.separable import CELL_PSEUDO_COUNT, cell_means, weekly_profile
from services.predictor.residual_network import FittedNetwork
from services.predictor.training_set import TrainingSet, Watch
from services.predictor.week_counts import WeekCounts
from services.predictor.weekly_map import weekly_network

BANDWIDTHS_CELLS = (0.3, 0.4, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0)
"""Standard deviations of the Gaussian kernel, in cells."""
LEAST_DENSITY = 1e-12


class KernelDensity:
    """Spreads each incident over the cells around its own; every hour of the week has the same map."""

    can_win = True
    core_seconds = 0.2

    def fit(self, training: TrainingSet, _watch: Watch, /) -> FittedNetwork:
        """Fit to the frames before validation."""
        week = WeekCounts.of_window(training)
        smooth = _smoothed(week.by_cell, best_bandwidth_cells(week.by_cell))
        profile = weekly_profile(week.by_hour, week.frame_counts)
        return weekly_network(profile[:, None, None] * cell_means(smooth, week.frame_total))


def best_bandwidth_cells(recorded: NDArray[np.float64]) -> float:
    """Return the bandwidth under which each incident is the likeliest given all the others.

    Parameters
    ----------
    recorded : incidents per cell, shape (n_rows, n_columns).
    """
    return max(BANDWIDTHS_CELLS, key=lambda bandwidth: _leave_one_out(recorded, bandwidth))


def _leave_one_out(recorded: NDArray[np.float64], bandwidth: float) -> float:
    """Return Σ over incidents of the log density that the others give to its cell."""
    single = np.zeros_like(recorded)
    middle = tuple(size // 2 for size in single.shape)
    single[middle] = 1.0
    own = _smoothed(single, bandwidth)[middle]
    others = np.maximum(_smoothed(recorded, bandwidth) - own, 0.0) + CELL_PSEUDO_COUNT
    return float(xlogy(recorded, np.maximum(others / others.sum(), LEAST_DENSITY)).sum())


def _smoothed(recorded: NDArray[np.float64], bandwidth: float) -> NDArray[np.float64]:
    return np.asarray(gaussian_filter(recorded, bandwidth, mode="constant"))


MODEL = KernelDensity()
