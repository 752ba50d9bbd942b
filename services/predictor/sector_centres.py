"""Where the car of a sector waits: inside the sector, near the middle of its past calls."""

import numpy as np
import pandas as pd
import shapely

from services.predictor.area import Point
from services.predictor.sector_shapes import SectorShape


def sector_centre(shape: SectorShape, calls: pd.DataFrame) -> Point:
    """Return a point inside the sector near its past calls.

    It is the median of the calls' coordinates where that lies in the sector, else the call inside the sector that is
    nearest to this median, and without such a call a point well inside the polygon.

    Parameters
    ----------
    shape : the sector.
    calls : its past incidents, with latitude and longitude in degrees.
    """
    if len(calls) == 0:
        return _point(shapely.point_on_surface(shape.geometry))
    median = shapely.Point(float(calls["longitude"].median()), float(calls["latitude"].median()))
    if shape.geometry.contains(median):
        return _point(median)
    points = shapely.points(calls["longitude"].to_numpy(), calls["latitude"].to_numpy())
    inside = points[shapely.contains(shape.geometry, points)]
    if len(inside) == 0:
        return _point(shapely.point_on_surface(shape.geometry))
    return _point(inside[int(np.argmin(shapely.distance(inside, median)))])


def _point(point: shapely.Point) -> Point:
    return Point(latitude=float(point.y), longitude=float(point.x))
