"""The angle of a turn, what it is called and what it takes."""

from dataclasses import dataclass

import numpy as np

from services.routes.arrays import FloatArray, IntArray
from services.routes.network import StreetNetwork
from services.routes.streets import WGS_84

STRAIGHT_DEGREES, BACK_DEGREES = 30.0, 150.0
"""Smaller turns go straight on, greater ones back."""


@dataclass(frozen=True)
class TurnMinutes:
    """What turns take, minutes: to the left, to the right and back; going straight on takes nothing."""

    left: float = 0.0
    right: float = 0.0
    back: float = 0.0

    def of(self, degrees: FloatArray) -> FloatArray:
        """Return what turns by some angles take, of the shape of `degrees` (clockwise, in [-180, 180))."""
        sideways = np.where(degrees > 0, self.right, self.left)
        turning = np.where(np.abs(degrees) > BACK_DEGREES, self.back, sideways)
        return np.where(np.abs(degrees) < STRAIGHT_DEGREES, 0.0, turning)


def turn_name(degrees: float) -> str:
    """Return a turn in words; `degrees` clockwise, in [-180, 180)."""
    if abs(degrees) < STRAIGHT_DEGREES:
        return "straight on"
    if abs(degrees) > BACK_DEGREES:
        return "turn back"
    return "turn right" if degrees > 0 else "turn left"


def turn_degrees(network: StreetNetwork, before: IntArray, after: IntArray) -> FloatArray:
    """Return by how much one turns between directed segments, degrees clockwise in [-180, 180).

    Parameters
    ----------
    before, after
        Directed segments (see `driving.DrivingGraph`), of one shape.
    """
    used, places = np.unique(np.concatenate([before, after]) // 2, return_inverse=True)
    near_ends = np.array([network.lines[segment][[0, 1, -2, -1]] for segment in used]).reshape(-1, 4, 2)
    begin, second, last_but_one, end = near_ends.transpose(1, 0, 2)
    into_end, into_begin = _bearings(last_but_one, end), _bearings(second, begin)
    from_begin, from_end = _bearings(begin, second), _bearings(end, last_but_one)
    before_places, after_places = np.split(places, [len(before)])
    arriving = np.where(before % 2, into_begin[before_places], into_end[before_places])
    leaving = np.where(after % 2, from_end[after_places], from_begin[after_places])
    return np.asarray(np.mod(leaving - arriving + 180, 360) - 180)


def _bearings(starts: FloatArray, ends: FloatArray) -> FloatArray:
    """Return directions in degrees clockwise from north, shape (n_points,)."""
    return np.asarray(WGS_84.inv(*np.ascontiguousarray(starts.T), *np.ascontiguousarray(ends.T))[0])
