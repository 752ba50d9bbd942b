"""Simple rules that share cars out to sectors."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.demand.arrays import IntArray


def share_equally(cars: int, past_calls: IntArray, minimum: IntArray, maximum: IntArray) -> IntArray:
    """Share cars as equally as the limits allow; the remainder goes to the sectors with most past calls.

    Parameters
    ----------
    past_calls, minimum, maximum
        Shape (n_sectors,). Σ minimum ≤ cars ≤ Σ maximum.

    Returns
    -------
    Cars per sector, shape (n_sectors,).

    >>> none, many = np.zeros(3, int), np.full(3, 99)
    >>> share_equally(5, np.array([7, 9, 8]), none, many)
    array([1, 2, 2])
    """
    shared = minimum.copy()
    busiest_first = np.argsort(-past_calls, kind="stable")
    for _ in range(cars - int(minimum.sum())):
        open_sectors = busiest_first[shared[busiest_first] < maximum[busiest_first]]
        shared[open_sectors[np.argmin(shared[open_sectors])]] += 1
    return shared


def share_in_proportion(cars: int, weights: NDArray[Any], minimum: IntArray, maximum: IntArray) -> IntArray:
    """Share cars in proportion to weights by largest remainder (Hamilton), within limits.

    Parameters
    ----------
    weights
        Shape (n_sectors,), at least 0; where all are 0, they count as equal.
    minimum, maximum
        Shape (n_sectors,). Σ minimum ≤ cars ≤ Σ maximum.

    Returns
    -------
    Cars per sector, shape (n_sectors,).

    >>> none, many = np.zeros(3, int), np.full(3, 99)
    >>> share_in_proportion(10, np.array([50.0, 31.0, 19.0]), none, many)
    array([5, 3, 2])
    """
    if not weights.any():
        weights = np.ones_like(weights)
    quota = cars * weights / weights.sum()
    shared: IntArray = np.clip(np.floor(quota).astype(np.int64), minimum, maximum)
    while shared.sum() < cars:
        owed = np.where(shared < maximum, quota - shared, -np.inf)
        shared[np.argmax(owed)] += 1
    while shared.sum() > cars:
        excess = np.where(shared > minimum, shared - quota, -np.inf)
        shared[np.argmax(excess)] -= 1
    return shared
