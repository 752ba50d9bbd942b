"""Totals of consecutive frames, and how likely they are."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from services.predictor.dispersion import LEAST_SPREAD, FloatArray, IntArray

LARGEST_DEVIATIONS, LARGEST_CALLS = 4.0, 4.0
Number = TypeVar("Number", np.float64, np.int64)


def totals(values: NDArray[np.floating], numbers: IntArray) -> NDArray[np.floating]:
    """Sum over the frames of each number, which come one after the other."""
    return np.asarray(np.add.reduceat(values, starts(numbers), axis=0))


def bounded_totals(
    counts: FloatArray, means: FloatArray, numbers: IntArray, excess: float
) -> tuple[FloatArray, FloatArray]:
    """Return recorded totals, those far from their means brought nearer, and expected ones.

    A total further from its mean than four standard deviations and four calls counts as that far, where a Poisson count
    whose variance is 1 + `excess` times its mean gives the deviation.
    """
    recorded, expected = (totals(values, numbers).astype(np.float64) for values in (counts, means))
    furthest = LARGEST_DEVIATIONS * np.sqrt(expected * (1 + excess)) + LARGEST_CALLS
    return np.clip(recorded, np.maximum(expected - furthest, 0.0), expected + furthest), expected


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
