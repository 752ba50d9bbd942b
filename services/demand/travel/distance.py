"""Travel times from great-circle distance, for areas without roads."""

import numpy as np

from services.demand.area import Area
from services.demand.arrays import BoolArray, FloatArray

EARTH_RADIUS_KM = 6371.0088


def great_circle_km(
    from_latitudes: FloatArray, from_longitudes: FloatArray, to_latitudes: FloatArray, to_longitudes: FloatArray
) -> FloatArray:
    """Great-circle distance by the haversine formula; coordinates in degrees, broadcast against each other.

    >>> float(great_circle_km(*(np.array(x) for x in (0.0, 0.0, 0.0, 180.0))).round())
    20015.0
    """
    from_phi, from_lambda = np.radians(from_latitudes), np.radians(from_longitudes)
    to_phi, to_lambda = np.radians(to_latitudes), np.radians(to_longitudes)
    across = np.cos(from_phi) * np.cos(to_phi) * np.sin((to_lambda - from_lambda) / 2) ** 2
    half_chord = np.sqrt(np.clip(np.sin((to_phi - from_phi) / 2) ** 2 + across, 0, 1))
    distance: FloatArray = 2 * EARTH_RADIUS_KM * np.arcsin(half_chord)
    return distance


class DistanceTravelTimes:
    """Minutes = great-circle distance × detour factor / speed. The way back is as long as the way there."""

    method = "distance"

    def __init__(self, area: Area) -> None:
        self._latitudes = area.centre_latitudes
        self._longitudes = area.centre_longitudes
        self._minutes_per_km = 60 * area.speeds.detour_factor / area.speeds.speed_km_h
        self._urgent_minutes_per_km = 60 * area.speeds.detour_factor / area.speeds.urgent_speed_km_h

    def minutes_per_km(self, urgent: bool) -> float:
        """Minutes that a drive takes per kilometre of straight line."""
        return self._urgent_minutes_per_km if urgent else self._minutes_per_km

    def between_sectors(self, urgent: bool) -> FloatArray:
        """Minutes between sector centres; shape (n_sectors, n_sectors), row = from, zero diagonal."""
        minutes_per_km = self._urgent_minutes_per_km if urgent else self._minutes_per_km
        minutes = self._kilometres(self._latitudes, self._longitudes) * minutes_per_km
        np.fill_diagonal(minutes, 0.0)
        return minutes

    def to_points(self, latitudes: FloatArray, longitudes: FloatArray, urgent: BoolArray) -> FloatArray:
        """Minutes from every sector centre to points; shape (n_points, n_sectors)."""
        minutes_per_km = np.where(urgent, self._urgent_minutes_per_km, self._minutes_per_km)
        return self._kilometres(latitudes, longitudes) * minutes_per_km[:, np.newaxis]

    def from_points(self, latitudes: FloatArray, longitudes: FloatArray) -> FloatArray:
        """Minutes of normal driving from points to every sector centre; shape (n_points, n_sectors)."""
        return self._kilometres(latitudes, longitudes) * self._minutes_per_km

    def between_points(
        self,
        from_latitudes: FloatArray,
        from_longitudes: FloatArray,
        to_latitudes: FloatArray,
        to_longitudes: FloatArray,
        urgent: BoolArray,
    ) -> FloatArray:
        """Minutes from each point to its own other point; every array of shape (n,)."""
        apart_km = great_circle_km(from_latitudes, from_longitudes, to_latitudes, to_longitudes)
        return apart_km * np.where(urgent, self._urgent_minutes_per_km, self._minutes_per_km)

    def _kilometres(self, latitudes: FloatArray, longitudes: FloatArray) -> FloatArray:
        rows = latitudes[:, np.newaxis], longitudes[:, np.newaxis]
        return great_circle_km(*rows, self._latitudes, self._longitudes)
