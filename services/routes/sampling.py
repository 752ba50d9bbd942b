"""Draws random routes: the hot loop, compiled.

Routes are stored one after the other: the directed segments of route r are ``directed[offsets[r]:offsets[r + 1]]``.
"""

from dataclasses import dataclass

import numba as nb
import numpy as np

from services.routes.arrays import BoolArray, FloatArray, IntArray
from services.routes.driving import DrivingGraph

ROUNDING_MINUTES = 1e-9
"""What adding up minutes may be wrong by."""


@dataclass(frozen=True, eq=False)
class RouteSample:
    """Many routes: where each begins in `directed`, shape (n_routes + 1,), and the directed segments of all."""

    offsets: IntArray
    directed: IntArray

    @property
    def route_count(self) -> int:
        """Number of routes."""
        return len(self.offsets) - 1

    def route(self, index: int) -> IntArray:
        """Return the directed segments of a route in driven order, shape (n_steps,)."""
        return self.directed[self.offsets[index] : self.offsets[index + 1]]

    def take(self, indices: IntArray) -> "RouteSample":
        """Return some of the routes in the order of their indices."""
        lengths = np.diff(self.offsets)[indices]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        places = np.arange(offsets[-1]) + np.repeat(self.offsets[indices] - offsets[:-1], lengths)
        return RouteSample(offsets, self.directed[places])

    def rewards(self, segment_rewards: FloatArray) -> FloatArray:
        """Return for each route the sum of rewards over its distinct segments, shape (n_routes,)."""
        totals: FloatArray = _sum_distinct(self.offsets, self.directed, segment_rewards)
        return totals

    def visits(self, chosen: BoolArray, segment_count: int) -> IntArray:
        """Count for each segment the chosen routes that pass it, shape (n_segments,); `chosen` is (n_routes,)."""
        counts: IntArray = _count_visits(self.offsets, self.directed, chosen, segment_count)
        return counts


def draw_routes(
    graph: DrivingGraph, transition: FloatArray, budget_minutes: float, route_count: int, rng: np.random.Generator
) -> RouteSample:
    """Draw routes from a random start, each as long as something fits the time budget from where the end is in reach.

    Parameters
    ----------
    transition
        Weights P: at an intersection the next segment is drawn in proportion to them, shape (n_segments,), not
        negative. Where all are zero the draw is uniform.
    budget_minutes
        No route takes longer; at least what the shortest route takes (see `least_minutes`).
    """
    needed_minutes = graph.minutes[graph.starts // 2] + graph.end_minutes[graph.starts]
    starts = graph.starts[needed_minutes <= budget_minutes + ROUNDING_MINUTES]
    ways = (graph.offsets, graph.successors, graph.turn_minutes, graph.minutes, graph.end_minutes)
    offsets, directed = _draw(ways, starts, transition, budget_minutes + ROUNDING_MINUTES, route_count, rng)
    return RouteSample(offsets, directed)


def least_minutes(graph: DrivingGraph) -> float:
    """Return what the shortest route takes; infinite where no route leads from a start to an end."""
    if not len(graph.starts):
        return float("inf")
    return float((graph.minutes[graph.starts // 2] + graph.end_minutes[graph.starts]).min())


@nb.njit(nogil=True, cache=True)
def _draw(ways, starts, transition, budget_minutes, route_count, rng):  # type: ignore[no-untyped-def]
    offsets = np.zeros(route_count + 1, dtype=np.int64)
    directed = np.empty(64 * route_count, dtype=np.int64)
    used = 0
    for route in range(route_count):
        here = starts[min(int(rng.random() * len(starts)), len(starts) - 1)]
        remaining_minutes = budget_minutes - ways[3][here // 2]
        while here >= 0:
            if used == len(directed):
                directed = np.concatenate((directed, np.empty_like(directed)))
            directed[used] = here
            used += 1
            here, taken_minutes = _next(ways, here, transition, remaining_minutes, rng.random())
            remaining_minutes -= taken_minutes
        offsets[route + 1] = used
    return offsets, directed[:used].copy()


@nb.njit(nogil=True, cache=True)
def _next(ways, here, transition, remaining_minutes, uniform):  # type: ignore[no-untyped-def]
    """Draw one of those that may follow and fit the remaining time, and what it takes; -1: none does."""
    offsets, successors, turn_minutes, minutes, end_minutes = ways
    fitting, total = 0, 0.0
    for place in range(offsets[here], offsets[here + 1]):
        option = successors[place]
        if minutes[option // 2] + turn_minutes[place] + end_minutes[option] <= remaining_minutes:
            fitting += 1
            total += transition[option // 2]
    left = uniform * (total if total > 0 else fitting)
    last, taken_minutes = -1, 0.0
    for place in range(offsets[here], offsets[here + 1]):
        option = successors[place]
        if minutes[option // 2] + turn_minutes[place] + end_minutes[option] <= remaining_minutes:
            weight = transition[option // 2] if total > 0 else 1.0
            if weight > 0:
                last, taken_minutes = option, minutes[option // 2] + turn_minutes[place]
                left -= weight
                if left < 0:
                    break
    return last, taken_minutes


@nb.njit(nogil=True, cache=True)
def _sum_distinct(offsets, directed, rewards):  # type: ignore[no-untyped-def]
    totals = np.zeros(len(offsets) - 1)
    seen_by = np.full(len(rewards), -1, dtype=np.int64)
    for route in range(len(totals)):
        for step in range(offsets[route], offsets[route + 1]):
            segment = directed[step] // 2
            if seen_by[segment] != route:
                seen_by[segment] = route
                totals[route] += rewards[segment]
    return totals


@nb.njit(nogil=True, cache=True)
def _count_visits(offsets, directed, chosen, segment_count):  # type: ignore[no-untyped-def]
    counts = np.zeros(segment_count, dtype=np.int64)
    seen_by = np.full(segment_count, -1, dtype=np.int64)
    for route in range(len(offsets) - 1):
        if chosen[route]:
            for step in range(offsets[route], offsets[route + 1]):
                segment = directed[step] // 2
                if seen_by[segment] != route:
                    seen_by[segment] = route
                    counts[segment] += 1
    return counts
