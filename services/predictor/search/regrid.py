"""Grids of other cell sizes, and how their intensities are compared on one fine grid."""

from dataclasses import replace
from math import ceil

import numpy as np
from numpy.typing import NDArray

from services.predictor.area import Grid

FloatArray = NDArray[np.float64]


def scaled_grid(grid: Grid, scale: float) -> Grid:
    """Return a grid of cells `scale` times as wide and high over the same ground, from the same corner."""
    return replace(
        grid,
        cell_height_degrees=grid.cell_height_degrees * scale,
        cell_width_degrees=grid.cell_width_degrees * scale,
        row_count=ceil(grid.row_count / scale),
        column_count=ceil(grid.column_count / scale),
    )


def spread(values: NDArray[np.floating], scale: float, density: FloatArray) -> FloatArray:
    """Share out intensities of a coarse grid over the fine one that it was scaled from; totals stay.

    A coarse cell says nothing about the ground inside it: there, incidents are where they used to be.

    Parameters
    ----------
    values : shape (n, coarse rows, coarse columns), intensities on `scaled_grid(fine, scale)`.
    scale : size of a coarse cell in fine ones.
    density : shape (fine rows, fine columns), positive weights of the fine cells.

    Returns
    -------
    Intensities, shape (n, fine rows, fine columns).
    """
    rows = _overlaps(density.shape[0], values.shape[1], scale)
    columns = _overlaps(density.shape[1], values.shape[2], scale)
    weights = rows.T @ density @ columns
    shared: FloatArray = density * (rows @ (np.asarray(values, dtype=np.float64) / weights) @ columns.T)
    return shared


def _overlaps(fine_count: int, coarse_count: int, scale: float) -> FloatArray:
    """Return the share of each fine row that lies in each coarse one, shape (fine_count, coarse_count)."""
    fine, coarse = np.arange(fine_count)[:, None], np.arange(coarse_count)[None, :]
    shared = np.minimum(fine + 1, (coarse + 1) * scale) - np.maximum(fine, coarse * scale)
    shares: FloatArray = np.maximum(shared, 0.0)
    return shares
