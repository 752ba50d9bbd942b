"""What every kind of travel times offers."""

from typing import Protocol

from services.demand.arrays import BoolArray, FloatArray


class TravelTimes(Protocol):
    """Driving minutes of one area, the same at every hour. Infinite where no road leads."""

    @property
    def method(self) -> str:
        """How the minutes are found: "osrm", "roads" or "distance"."""
        ...

    def minutes_per_km(self, urgent: bool) -> float:
        """Minutes that a drive takes per kilometre of straight line, over distances that cars are sent."""
        ...

    def between_sectors(self, urgent: bool) -> FloatArray:
        """Minutes between sector centres; shape (n_sectors, n_sectors), row = from, zero diagonal."""
        ...

    def to_points(self, latitudes: FloatArray, longitudes: FloatArray, urgent: BoolArray) -> FloatArray:
        """Minutes from every sector centre to points.

        Parameters
        ----------
        latitudes, longitudes
            Shape (n_points,), degrees.
        urgent
            Shape (n_points,), true: driven to with lights and siren.

        Returns
        -------
        Shape (n_points, n_sectors).
        """
        ...

    def from_points(self, latitudes: FloatArray, longitudes: FloatArray) -> FloatArray:
        """Minutes of normal driving from points to every sector centre; shape (n_points, n_sectors)."""
        ...

    def between_points(
        self,
        from_latitudes: FloatArray,
        from_longitudes: FloatArray,
        to_latitudes: FloatArray,
        to_longitudes: FloatArray,
        urgent: BoolArray,
    ) -> FloatArray:
        """Minutes from each point to its own other point; every array of shape (n,)."""
        ...
