"""Which sector a point lies in."""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from services.predictor.area import Grid, Sector


class SectorMap:
    """The sector polygons with an index for many points at once."""

    def __init__(self, geometries: Sequence[shapely.Geometry]) -> None:
        self.geometries = tuple(geometries)
        shapely.prepare(self.geometries)
        self._tree = shapely.STRtree(self.geometries)

    @classmethod
    def of(cls, sectors: Sequence[Sector]) -> "SectorMap":
        """Build the map of an area's sectors; positions are those of the sector axis."""
        return cls([shapely.from_geojson(sector.geometry_geojson) for sector in sectors])

    def locate(self, latitudes: NDArray[np.float64], longitudes: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the position of the first sector that covers each point, -1 where none does."""
        points = shapely.points(longitudes, latitudes)
        point_positions, sector_positions = self._tree.query(points, predicate="intersects")
        found = np.full(len(points), len(self.geometries), dtype=np.int64)
        np.minimum.at(found, point_positions, sector_positions)
        return np.where(found == len(self.geometries), -1, found)

    def covered_by(
        self, positions: NDArray[np.int64], latitudes: NDArray[np.float64], longitudes: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Say of each point whether the sector at the given position covers it, shape (n,)."""
        geometries = np.array(self.geometries, dtype=object)
        return np.asarray(shapely.intersects_xy(geometries[positions], longitudes, latitudes), dtype=bool)

    def touched_cells(self, grid: Grid) -> NDArray[np.bool_]:
        """Say of each cell of a grid whether a sector touches it, shape (n_rows, n_columns)."""
        cells = shapely.box(*np.array([grid.bounds(cell) for cell in range(grid.cell_count)]).T)
        touched = np.zeros(grid.cell_count, dtype=bool)
        touched[self._tree.query(cells, predicate="intersects")[0]] = True
        return touched.reshape(grid.row_count, grid.column_count)

    def nearest(self, latitudes: NDArray[np.float64], longitudes: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the position of the nearest sector of each point."""
        return np.asarray(self._tree.nearest(shapely.points(longitudes, latitudes)), dtype=np.int64)

    def bounds(self) -> tuple[float, float, float, float]:
        """Return (west, south, east, north) of all sectors in degrees."""
        west, south, east, north = shapely.total_bounds(self.geometries)
        return float(west), float(south), float(east), float(north)
