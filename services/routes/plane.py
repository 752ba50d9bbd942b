"""Local flat coordinates in metres."""

from dataclasses import dataclass

import numpy as np
import pyproj
import shapely

from services.routes.arrays import FloatArray


@dataclass(frozen=True, eq=False)
class Plane:
    """The azimuthal equidistant projection about a point: true to scale for the size of a city."""

    projection: pyproj.Transformer

    @classmethod
    def about(cls, points: FloatArray) -> "Plane":
        """Return the plane about the middle of points, shape (n_points, 2): longitude, latitude in degrees."""
        longitude, latitude = points.mean(axis=0)
        crs = pyproj.CRS.from_proj4(f"+proj=aeqd +lat_0={latitude} +lon_0={longitude} +datum=WGS84 +units=m")
        return cls(pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True))

    def to_metres(self, points: FloatArray) -> FloatArray:
        """Turn longitudes and latitudes, shape (n_points, 2), into metres east and north."""
        return np.column_stack(self.projection.transform(points[:, 0], points[:, 1]))

    def to_degrees(self, points: FloatArray) -> FloatArray:
        """Turn metres east and north, shape (n_points, 2), into longitudes and latitudes."""
        return np.column_stack(self.projection.transform(points[:, 0], points[:, 1], direction="INVERSE"))

    def shape_to_metres(self, shape: shapely.Geometry) -> shapely.Geometry:
        """Turn the coordinates of a geometry in longitudes and latitudes into metres east and north."""
        return shapely.transform(shape, self.to_metres)
