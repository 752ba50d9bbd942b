"""A pool of routes with what each passes: its distinct segments and its turns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numba as nb
import numpy as np

from services.routes.arrays import FloatArray, IntArray
from services.routes.driving import DrivingGraph
from services.routes.sampling import RouteSample


@dataclass(frozen=True, eq=False)
class RoutePool:
    """Routes and their incidences, stored one route after the other.

    Route r passes the distinct segments ``segments[segment_offsets[r]:segment_offsets[r + 1]]`` and makes the turns
    ``turns[turn_offsets[r]:turn_offsets[r + 1]]``. A turn is three directed segments in a row; turns are numbered from
    0 as they occur in the pool, and `turn_pairs`, shape (n_turns,), numbers the first two of the three.
    """

    sample: RouteSample
    segment_offsets: IntArray
    segments: IntArray
    turn_offsets: IntArray
    turns: IntArray
    turn_pairs: IntArray

    @property
    def route_count(self) -> int:
        """Number of routes."""
        return self.sample.route_count

    def visits(self, weights: FloatArray, segment_count: int) -> FloatArray:
        """Return the expected visits per segment of a route drawn with probabilities, shape (n_segments,)."""
        visits: FloatArray = gather(self.segment_offsets, self.segments, weights, segment_count)
        return visits


def pool_routes(graph: DrivingGraph, samples: Sequence[RouteSample]) -> RoutePool:
    """Put samples into one pool."""
    directed = np.concatenate([sample.directed for sample in samples])
    lengths = np.concatenate([np.diff(sample.offsets) for sample in samples])
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    segment_offsets, segments = _distinct_segments(offsets, directed, graph.segment_count)
    steps = _step_numbers(offsets, directed, graph.offsets, graph.successors)
    turn_offsets = np.concatenate([[0], np.cumsum(np.maximum(lengths - 2, 0))]).astype(np.int64)
    third = np.flatnonzero((steps >= 0) & (np.concatenate([[-1], steps[:-1]]) >= 0))
    _, pairs = np.unique(steps[third - 1], return_inverse=True)
    codes = pairs.astype(np.int64) * len(graph.successors) + steps[third]
    _, first, turns = np.unique(codes, return_index=True, return_inverse=True)
    return RoutePool(
        sample=RouteSample(offsets, directed),
        segment_offsets=segment_offsets,
        segments=segments,
        turn_offsets=turn_offsets,
        turns=turns.astype(np.int64),
        turn_pairs=pairs[first].astype(np.int64),
    )


@nb.njit(nogil=True, cache=True)
def gather(offsets, members, weights, count):  # type: ignore[no-untyped-def]
    """Return for each member the summed weights of the rows that have it, shape (count,)."""
    totals = np.zeros(count)
    for row in range(len(weights)):
        for entry in range(offsets[row], offsets[row + 1]):
            totals[members[entry]] += weights[row]
    return totals


@nb.njit(nogil=True, cache=True)
def spread(offsets, members, values):  # type: ignore[no-untyped-def]
    """Return for each row the summed values of its members, shape (n_rows,)."""
    totals = np.zeros(len(offsets) - 1)
    for row in range(len(totals)):
        for entry in range(offsets[row], offsets[row + 1]):
            totals[row] += values[members[entry]]
    return totals


@nb.njit(nogil=True, cache=True)
def _distinct_segments(offsets, directed, segment_count):  # type: ignore[no-untyped-def]
    distinct = np.empty(len(directed), dtype=np.int64)
    distinct_offsets = np.zeros(len(offsets), dtype=np.int64)
    seen_by = np.full(segment_count, -1, dtype=np.int64)
    used = 0
    for route in range(len(offsets) - 1):
        for step in range(offsets[route], offsets[route + 1]):
            segment = directed[step] // 2
            if seen_by[segment] != route:
                seen_by[segment] = route
                distinct[used] = segment
                used += 1
        distinct_offsets[route + 1] = used
    return distinct_offsets, distinct[:used].copy()


@nb.njit(nogil=True, cache=True)
def _step_numbers(offsets, directed, following_offsets, following):  # type: ignore[no-untyped-def]
    """Number each step by its place in `following`; -1 for the first segment of a route."""
    numbers = np.full(len(directed), -1, dtype=np.int64)
    for route in range(len(offsets) - 1):
        for step in range(offsets[route] + 1, offsets[route + 1]):
            place = following_offsets[directed[step - 1]]
            while following[place] != directed[step]:
                place += 1
            numbers[step] = place
    return numbers
