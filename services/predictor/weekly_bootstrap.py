"""Relative differences of two predictors with intervals: whole weeks are drawn anew, the same for both."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

DRAWS = 4000
LOW, HIGH = 0.05, 0.95
BOOTSTRAP_SEED = 20_150_401
LEAST_WEEKS = 2

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A figure with its 90 % interval; None: fewer than two weeks, which tell nothing of how weeks vary."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def is_below_zero(self) -> bool:
        """Whether the whole interval lies below zero; not without an interval."""
        return self.high is not None and self.high < 0


def relative_difference(scores: FloatArray, reference: FloatArray, weeks: NDArray[np.int64]) -> Estimate:
    """Return Σ scores / Σ reference − 1 with its 90 % interval (percentiles of the paired bootstrap over weeks).

    Days of a week are alike and weeks hardly depend on each other, so weeks are what is drawn; a single week has no
    interval.

    Parameters
    ----------
    scores, reference : for example the deviance of each frame by two predictors, shape (n,).
    weeks : position of the week of each, shape (n,).
    """
    numbers = np.unique(weeks, return_inverse=True)[1]
    sums, reference_sums = np.bincount(numbers, scores), np.bincount(numbers, reference)
    value = float(sums.sum() / max(float(reference_sums.sum()), 1e-12) - 1)
    if len(sums) < LEAST_WEEKS:
        return Estimate(value)
    generator = np.random.default_rng(BOOTSTRAP_SEED)
    drawn = generator.integers(0, len(sums), (DRAWS, len(sums)))
    ratios = sums[drawn].sum(axis=1) / np.maximum(reference_sums[drawn].sum(axis=1), 1e-12) - 1
    low, high = value + _widening(len(sums)) * (np.quantile(ratios, [LOW, HIGH]) - value)
    return Estimate(value, float(low), float(high))


def _widening(week_count: int) -> float:
    """Return by how much the percentiles of few weeks are too narrow: Student's t over normal, and n over n − 1."""
    return float(t.ppf(HIGH, week_count - 1) / norm.ppf(HIGH) * np.sqrt(week_count / (week_count - 1)))
