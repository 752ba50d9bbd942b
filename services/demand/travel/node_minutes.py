"""Quickest minutes between pairs of nodes, found when they are asked for."""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from services.demand.arrays import FloatArray, IntArray
from services.demand.travel.cache import BoundedCache

ROOM_BYTES = 64 * 1024 * 1024
"""For what has been found; the results of one node take 8 bytes per node of the graph."""
NODES_AT_ONCE = 32


class NodeMinutes:
    """Quickest ways on one directed graph, kept per node in a bounded cache.

    Parameters
    ----------
    minutes
        Minutes of the arcs; sparse, shape (n_nodes, n_nodes), row = from.
    room_bytes
        How much the cache may take; the results of one node are always kept.
    """

    def __init__(self, minutes: csr_array, room_bytes: int = ROOM_BYTES) -> None:
        self._graphs = {False: minutes, True: minutes.T.tocsr()}
        self._found: BoundedCache[tuple[bool, int], FloatArray] = BoundedCache(room_bytes // (8 * minutes.shape[0]))

    def between(self, from_nodes: IntArray, to_nodes: IntArray) -> FloatArray:
        """Return the minutes from each node to its own other node, infinite where no way leads; shape (n,).

        The search begins at whichever side has fewer different nodes.
        """
        backward = len(np.unique(to_nodes)) < len(np.unique(from_nodes))
        begin, end = (to_nodes, from_nodes) if backward else (from_nodes, to_nodes)
        nodes, position = np.unique(begin, return_inverse=True)
        minutes = np.empty(len(begin))
        for first in range(0, len(nodes), NODES_AT_ONCE):
            rows = self._rows(nodes[first : first + NODES_AT_ONCE], backward)
            here = (position >= first) & (position < first + NODES_AT_ONCE)
            minutes[here] = rows[position[here] - first, end[here]]
        return minutes

    def _rows(self, nodes: IntArray, backward: bool) -> FloatArray:
        """Return the minutes from, or backward: to, each of some nodes; shape (n, n_nodes)."""
        known = {int(node): self._found.get((backward, int(node))) for node in nodes}
        unknown = [node for node, row in known.items() if row is None]
        if unknown:
            for node, row in zip(unknown, dijkstra(self._graphs[backward], indices=unknown), strict=True):
                known[node] = row
                self._found.put((backward, node), row.copy())
        return np.array([known[int(node)] for node in nodes])
