"""Distances along streets."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from services.routes.arrays import FloatArray, IntArray
from services.routes.network import StreetNetwork

STRIP_DEGREES = 0.005
"""Longitudes of neighbours that are worked on together; only speed depends on it."""


def node_graph(network: StreetNetwork) -> sp.csr_array:
    """Return the lengths of segments between nodes in metres, shape (n_nodes, n_nodes), symmetric.

    Of parallel segments the shortest counts. One-way streets count both ways: crime does not obey them.
    """
    low = np.minimum(network.from_nodes, network.to_nodes)
    high = np.maximum(network.from_nodes, network.to_nodes)
    order = np.lexsort((network.lengths_m, high, low))
    low, high, lengths_m = low[order], high[order], network.lengths_m[order]
    shortest = np.ones(len(low), dtype=bool)
    shortest[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    shortest &= low != high
    half = sp.coo_array((lengths_m[shortest], (low[shortest], high[shortest])), shape=(network.node_count,) * 2)
    return sp.csr_array(half + half.T)


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What is near some segments along the streets.

    `rows` tells which of the segments asked for these are, shape (n_rows,). `from_start_m` and `from_end_m` are the
    distances in metres from their from-nodes and to-nodes to all nodes, shape (n_rows, n_nodes), infinite beyond the
    limit. `near` lists the segments with an end within the limit of any of them, themselves included.
    """

    rows: IntArray
    from_start_m: FloatArray
    from_end_m: FloatArray
    near: IntArray


def surroundings(
    network: StreetNetwork, segments: IntArray, limit_m: float, rows_at_once: int = 256
) -> Iterator[Surroundings]:
    """Yield what is within a distance of segments, shape (n_segments,), a few neighbouring ones at a time."""
    graph = node_graph(network)
    order = _spatial_order(network, segments)
    for first in range(0, len(order), rows_at_once):
        rows = order[first : first + rows_at_once]
        from_nodes, to_nodes = network.from_nodes[segments[rows]], network.to_nodes[segments[rows]]
        nodes = np.unique(np.concatenate([from_nodes, to_nodes]))
        distances_m = np.asarray(dijkstra(graph, directed=False, indices=nodes, limit=limit_m))
        reached = np.isfinite(distances_m.min(axis=0))
        yield Surroundings(
            rows=rows,
            from_start_m=distances_m[np.searchsorted(nodes, from_nodes)],
            from_end_m=distances_m[np.searchsorted(nodes, to_nodes)],
            near=np.flatnonzero(reached[network.from_nodes] | reached[network.to_nodes]),
        )


def _spatial_order(network: StreetNetwork, segments: IntArray) -> IntArray:
    """Return an order in which neighbours come close together: south to north, strip by strip."""
    longitudes, latitudes = np.array([line[0] for line in network.lines])[segments].T
    return np.lexsort((latitudes, np.floor(longitudes / STRIP_DEGREES)))
