"""Travel times from a server with OSRM's table service."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from services.demand.area import Area
from services.demand.arrays import BoolArray, FloatArray
from services.demand.travel.cache import BoundedCache
from services.demand.travel.distance import DistanceTravelTimes
from services.demand.travel.osrm_server import OsrmServer, pair_blocks
from services.demand.travel.straight_line import minutes_per_km

ROOM_BYTES = 64 * 1024 * 1024
"""For the minutes between points and sectors, and again as much for those between points."""
BYTES_PER_ENTRY = 400
"""Roughly, of an entry of a cache beside its numbers."""
DECIMALS = 6
"""Points closer than a tenth of a metre are one."""
POINTS_AT_ONCE = 2000
"""What has been answered of a long list is kept where a later request fails."""

PointCache: TypeAlias = BoundedCache[tuple[float, ...], FloatArray]


class OsrmTravelTimes:
    """Minutes of normal driving from a travel server; urgent driving takes the area's share of them.

    What the server has said is kept, up to a bound; the same points are not asked for again.
    """

    method = "osrm"

    def __init__(self, area: Area, server: OsrmServer) -> None:
        self._area, self._server = area, server
        self._urgent_factor = area.speeds.urgent_factor
        self._centres = _points(area.centre_latitudes, area.centre_longitudes)
        self._between_sectors = server.minutes(self._centres, self._centres)
        np.fill_diagonal(self._between_sectors, 0.0)
        capacity = ROOM_BYTES // (8 * area.sector_count + BYTES_PER_ENTRY) // 2
        self._to: PointCache = BoundedCache(capacity)
        self._from: PointCache = BoundedCache(capacity)
        self._pairs: PointCache = BoundedCache(ROOM_BYTES // BYTES_PER_ENTRY)

    def minutes_per_km(self, urgent: bool) -> float:
        """Minutes that a drive takes per kilometre of straight line, between sectors near each other."""
        apart = self._area.sector_km[:, np.newaxis] - self._area.sector_km[np.newaxis]
        normal = minutes_per_km(self._between_sectors, np.hypot(apart[..., 0], apart[..., 1]))
        if normal == 0:
            return DistanceTravelTimes(self._area).minutes_per_km(urgent)
        return normal * (self._urgent_factor if urgent else 1.0)

    def between_sectors(self, urgent: bool) -> FloatArray:
        """Minutes between sector centres; shape (n_sectors, n_sectors), row = from, zero diagonal."""
        return self._between_sectors * (self._urgent_factor if urgent else 1.0)

    def to_points(self, latitudes: FloatArray, longitudes: FloatArray, urgent: BoolArray) -> FloatArray:
        """Minutes from every sector centre to points; shape (n_points, n_sectors)."""
        normal = self._rows(latitudes, longitudes, self._to, lambda at: self._server.minutes(self._centres, at).T)
        return normal * np.where(urgent, self._urgent_factor, 1.0)[:, np.newaxis]

    def from_points(self, latitudes: FloatArray, longitudes: FloatArray) -> FloatArray:
        """Minutes of normal driving from points to every sector centre; shape (n_points, n_sectors)."""
        return self._rows(latitudes, longitudes, self._from, lambda at: self._server.minutes(at, self._centres))

    def between_points(
        self,
        from_latitudes: FloatArray,
        from_longitudes: FloatArray,
        to_latitudes: FloatArray,
        to_longitudes: FloatArray,
        urgent: BoolArray,
    ) -> FloatArray:
        """Minutes from each point to its own other point; every array of shape (n,)."""
        pairs = np.hstack((_points(from_latitudes, from_longitudes), _points(to_latitudes, to_longitudes)))
        different, position = np.unique(pairs, axis=0, return_inverse=True)
        normal = np.array(_look_up(different, self._pairs, self._ask_pairs), dtype=np.float64)
        return np.asarray(normal[position.ravel()] * np.where(urgent, self._urgent_factor, 1.0))

    def _rows(
        self,
        latitudes: FloatArray,
        longitudes: FloatArray,
        cache: PointCache,
        ask: Callable[[FloatArray], FloatArray],
    ) -> FloatArray:
        """Return the minutes between each point and all sectors, shape (n_points, n_sectors)."""
        different, position = np.unique(_points(latitudes, longitudes), axis=0, return_inverse=True)
        rows = np.array(_look_up(different, cache, ask)).reshape(-1, self._area.sector_count)
        return np.asarray(rows[position.ravel()])

    def _ask_pairs(self, pairs: FloatArray) -> FloatArray:
        """Ask for the minutes of each pair of points, shape (n, 4), in tables of as few points as can be."""
        from_ids, to_ids = (np.unique(ends, axis=0, return_inverse=True)[1].ravel() for ends in np.hsplit(pairs, 2))
        few_sources = from_ids.max() <= to_ids.max()
        order = np.lexsort((to_ids, from_ids) if few_sources else (from_ids, to_ids))
        blocks = pair_blocks(from_ids[order], to_ids[order], self._server.most_locations)
        minutes = np.empty(len(pairs))
        for block in np.split(order, np.flatnonzero(np.diff(blocks)) + 1):
            sources, row = np.unique(pairs[block, :2], axis=0, return_inverse=True)
            destinations, column = np.unique(pairs[block, 2:], axis=0, return_inverse=True)
            minutes[block] = self._server.minutes(sources, destinations)[row.ravel(), column.ravel()]
        return minutes


def _points(latitudes: FloatArray, longitudes: FloatArray) -> FloatArray:
    """Return points as the server is asked for them, shape (n, 2): latitude, longitude."""
    return np.column_stack((latitudes, longitudes)).round(DECIMALS)


def _look_up(points: FloatArray, cache: PointCache, ask: Callable[[FloatArray], FloatArray]) -> list[FloatArray]:
    """Return what is known of each point, or pair of points; asks for what is not, some at a time."""
    keys = [tuple(point) for point in points.tolist()]
    known = [cache.get(key) for key in keys]
    unknown = [place for place, value in enumerate(known) if value is None]
    for first in range(0, len(unknown), POINTS_AT_ONCE):
        places = unknown[first : first + POINTS_AT_ONCE]
        for place, value in zip(places, ask(points[places]), strict=True):
            kept = known[place] = np.array(value)
            cache.put(keys[place], kept)
    return [value for value in known if value is not None]
