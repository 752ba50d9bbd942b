"""Intervals over scenarios or weeks: by resampling, exact where no call failed."""

from dataclasses import dataclass

import numpy as np

from services.demand.arrays import FloatArray, IntArray

DRAWS = 2000
SHARE = 0.9
TAIL = (1 - SHARE) / 2
"""Chance that is left on each side of an interval."""
LEAST_UNITS = 10
"""From fewer units than this nothing is said with confidence."""


@dataclass(frozen=True)
class Interval:
    """An estimate and its 90 % interval."""

    value: float
    low: float
    high: float


def rate_interval(failures: FloatArray, calls: FloatArray, seed: int, block_length: int = 1) -> Interval | None:
    """Return the share of the calls that failed, with an interval over the units that both are of; None without calls.

    Resampling finds no failure where there was none, however few the calls. The upper end for n calls then is that of
    a binomial share, 1 − α^(1/n), α being the chance left above it (Clopper and Pearson 1934).

    Parameters
    ----------
    failures, calls, block_length
        As the numerators and denominators of `ratio_interval`.

    >>> round(rate_interval(np.zeros(2), np.array([4.0, 10.0]), seed=1).high, 3)
    0.193
    """
    count = float(calls.sum())
    if not count:
        return None
    if not failures.any():
        return Interval(0.0, 0.0, 1.0 - TAIL ** (1.0 / count))
    return ratio_interval(failures, calls, seed, block_length)


def ratio_interval(numerators: FloatArray, denominators: FloatArray, seed: int, block_length: int = 1) -> Interval:
    """Return Σ numerators / Σ denominators with a bootstrap interval over the units that both are of.

    Two plans on the same units are compared by giving the failures of one as numerators and those of the other as
    denominators: every draw takes both of the same units (paired).

    Parameters
    ----------
    numerators, denominators
        Shape (n_units,).
    block_length
        Units that depend on each other: runs of so many neighbours are drawn, around the end too (circular blocks).

    Returns
    -------
    NaN where the denominators sum to 0; a draw without any counts as the estimate itself. Both ends of one unit are the
    estimate: see `LEAST_UNITS`.
    """
    total = float(denominators.sum())
    if total == 0:
        return Interval(float("nan"), float("nan"), float("nan"))
    value = float(numerators.sum() / total)
    drawn = _draw_units(len(numerators), seed, block_length)
    sums = denominators[drawn].sum(axis=1)
    ratios = np.divide(numerators[drawn].sum(axis=1), sums, out=np.full(DRAWS, value), where=sums > 0)
    low, high = np.quantile(ratios, [TAIL, 1 - TAIL])
    return Interval(value, float(low), float(high))


def _draw_units(count: int, seed: int, block_length: int) -> IntArray:
    """Return units to take, shape (DRAWS, n), n being at least `count`."""
    generator = np.random.default_rng([seed % 2**64, count, block_length])
    blocks = -(-count // block_length)
    firsts = generator.integers(count, size=(DRAWS, blocks, 1))
    units: IntArray = ((firsts + np.arange(block_length)) % count).reshape(DRAWS, -1)
    return units
