"""Draws random routes: the hot loop, compiled.

Routes are stored one after the other: the directed segments of route r are ``directed[offsets[r]:offsets[r + 1]]``.
"""

from dataclasses import dataclass

import numba as nb
import numpy as np

from services.routes.arrays import BoolArray, FloatArray, IntArray
from services.routes.driving import DrivingGraph


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
    """Draw routes from a random start, each as long as something that may follow fits the time budget.

    Parameters
    ----------
    transition
        Weights P: at an intersection the next segment is drawn in proportion to them, shape (n_segments,), not
        negative. Where all are zero the draw is uniform.
    budget_minutes
        No route takes longer; at least the driving time of the shortest segment.
    """
    starts = np.flatnonzero(graph.allowed & (np.repeat(graph.minutes, 2) <= budget_minutes))
    offsets, directed = _draw(
        graph.offsets, graph.successors, graph.minutes, starts, transition, budget_minutes, route_count, rng
    )
    return RouteSample(offsets, directed)


@nb.njit(nogil=True, cache=True)
def _draw(following_offsets, following, minutes, starts, transition, budget_minutes, route_count, rng):  # type: ignore[no-untyped-def]
    offsets = np.zeros(route_count + 1, dtype=np.int64)
    directed = np.empty(64 * route_count, dtype=np.int64)
    used = 0
    for route in range(route_count):
        here = starts[min(int(rng.random() * len(starts)), len(starts) - 1)]
        remaining_minutes = budget_minutes
        while here >= 0:
            if used == len(directed):
                directed = np.concatenate((directed, np.empty_like(directed)))
            directed[used] = here
            used += 1
            remaining_minutes -= minutes[here // 2]
            options = following[following_offsets[here] : following_offsets[here + 1]]
            here = _next(options, minutes, transition, remaining_minutes, rng.random())
        offsets[route + 1] = used
    return offsets, directed[:used].copy()


@nb.njit(nogil=True, cache=True)
def _next(options, minutes, transition, remaining_minutes, uniform):  # type: ignore[no-untyped-def]
    """Draw one of the options that fit the remaining time; -1: none does."""
    fitting, total = 0, 0.0
    for option in options:
        if minutes[option // 2] <= remaining_minutes:
            fitting += 1
            total += transition[option // 2]
    left = uniform * (total if total > 0 else fitting)
    last = -1
    for option in options:
        if minutes[option // 2] <= remaining_minutes:
            weight = transition[option // 2] if total > 0 else 1.0
            if weight > 0:
                last = option
                left -= weight
                if left < 0:
                    break
    return last


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
