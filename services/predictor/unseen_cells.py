"""Mean counts of cells, those without a single incident included: what chance may yet bring there."""

import numpy as np
from numpy.typing import NDArray

HALF = 0.5
"""Counts as many cells more with one incident, and with none, so that no mean is zero."""


def turing_means(recorded: NDArray[np.float64], frame_total: float) -> NDArray[np.float64]:
    """Return the mean per cell and frame, the area's total kept.

    A cell with incidents takes its own mean. What is to be expected in cells without is what cells with a single
    incident say: so many of the next incidents would be firsts (Good 1953, after Turing). Cells next to one with
    incidents and cells far from any are told apart, for the sea and the next block are not alike.

    Parameters
    ----------
    recorded : incidents per cell, shape (n_rows, n_columns).
    frame_total : how many frames they were recorded in.
    """
    raised = recorded.astype(np.float64)
    near = _neighbours(recorded) > 0
    for part in (near, ~near):
        empty, single = part & (recorded == 0), part & (recorded == 1)
        raised[empty] = (np.count_nonzero(single) + HALF) / (np.count_nonzero(empty) + HALF)
    total = max(float(recorded.sum()), HALF)
    return np.asarray(raised * (total / raised.sum()) / frame_total)


def _neighbours(recorded: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the incidents of the eight cells around each, shape (n_rows, n_columns)."""
    row_count, column_count = recorded.shape
    padded = np.pad(recorded, 1)
    shifted = [padded[row : row + row_count, column : column + column_count] for row, column in np.ndindex(3, 3)]
    return np.asarray(np.sum(shifted, axis=0) - recorded)
