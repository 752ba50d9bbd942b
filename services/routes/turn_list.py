"""A route in words: which streets, how far, and where to turn."""

from dataclasses import dataclass

import numpy as np

from services.routes.arrays import FloatArray
from services.routes.network import StreetNetwork
from services.routes.planning import Route
from services.routes.streets import WGS_84

STRAIGHT_DEGREES, BACK_DEGREES = 30.0, 150.0
"""Smaller turns go straight on, greater ones back."""


@dataclass(frozen=True)
class Stretch:
    """A stretch of one street: how it is entered, its name (empty: unknown) and its length in metres."""

    turn: str
    street: str
    length_m: float


def turn_list(network: StreetNetwork, route: Route) -> tuple[Stretch, ...]:
    """Return the stretches of a route; going straight on along the same street begins no new one."""
    stretches: list[Stretch] = []
    bearing_before = 0.0
    for directed in route.directed.tolist():
        segment = directed // 2
        line = network.lines[segment][:: -1 if directed % 2 else 1]
        turn = _turn(_bearing(line[:2]) - bearing_before) if stretches else "start"
        name, length_m = network.names[segment], float(network.lengths_m[segment])
        if stretches and turn == "straight on" and stretches[-1].street == name:
            last = stretches.pop()
            stretches.append(Stretch(last.turn, name, last.length_m + length_m))
        else:
            stretches.append(Stretch(turn, name, length_m))
        bearing_before = _bearing(line[-2:])
    return tuple(stretches)


def _bearing(piece: FloatArray) -> float:
    """Return the direction of a piece of line in degrees clockwise from north."""
    (from_longitude, from_latitude), (to_longitude, to_latitude) = piece
    return float(WGS_84.inv(from_longitude, from_latitude, to_longitude, to_latitude)[0])


def _turn(degrees: float) -> str:
    change = float(np.mod(degrees + 180, 360) - 180)
    if abs(change) < STRAIGHT_DEGREES:
        return "straight on"
    if abs(change) > BACK_DEGREES:
        return "turn back"
    return "turn right" if change > 0 else "turn left"
