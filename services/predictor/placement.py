"""Uniform positions inside polygons, by triangulation: exact, vectorised, without rejected draws."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from services.predictor.area import Grid


@dataclass(frozen=True)
class Places:
    """Drawn positions in degrees, with the sector position of each; every array has shape (n,)."""

    latitudes: NDArray[np.float64]
    longitudes: NDArray[np.float64]
    sectors: NDArray[np.int64]


class PlaceTable:
    """Triangles of regions (cells or sectors), from which positions are drawn in proportion to area.

    Parameters
    ----------
    corners : shape (n_triangles, 3, 2), longitude and latitude in degrees.
    regions : region of each triangle, in rising order, shape (n_triangles,); the area of a region is positive.
    sectors : sector position of each triangle, shape (n_triangles,).
    """

    def __init__(self, corners: NDArray[np.float64], regions: NDArray[np.int64], sectors: NDArray[np.int64]) -> None:
        self._corners = corners
        self._sectors = sectors
        self._area_ends = np.cumsum(_areas(corners))
        self._regions, first = np.unique(regions, return_index=True)
        last = np.append(first[1:], len(regions)) - 1
        self._starts = np.where(first > 0, self._area_ends[first - 1], 0.0)
        self._ends = self._area_ends[last]

    @classmethod
    def of_sectors(cls, geometries: Sequence[shapely.Geometry]) -> "PlaceTable":
        """Make a table whose regions are the sectors."""
        positions = np.arange(len(geometries))
        corners, owners = _triangulate(list(geometries))
        return cls(corners, owners, positions[owners])

    @classmethod
    def of_cells(cls, grid: Grid, geometries: Sequence[shapely.Geometry]) -> "PlaceTable":
        """Make a table whose regions are the cells of a grid (row-major), cut by the sectors.

        A position of a cell lies inside the sectors. A cell that touches no sector is one region as a whole, and its
        positions belong to the nearest sector.
        """
        cells = shapely.box(*np.array([grid.bounds(cell) for cell in range(grid.cell_count)]).T)
        tree = shapely.STRtree(list(geometries))
        cell_indices, sector_indices = tree.query(cells, predicate="intersects")
        pieces = shapely.intersection(cells[cell_indices], np.array(geometries, dtype=object)[sector_indices])
        solid = shapely.area(pieces) > 0
        pieces, cell_indices, sector_indices = pieces[solid], cell_indices[solid], sector_indices[solid]
        bare = np.setdiff1d(np.arange(grid.cell_count), cell_indices)
        pieces = np.concatenate([pieces, cells[bare]])
        cell_indices = np.concatenate([cell_indices, bare])
        sector_indices = np.concatenate([sector_indices, tree.nearest(cells[bare])]).astype(np.int64)
        order = np.lexsort((sector_indices, cell_indices))
        corners, owners = _triangulate(list(pieces[order]))
        return cls(corners, cell_indices[order][owners], sector_indices[order][owners])

    def sector_shares(self, region_count: int, sector_count: int) -> NDArray[np.float64]:
        """Return the share of each region's area that lies in each sector, shape (region_count, sector_count)."""
        shares = np.zeros((region_count, sector_count))
        sizes = np.diff(self._area_ends, prepend=0.0)
        owners = self._regions[np.searchsorted(self._starts, self._area_ends - sizes / 2, side="right") - 1]
        np.add.at(shares, (owners, self._sectors), sizes)
        return np.asarray(shares / np.maximum(shares.sum(axis=1, keepdims=True), np.finfo(float).tiny))

    def draw(self, regions: NDArray[np.int64], generator: np.random.Generator) -> Places:
        """Draw one uniform position in each of the given regions, shape (n,)."""
        rows = np.searchsorted(self._regions, regions)
        share, first, second = generator.random((3, len(regions)))
        targets = self._starts[rows] + share * (self._ends - self._starts)[rows]
        triangles = np.searchsorted(self._area_ends, targets, side="right").clip(max=len(self._area_ends) - 1)
        root = np.sqrt(first)
        weights = np.stack([1 - root, root * (1 - second), root * second], axis=1)
        points = np.einsum("nk,nkd->nd", weights, self._corners[triangles])
        return Places(points[:, 1], points[:, 0], self._sectors[triangles])


def _triangulate(geometries: list[shapely.Geometry]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return triangle corners, shape (n, 3, 2), and the geometry that each belongs to, in rising order."""
    collections = shapely.constrained_delaunay_triangles(geometries)
    triangles, owners = shapely.get_parts(collections, return_index=True)
    corners = shapely.get_coordinates(shapely.get_exterior_ring(triangles)).reshape(-1, 4, 2)[:, :3]
    positive = _areas(corners) > 0
    return corners[positive], owners[positive].astype(np.int64)


def _areas(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the areas of triangles in square degrees (uniform within a city's few minutes of latitude)."""
    first = corners[:, 1] - corners[:, 0]
    second = corners[:, 2] - corners[:, 0]
    return np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / 2
