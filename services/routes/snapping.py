"""Puts incidents on the nearest street."""

from dataclasses import dataclass

import numpy as np
import shapely

from services.routes.arrays import FloatArray, IntArray
from services.routes.network import StreetNetwork
from services.routes.plane import Plane

SNAP_LIMIT_M = 100.0
"""Incidents farther from every street are left out and counted."""


@dataclass(frozen=True, eq=False)
class SnappedIncidents:
    """Incidents on a network: the segment of each, its distance from the segment's from-node, and its weight.

    All have shape (n_incidents,).
    `excluded_count` incidents were left out because no street is near.
    """

    segments: IntArray
    offsets_m: FloatArray
    weights: FloatArray
    excluded_count: int


def snap_incidents(
    network: StreetNetwork, points: FloatArray, weights: FloatArray | None = None, limit_m: float = SNAP_LIMIT_M
) -> SnappedIncidents:
    """Put each incident on the nearest segment (the first of equally near ones).

    Parameters
    ----------
    points
        Longitudes and latitudes in degrees, shape (n_incidents, 2).
    weights
        How much each counts, shape (n_incidents,); None: all the same.
    limit_m
        Incidents farther from every segment than this are left out.
    """
    plane = Plane.about(np.concatenate(network.lines))
    lines = np.array([shapely.LineString(plane.to_metres(line)) for line in network.lines])
    places = shapely.points(plane.to_metres(points))
    incident, segment = shapely.STRtree(lines).query_nearest(places, max_distance=limit_m, all_matches=True)
    order = np.lexsort((segment, incident))
    snapped, first = np.unique(incident[order], return_index=True)
    nearest = segment[order][first].astype(np.int64)
    share = shapely.line_locate_point(lines[nearest], places[snapped], normalized=True)
    offsets_m = np.clip(share, 0, 1) * network.lengths_m[nearest]
    kept = np.ones(len(snapped)) if weights is None else weights[snapped]
    return SnappedIncidents(nearest, offsets_m, kept, len(points) - len(nearest))
