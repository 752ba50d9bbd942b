"""Totals of consecutive frames, and how likely they are."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from services.predictor.dispersion import LEAST_SPREAD, FloatArray, IntArray


def totals(values: NDArray[np.floating], numbers: IntArray) -> NDArray[np.floating]:
    """Sum over the frames of each number, which come one after the other."""
    return np.asarray(np.add.reduceat(values, starts(numbers), axis=0))


def firsts(values: FloatArray, numbers: IntArray) -> FloatArray:
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
