"""What a car can do at the end of each segment."""

from dataclasses import dataclass

import numpy as np

from services.routes.arrays import BoolArray, FloatArray, IntArray
from services.routes.network import StreetNetwork


@dataclass(frozen=True, eq=False)
class DrivingGraph:
    """Which directed segment may follow which.

    Directed segment 2n is segment n from its from-node to its to-node, 2n + 1 the other way. Those that may follow
    directed segment a are ``successors[offsets[a]:offsets[a + 1]]``. `allowed`, shape (2 · n_segments,), is false for
    the wrong way of a one-way street. `minutes` is the driving time per segment, shape (n_segments,).
    """

    offsets: IntArray
    successors: IntArray
    allowed: BoolArray
    minutes: FloatArray

    @property
    def segment_count(self) -> int:
        """Number of segments."""
        return len(self.minutes)

    def following(self, directed: int) -> IntArray:
        """Return the directed segments that may follow one."""
        return self.successors[self.offsets[directed] : self.offsets[directed + 1]]


def driving_graph(network: StreetNetwork, speed_km_h: float) -> DrivingGraph:
    """Return what may follow what, without immediate U-turns except at dead ends.

    Parameters
    ----------
    speed_km_h
        Patrol speed.
    """
    allowed = np.column_stack([network.forward, network.backward]).ravel()
    begins = np.column_stack([network.from_nodes, network.to_nodes]).ravel()
    ends = np.column_stack([network.to_nodes, network.from_nodes]).ravel()
    leaving: list[list[int]] = [[] for _ in range(network.node_count)]
    for directed in np.flatnonzero(allowed):
        leaving[begins[directed]].append(int(directed))
    following = [_following(directed, leaving[ends[directed]]) for directed in range(len(allowed))]
    return DrivingGraph(
        offsets=np.cumsum([0, *map(len, following)], dtype=np.int64),
        successors=np.array([successor for row in following for successor in row], dtype=np.int64),
        allowed=allowed,
        minutes=network.segment_minutes(speed_km_h),
    )


def _following(directed: int, leaving: list[int]) -> list[int]:
    """Return those that leave the end of a directed segment, the way back only where there is no other."""
    onward = [successor for successor in leaving if successor // 2 != directed // 2]
    return onward or leaving
