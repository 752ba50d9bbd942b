"""Which sectors are next to each other."""

from collections.abc import Sequence

import numpy as np
import shapely

from services.predictor.plane import LocalPlane

TOUCHING_M = 50.0
"""Sectors no further apart touch: thinned outlines leave small gaps, and water or a park edge is no border."""


def find_neighbours(geometries: Sequence[shapely.Geometry]) -> tuple[tuple[int, ...], ...]:
    """Return the positions of the sectors next to each sector, ascending; symmetric.

    Sectors are next to each other where their outlines are within 50 m. A sector that touches none is joined with the
    one nearest to it.

    Parameters
    ----------
    geometries : polygons or multipolygons in (longitude, latitude) degrees.
    """
    if len(geometries) == 1:
        return ((),)
    west, south, east, north = shapely.total_bounds(geometries)
    plane = LocalPlane((south + north) / 2, (west + east) / 2)
    outlines = [shapely.transform(each, lambda at: plane.to_metres(at[:, 1], at[:, 0])) for each in geometries]
    touching = np.zeros((len(outlines), len(outlines)), dtype=bool)
    rows, columns = shapely.STRtree(outlines).query(outlines, predicate="dwithin", distance=TOUCHING_M)
    touching[rows, columns] = True
    np.fill_diagonal(touching, False)
    for position in np.flatnonzero(~touching.any(axis=1)):
        apart_m = shapely.distance(outlines[position], outlines)
        apart_m[position] = np.inf
        touching[position, np.argmin(apart_m)] = True
    return tuple(tuple(np.flatnonzero(row).tolist()) for row in touching | touching.T)
