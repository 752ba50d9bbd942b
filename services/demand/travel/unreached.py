"""Points that no road leads to or from."""

from dataclasses import dataclass

import numpy as np

from services.demand.arrays import BoolArray, FloatArray

SHOWN = 10
"""As many points are named one by one."""


@dataclass(frozen=True)
class UnreachedPoint:
    """A point; `incident_id` is empty for a call of a call set, `position` its place there."""

    incident_id: str
    position: int
    latitude: float
    longitude: float


@dataclass(frozen=True)
class UnreachedPoints:
    """How many of the points looked at no road leads to or from, and the first few of them."""

    count: int
    checked_count: int
    first: tuple[UnreachedPoint, ...] = ()

    def __str__(self) -> str:
        shown = ", ".join(f"{point.incident_id or point.position}" for point in self.first)
        return f"{self.count} of {self.checked_count}: {shown}" if self.count else f"0 of {self.checked_count}"


def find_unreached(
    reached: BoolArray, latitudes: FloatArray, longitudes: FloatArray, incident_ids: tuple[str, ...] = ()
) -> UnreachedPoints:
    """List the points that are not reached; every array of shape (n,)."""
    positions = np.flatnonzero(~reached)
    first = (
        UnreachedPoint(
            incident_id=incident_ids[position] if incident_ids else "",
            position=0 if incident_ids else position,
            latitude=float(latitudes[position]),
            longitude=float(longitudes[position]),
        )
        for position in positions[:SHOWN].tolist()
    )
    return UnreachedPoints(len(positions), len(reached), tuple(first))
