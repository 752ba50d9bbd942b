"""Avoids needless changes of cars per sector between blocks."""

import numpy as np

from services.demand.arrays import IntArray


def smooth_blocks(cars: IntArray, used: IntArray, minimum: IntArray) -> IntArray:
    """Re-place the cars that a solution never used to where the block before had them.

    GRAND-VISION, ICAPS 2021: only cars that the block's solution never used move, so its recourse is kept.

    Parameters
    ----------
    cars
        Cars per block and sector as solved, shape (n_blocks, n_sectors).
    used
        Most cars of each sector that the solution of the block used at once, same shape.
    minimum
        Least cars in each sector, shape (n_sectors,).

    Returns
    -------
    Cars per block and sector, same shape; row sums are kept.

    >>> smooth_blocks(np.array([[2, 0], [0, 2]]), np.array([[1, 0], [0, 1]]), np.zeros(2, int))
    array([[2, 0],
           [1, 1]])
    """
    smoothed = cars.copy()
    for block in range(1, len(cars)):
        before, now = smoothed[block - 1], smoothed[block]
        while True:
            spare = np.minimum(now - np.maximum(used[block], minimum), now - before)
            wanted = before - now
            if spare.max() <= 0 or wanted.max() <= 0:
                break
            now[np.argmax(spare)] -= 1
            now[np.argmax(wanted)] += 1
    return smoothed
