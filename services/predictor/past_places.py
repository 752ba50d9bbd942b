"""Positions near those of past calls of the same cell."""

from enum import Enum
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.predictor.area import Area
from services.predictor.placement import Places, PlaceTable
from services.predictor.plane import LocalPlane
from services.predictor.sector_map import SectorMap

JITTER_M = 75.0
"""Half-width of the square around a past call in which a position is drawn: about a block."""
PSEUDO_POINTS = 5.0
"""Uniform positions stand behind the past points of a cell as so many of them."""


class Placement(Enum):
    """Where in its cell a call is placed.

    PAST_POINTS: within a block of a past call of the cell, so that calls come where people and addresses are and not in
    parks and rivers; cells with few past calls are filled up with uniform positions. UNIFORM: anywhere in the part of
    the cell that sectors cover.
    """

    PAST_POINTS = "past_points"
    UNIFORM = "uniform"


class DrawsPlaces(Protocol):
    """Whatever draws one position in each of the given cells."""

    def draw(self, cells: NDArray[np.int64], generator: np.random.Generator, /) -> Places:
        """Return positions, shape (n,)."""
        ...


class PastPlaces:
    """Draws positions near past calls.

    Parameters
    ----------
    known : past calls that may be looked at.
    uniform : uniform positions of the cells.
    sectors : which sector a position lies in.
    """

    def __init__(self, area: Area, known: pd.DataFrame, uniform: PlaceTable, sectors: SectorMap) -> None:
        self._grid, self._uniform, self._sectors = area.grid, uniform, sectors
        points = known[["latitude", "longitude"]].to_numpy(dtype=np.float64)
        cells = area.grid.cells(points[:, 0], points[:, 1])
        order = np.argsort(cells, kind="stable")
        self._points = points[order]
        positions: NDArray[np.int64] = np.asarray(known["sector"].map(area.sector_positions), dtype=np.int64)
        self._positions = positions[order]
        self._ends = np.searchsorted(cells[order], np.arange(area.grid.cell_count), side="right")
        self._starts = np.searchsorted(cells[order], np.arange(area.grid.cell_count), side="left")
        self._sector_count = len(area.sectors)
        self._plane = LocalPlane.of_grid(area.grid)

    def draw(self, cells: NDArray[np.int64], generator: np.random.Generator) -> Places:
        """Draw one position in each of the given cells, shape (n,)."""
        places = self._uniform.draw(cells, generator)
        counts = self._ends[cells] - self._starts[cells]
        near_past = generator.random(len(cells)) * (counts + PSEUDO_POINTS) < counts
        chosen = self._starts[cells] + np.floor(generator.random(len(cells)) * counts).astype(np.int64)
        past, own_cells = chosen[near_past], cells[near_past]
        latitudes, longitudes, positions = self._jittered(past, own_cells, generator)
        places.latitudes[near_past] = latitudes
        places.longitudes[near_past] = longitudes
        places.sectors[near_past] = positions
        return places

    def sector_shares(self) -> NDArray[np.float64]:
        """Return the share of each cell's calls in each sector, shape (n_cells, n_sectors)."""
        shares = PSEUDO_POINTS * self._uniform.sector_shares(len(self._starts), self._sector_count)
        cells = np.repeat(np.arange(len(self._starts)), self._ends - self._starts)
        np.add.at(shares, (cells, self._positions[self._starts[0] :]), 1.0)
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))

    def _jittered(
        self, past: NDArray[np.int64], cells: NDArray[np.int64], generator: np.random.Generator
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        """Move past points a little; a move that would leave the cell or the call's sector is not made."""
        points, positions = self._points[past], self._positions[past]
        moves = generator.uniform(-JITTER_M, JITTER_M, (len(past), 2))
        moved = self._plane.to_degrees(self._plane.to_metres(points[:, 0], points[:, 1]) + moves)
        longitudes, latitudes = moved[:, 0], moved[:, 1]
        stays = self._grid.cells(latitudes, longitudes) == cells
        stays[stays] = self._sectors.covered_by(positions[stays], latitudes[stays], longitudes[stays])
        chosen = np.where(stays[:, None], np.column_stack([latitudes, longitudes]), points)
        return chosen[:, 0], chosen[:, 1], positions
