"""What a crew can do at the end of each segment."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from services.routes.arrays import BoolArray, FloatArray, IntArray
from services.routes.network import StreetNetwork
from services.routes.turns import TurnMinutes, turn_degrees

TURNS_TAKE_NOTHING = TurnMinutes()


@dataclass(frozen=True, eq=False)
class DrivingGraph:
    """Which directed segment may follow which.

    Directed segment 2n is segment n from its from-node to its to-node, 2n + 1 the other way. Those that may follow
    directed segment a are ``successors[offsets[a]:offsets[a + 1]]``, and `turn_minutes`, of the same shape, is what the
    turn onto each takes. `allowed`, shape (2 · n_segments,), is false for the wrong way of a one-way street. `minutes`
    is the driving time per segment, shape (n_segments,). Routes begin with one of `starts`. `end_minutes`, shape
    (2 · n_segments,), is the least time from the end of a directed segment to where routes must end: zero where they
    may end anywhere, infinite where there is no way.
    """

    offsets: IntArray
    successors: IntArray
    turn_minutes: FloatArray
    allowed: BoolArray
    minutes: FloatArray
    starts: IntArray
    end_minutes: FloatArray

    @property
    def segment_count(self) -> int:
        """Number of segments."""
        return len(self.minutes)

    def following(self, directed: int) -> IntArray:
        """Return the directed segments that may follow one."""
        return self.successors[self.offsets[directed] : self.offsets[directed + 1]]

    def route_minutes(self, directed: IntArray) -> float:
        """Return the time of a route, turns included."""
        turns = [
            self.turn_minutes[self.offsets[before] + np.flatnonzero(self.following(before) == after)[0]]
            for before, after in pairwise(directed)
        ]
        return float(self.minutes[directed // 2].sum() + sum(turns))

    def starting_with(self, directed: IntArray) -> "DrivingGraph":
        """Return the same graph for routes that begin with some directed segments."""
        return replace(self, starts=np.intersect1d(self.starts, directed))

    def ending_with(self, directed: IntArray) -> "DrivingGraph":
        """Return the same graph for routes whose last directed segment is one of some."""
        sources = np.repeat(np.arange(len(self.allowed)), np.diff(self.offsets))
        least = np.finfo(np.float64).tiny
        costs = np.maximum(self.minutes[self.successors // 2] + self.turn_minutes, least)
        backwards = sp.csr_array((costs, (self.successors, sources)), shape=(len(self.allowed),) * 2)
        if not len(directed):
            return replace(self, end_minutes=np.full(len(self.allowed), np.inf))
        to_end = dijkstra(backwards, directed=True, indices=directed, min_only=True)
        return replace(self, end_minutes=np.asarray(to_end, dtype=np.float64))

    def within(self, inside: BoolArray) -> "DrivingGraph":
        """Return the same graph for routes that stay on the segments for which `inside`, (n_segments,), is true."""
        sources = np.repeat(np.arange(len(self.allowed)), np.diff(self.offsets))
        kept = inside[self.successors // 2] & inside[sources // 2]
        counts = np.bincount(sources[kept], minlength=len(self.allowed))
        return replace(
            self,
            offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            successors=self.successors[kept],
            turn_minutes=self.turn_minutes[kept],
            starts=self.starts[inside[self.starts // 2]],
        )


def driving_graph(
    network: StreetNetwork, speed_km_h: float, turn_minutes: TurnMinutes = TURNS_TAKE_NOTHING
) -> DrivingGraph:
    """Return what may follow what, without immediate U-turns except at dead ends.

    Parameters
    ----------
    speed_km_h
        Patrol speed; where a street's limit is lower, that is driven.
    turn_minutes
        What turns take.
    """
    allowed = np.column_stack([network.forward, network.backward]).ravel()
    begins = np.column_stack([network.from_nodes, network.to_nodes]).ravel()
    ends = np.column_stack([network.to_nodes, network.from_nodes]).ravel()
    leaving: list[list[int]] = [[] for _ in range(network.node_count)]
    for directed in np.flatnonzero(allowed):
        leaving[begins[directed]].append(int(directed))
    forbidden: list[set[int]] = [set() for _ in allowed]
    for directed, successor in network.forbidden_turns.tolist():
        forbidden[directed].add(successor)
    following = [_following(directed, leaving[end], forbidden[directed]) for directed, end in enumerate(ends)]
    successors = np.array([successor for row in following for successor in row], dtype=np.int64)
    taken_minutes = np.zeros(len(successors))
    if turn_minutes != TURNS_TAKE_NOTHING:
        sources = np.repeat(np.arange(len(allowed)), [len(row) for row in following])
        taken_minutes = turn_minutes.of(turn_degrees(network, sources, successors))
    return DrivingGraph(
        offsets=np.cumsum([0, *map(len, following)], dtype=np.int64),
        successors=successors,
        turn_minutes=taken_minutes,
        allowed=allowed,
        minutes=network.segment_minutes(speed_km_h),
        starts=np.flatnonzero(allowed),
        end_minutes=np.zeros(len(allowed)),
    )


def _following(directed: int, leaving: list[int], forbidden: set[int]) -> list[int]:
    """Return those that leave the end of a directed segment, the way back only where there is no other.

    Restrictions that would leave no way at all, as they do where what lies beyond is cut off, do not hold.
    """
    onward = [successor for successor in leaving if successor // 2 != directed // 2 and successor not in forbidden]
    back = [successor for successor in leaving if successor // 2 == directed // 2]
    return onward or back or leaving
