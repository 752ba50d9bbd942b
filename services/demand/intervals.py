"""Bootstrap intervals over scenarios or weeks."""

from dataclasses import dataclass

import numpy as np

from services.demand.arrays import FloatArray, IntArray

DRAWS = 2000
SHARE = 0.9


@dataclass(frozen=True)
class Interval:
    """An estimate and its 90 % interval."""

    value: float
    low: float
    high: float


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
    NaN where the denominators sum to 0; a draw without any counts as the estimate itself.
    """
    total = float(denominators.sum())
    if total == 0:
        return Interval(float("nan"), float("nan"), float("nan"))
    value = float(numerators.sum() / total)
    drawn = _draw_units(len(numerators), seed, block_length)
    sums = denominators[drawn].sum(axis=1)
    ratios = np.divide(numerators[drawn].sum(axis=1), sums, out=np.full(DRAWS, value), where=sums > 0)
    low, high = np.quantile(ratios, [(1 - SHARE) / 2, (1 + SHARE) / 2])
    return Interval(value, float(low), float(high))


def _draw_units(count: int, seed: int, block_length: int) -> IntArray:
    """Return units to take, shape (DRAWS, n), n being at least `count`."""
    generator = np.random.default_rng([seed % 2**64, count, block_length])
    blocks = -(-count // block_length)
    firsts = generator.integers(count, size=(DRAWS, blocks, 1))
    units: IntArray = ((firsts + np.arange(block_length)) % count).reshape(DRAWS, -1)
    return units
