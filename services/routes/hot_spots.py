"""Shortest-path patrol of the top hot spots: what a planner without any search would do."""

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from services.routes.arrays import FloatArray, IntArray
from services.routes.driving import DrivingGraph

HOT_SPOT_COUNT = 10


class HotSpotPatrol:
    """Drives from hot spot to the nearest hot spot not yet visited, by the fastest way.

    The hot spots are the `hot_spot_count` segments with the greatest rewards, shape (n_segments,).
    """

    def __init__(self, graph: DrivingGraph, rewards: FloatArray, hot_spot_count: int = HOT_SPOT_COUNT) -> None:
        self._graph = graph
        hottest = np.argsort(-rewards, kind="stable")[:hot_spot_count]
        both = np.concatenate([2 * hottest, 2 * hottest + 1])
        self._hot = np.sort(both[graph.allowed[both]])
        sources = np.repeat(np.arange(len(graph.allowed)), np.diff(graph.offsets))
        costs = graph.minutes[graph.successors // 2] + graph.turn_minutes
        ways = sp.csr_array((costs, (sources, graph.successors)), shape=(len(graph.allowed),) * 2)
        self._minutes, self._before = dijkstra(ways, indices=self._hot, return_predecessors=True)

    def route(self, budget_minutes: float, rng: np.random.Generator) -> IntArray:
        """Return a route from a random hot spot as directed segments; it ends where no other fits the budget."""
        starts = self._hot[self._graph.minutes[self._hot // 2] <= budget_minutes]
        if not len(starts):
            return np.array([self._graph.minutes.argmin() * 2])
        here = int(starts[rng.integers(len(starts))])
        route, left_minutes = [here], budget_minutes - float(self._graph.minutes[here // 2])
        unvisited = set(self._hot[self._hot // 2 != here // 2].tolist())
        while unvisited:
            row = int(np.searchsorted(self._hot, here))
            nearest = min(sorted(unvisited), key=lambda spot: self._minutes[row, spot])
            if self._minutes[row, nearest] > left_minutes:
                break
            left_minutes -= float(self._minutes[row, nearest])
            route += self._way(row, here, nearest)
            unvisited = {spot for spot in unvisited if spot // 2 != nearest // 2}
            here = nearest
        return np.array(route, dtype=np.int64)

    def _way(self, row: int, here: int, target: int) -> list[int]:
        """Return the directed segments from one hot spot to another, without the first."""
        way = [target]
        while self._before[row, way[-1]] != here:
            way.append(int(self._before[row, way[-1]]))
        return way[::-1]
