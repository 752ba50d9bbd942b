"""Divides a network among crews that patrol at the same time."""

import numpy as np

from services.routes.arrays import FloatArray, IntArray
from services.routes.network import StreetNetwork
from services.routes.plane import Plane


def crew_parts(network: StreetNetwork, rewards: FloatArray, crew_count: int) -> IntArray:
    """Return the crew of each segment, shape (n_segments,): compact parts with about equal rewards.

    The network is cut across its longer side so that both sides have rewards in proportion to their crews, and each
    side is cut again until every crew has its own.
    """
    middles = np.array([line.mean(axis=0) for line in network.lines])
    places_m = Plane.about(middles).to_metres(middles)
    crews = np.zeros(network.segment_count, dtype=np.int64)
    _divide(np.arange(network.segment_count), 0, crew_count, places_m, rewards + rewards.mean() * 1e-3, crews)
    return crews


def _divide(
    segments: IntArray, first: int, crew_count: int, places_m: FloatArray, rewards: FloatArray, crews: IntArray
) -> None:
    """Give `segments` to the crews from `first` on."""
    crews[segments] = first
    if crew_count > 1 and len(segments) > 1:
        longer = int(np.ptp(places_m[segments], axis=0).argmax())
        order = segments[np.argsort(places_m[segments, longer], kind="stable")]
        near_count = crew_count // 2
        cumulated = np.cumsum(rewards[order])
        cut = int(np.searchsorted(cumulated, cumulated[-1] * near_count / crew_count)) + 1
        cut = min(max(cut, 1), len(order) - 1)
        _divide(order[:cut], first, near_count, places_m, rewards, crews)
        _divide(order[cut:], first + near_count, crew_count - near_count, places_m, rewards, crews)
