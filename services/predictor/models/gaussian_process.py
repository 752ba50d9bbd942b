"""A Gaussian process over place and hour of the day × day profile: a comparator, small and plain."""

import numpy as np
from numpy.typing import NDArray
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

from services.predictor.calendar_features import HOURS_PER_DAY
from services.predictor.models.separable import cell_means
from services.predictor.residual_network import FittedNetwork
from services.predictor.training_set import TrainingSet, Watch
from services.predictor.week_counts import WeekCounts
from services.predictor.weekly_map import weekly_network

POINTS = 250
"""Cells and hours that the process is conditioned on, drawn in proportion to their incidents + 1."""
ANSCOMBE = 0.375
"""2 √(y + 3/8) of a Poisson count y has a variance of about 1 (Anscombe 1948)."""
POINTS_STREAM = 12
LENGTH_BOUNDS = (0.2, 20.0)


class GaussianProcess:
    """Regresses Anscombe-transformed counts per cell and hour of the day on row, column and the circle of the hour.

    The squared-exponential kernel has a length per axis, by marginal likelihood. For comparison only.
    """

    can_win = False
    core_seconds = 5.0

    def fit(self, training: TrainingSet, _watch: Watch, /) -> FittedNetwork:
        """Fit to the frames before validation."""
        week = WeekCounts.of_window(training)
        days = week.recorded.reshape(-1, HOURS_PER_DAY, *week.recorded.shape[1:])
        generator = np.random.default_rng([training.seed % 2**64, POINTS_STREAM])
        smooth = _smoothed_counts(days.sum(axis=0), generator)
        raised = cell_means(smooth, 1.0) * (max(float(days.sum()), 1.0) / max(float(smooth.sum()), 1.0))
        frames = week.frame_counts.reshape(-1, HOURS_PER_DAY)
        day_factors = (days.sum(axis=(1, 2, 3)) + 1.0) / (frames.sum(axis=1) / frames.sum() * days.sum() + 1.0)
        hourly = raised / frames.sum(axis=0)[:, None, None]
        return weekly_network((day_factors[:, None, None, None] * hourly).reshape(week.recorded.shape))


def _smoothed_counts(counts: NDArray[np.float64], generator: np.random.Generator) -> NDArray[np.float64]:
    """Return the posterior mean of counts per hour of the day and cell, same shape (24, n_rows, n_columns)."""
    places = _places(counts.shape)
    values = 2 * np.sqrt(counts.ravel() + ANSCOMBE)
    chances = (counts.ravel() + 1.0) / (counts.ravel() + 1.0).sum()
    chosen = generator.choice(len(values), min(POINTS, len(values)), replace=False, p=chances)
    kernel = ConstantKernel(1.0, (1e-2, 1e4)) * RBF([1.0, 1.0, 1.0, 1.0], LENGTH_BOUNDS) + WhiteKernel(1.0, "fixed")
    process = GaussianProcessRegressor(kernel, random_state=0)
    mean = float(values[chosen].mean())
    process.fit(places[chosen], values[chosen] - mean)
    fitted = np.maximum(process.predict(places) + mean, 2 * np.sqrt(ANSCOMBE))
    return np.asarray(np.maximum(np.square(fitted / 2) - ANSCOMBE, 0.0).reshape(counts.shape))


def _places(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return row, column and the hour on a circle of radius 2, shape (24 · n_rows · n_columns, 4)."""
    hours, rows, columns = np.meshgrid(*(np.arange(size) for size in shape), indexing="ij")
    angles = 2 * np.pi * hours.ravel() / HOURS_PER_DAY
    return np.column_stack([rows.ravel(), columns.ravel(), 2 * np.sin(angles), 2 * np.cos(angles)])


MODEL = GaussianProcess()
