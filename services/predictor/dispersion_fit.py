"""Fits how much more counts vary than Poisson counts, from a model's residuals."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar, nnls
from scipy.special import gammaln

from services.predictor.dispersion import LEAST_SPREAD, CountDispersion, FloatArray, IntArray, Stretches
from services.predictor.features import ModelInputs
from services.predictor.training_set import TrainingSet

LARGEST_EXCESS = 2.0
LEAST_MEAN = 1e-9
BATCH_BYTES = 128 * 1024 * 1024
BYTES_PER_CELL = 4 * 48
"""What the features of a cell and frame take, at most about."""


class Predicts(Protocol):
    """A fitted model."""

    def predict(self, inputs: ModelInputs) -> NDArray[np.float32]:
        """Return intensities, shape (n, n_rows, n_columns)."""
        ...


def model_dispersion(training: TrainingSet, model: Predicts) -> CountDispersion:
    """Fit the dispersion to a model's residuals over its whole window, validation days included.

    The residuals of the days that the model was fitted to are slightly too small; those of the few validation days
    alone would leave the variance of days uncertain by a quarter.
    """
    numbers = np.concatenate([training.sample_frames, training.validation_frames])
    size = int(np.clip(BATCH_BYTES // (BYTES_PER_CELL * training.frames.counts[0].size), 24, 24 * 56))
    parts = [numbers[start : start + size] for start in range(0, len(numbers), size)]
    intensities = np.concatenate([model.predict(training.reader.read(training.frames, part)) for part in parts])
    stretches = Stretches.of(training.reader.calendar.clock.local_times(numbers))
    return fit_dispersion(training.frames.at(numbers), intensities, stretches)


def fit_dispersion(
    counts: NDArray[np.floating], intensities: NDArray[np.floating], stretches: Stretches
) -> CountDispersion:
    """Fit by maximum likelihood: the spread of cells, then that of the area's hours, blocks and days.

    Parameters
    ----------
    counts, intensities : recorded and predicted incidents, shape (n_frames, n_rows, n_columns).
    stretches : what the frames belong to, one after the other.

    Returns
    -------
    The dispersion. Total counts are brought to the predicted level first: a wrong level is no dispersion.
    """
    recorded_total, expected_total = (float(values.sum(dtype=np.float64)) for values in (counts, intensities))
    level = recorded_total / max(expected_total, LEAST_MEAN)
    cell_counts = _totals(counts.reshape(len(counts), -1), stretches.hours)
    cell_means = _totals(intensities.reshape(len(counts), -1), stretches.hours)
    cell_excess = _cell_excess(cell_counts, cell_means, level)
    # What a cell varies more because all cells vary together: its mean (weighted by calls) times the shared variance.
    shared_mean = level * float(np.sum(np.square(cell_means), dtype=np.float64)) / max(expected_total, LEAST_MEAN)
    city_counts = counts.sum(axis=(1, 2), dtype=np.float64)
    city_means = np.maximum(intensities.sum(axis=(1, 2), dtype=np.float64) * level, LEAST_MEAN)
    shared = _total_variance(city_counts, city_means, stretches.hours, cell_excess)
    repeat_excess = max(0.0, cell_excess - shared_mean * shared)
    day, block, hour = _factor_variances(city_counts, city_means, stretches, repeat_excess)
    return CountDispersion(day, hour, repeat_excess, len(np.unique(stretches.days)), block)


def _factor_variances(
    counts: FloatArray, means: FloatArray, stretches: Stretches, excess: float
) -> tuple[float, float, float]:
    """Return the variances of the factors of days, blocks and hours.

    The relative variance of totals of one kind is the sum of the factors' variances, each times how much of it is left
    when parts are summed: Σ (part / total)². Three kinds of totals give three equations, solved for variances of at
    least 0.
    """
    kinds = (stretches.days, stretches.blocks, stretches.hours)
    totals = [_total_variance(counts, means, kind, excess) for kind in kinds]
    left = [[_left_of_parts(means, part, kind) for part in kinds] for kind in kinds]
    day, block, hour = nnls(np.array(left), np.array(totals))[0]
    return float(day), float(block), float(hour)


def _left_of_parts(means: FloatArray, parts: IntArray, totals: IntArray) -> float:
    """Return the mean of Σ (part / total)² over totals: 1 where a part is never smaller than a total."""
    if len(np.unique(parts)) < len(np.unique(totals)):
        return 1.0
    shares = np.square(_totals(means, parts))
    firsts = np.concatenate([[0], 1 + np.nonzero(np.diff(parts))[0]])
    return float(np.mean(_totals(shares, totals[firsts]) / np.square(_totals(means, totals))))


def _total_variance(counts: FloatArray, means: FloatArray, numbers: IntArray, excess: float) -> float:
    """Fit the relative variance of totals, given the excess of their cells."""
    recorded, expected = (_totals(values, numbers).astype(np.float64) for values in (counts, means))
    return _likeliest(lambda value: _log_likelihood(recorded, expected, excess, value))


def _cell_excess(counts: NDArray[np.floating], means: NDArray[np.floating], level: float) -> float:
    """Fit variance over mean less one of cells; cells without calls, nearly all of them, count by their mean only."""
    seen = counts > 0
    recorded, expected = counts[seen].astype(np.float64), np.maximum(means[seen] * level, LEAST_MEAN)
    calls = float(recorded.sum())

    def log_likelihood(excess: float) -> float:
        spread = max(excess, LEAST_SPREAD)
        sizes = expected / spread
        logs = gammaln(recorded + sizes) - gammaln(sizes)
        return float(logs.sum() + calls * (np.log(spread / (1 + spread)) - np.log1p(spread) / spread))

    return _likeliest(log_likelihood)


def _totals(values: NDArray[np.floating], numbers: IntArray) -> NDArray[np.floating]:
    """Sum over the frames of each number, which come one after the other."""
    starts = np.concatenate([[0], 1 + np.nonzero(np.diff(numbers))[0]])
    return np.asarray(np.add.reduceat(values, starts, axis=0))


def _log_likelihood(counts: FloatArray, means: FloatArray, excess: float, variance: float) -> float:
    """Log-likelihood of negative binomial counts with variance μ · (1 + excess) + variance · μ², but for a constant."""
    spread = np.maximum(excess + variance * means, LEAST_SPREAD)
    sizes = means / spread
    logs = gammaln(counts + sizes) - gammaln(sizes) - sizes * np.log1p(spread) + counts * np.log(spread / (1 + spread))
    return float(logs.sum())


def _likeliest(log_likelihood: Callable[[float], float]) -> float:
    """Return the value from 0 to 2 with the highest likelihood; searched by its square root, fine around 0."""
    found = minimize_scalar(
        lambda root: -log_likelihood(root**2), bounds=(0.0, np.sqrt(LARGEST_EXCESS)), method="bounded"
    )
    best = float(found.x) ** 2
    return best if log_likelihood(best) > log_likelihood(0.0) else 0.0
