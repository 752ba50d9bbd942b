"""Totals of consecutive frames, and how likely they are."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

from services.predictor.dispersion import LEAST_SPREAD, FloatArray, IntArray

LARGEST_DEVIATIONS, LARGEST_CALLS = 4.0, 4.0
LEAST_VALUE, LARGEST_VALUE = 1e-4, 2.0
TRIED_VALUES = 16
Number = TypeVar("Number", np.float64, np.int64)


def totals(values: NDArray[np.floating], numbers: IntArray) -> NDArray[np.floating]:
    """Sum over the frames of each number, which come one after the other."""
    return np.asarray(np.add.reduceat(values, starts(numbers), axis=0))


def bounded_totals(recorded: FloatArray, expected: FloatArray, excess: float) -> FloatArray:
    """Return recorded totals, those far from their means brought nearer.

    A total further from its mean than four standard deviations and four calls counts as that far: those of the negative
    binomial counts that fit these totals best.
    """
    variance = likeliest(lambda value: float(log_likelihoods(recorded, expected, excess, value).sum()))
    deviations = np.sqrt(expected * (1 + excess) + variance * np.square(expected))
    furthest = LARGEST_DEVIATIONS * deviations + LARGEST_CALLS
    return np.clip(recorded, np.maximum(expected - furthest, 0.0), expected + furthest)


def firsts(values: NDArray[Number], numbers: IntArray) -> NDArray[Number]:
    """Return the value of the first frame of each number."""
    return np.asarray(values[starts(numbers)])


def starts(numbers: IntArray) -> IntArray:
    """Return where each number begins."""
    return np.concatenate([[0], 1 + np.nonzero(np.diff(numbers))[0]])


def log_likelihoods(counts: FloatArray, means: FloatArray, excess: float, variance: float | FloatArray) -> FloatArray:
    """Log-likelihood of negative binomial counts with variance μ · (1 + excess) + variance · μ², but for a constant."""
    spread = np.maximum(excess + variance * means, LEAST_SPREAD)
    sizes = means / spread
    logs = gammaln(counts + sizes) - gammaln(sizes) - sizes * np.log1p(spread) + counts * np.log(spread / (1 + spread))
    return np.asarray(logs)


def likeliest(log_likelihood: Callable[[float], float]) -> float:
    """Return the value from 0 to 2 with the highest likelihood: the best of a few, then between its neighbours."""
    values = np.concatenate([[0.0], np.geomspace(LEAST_VALUE, LARGEST_VALUE, TRIED_VALUES)])
    logs = [log_likelihood(value) for value in values]
    best = int(np.argmax(logs))
    if best == 0:
        return 0.0
    bounds = values[best - 1], values[min(best + 1, len(values) - 1)]
    found = minimize_scalar(lambda value: -log_likelihood(value), bounds=bounds, method="bounded")
    return float(found.x)
