"""Distances along streets."""

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from services.routes.arrays import FloatArray, IntArray
from services.routes.network import StreetNetwork


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


def distances_from_ends(
    network: StreetNetwork, segments: IntArray, limit_m: float, rows_at_once: int = 256
) -> Iterator[tuple[slice, FloatArray, FloatArray]]:
    """Yield distances from the two ends of segments to all nodes, a few rows at a time.

    Parameters
    ----------
    segments
        The segments, shape (n_rows,); repeated ones are welcome, sorted ones are faster.
    limit_m
        Longer distances are infinite.

    Yields
    ------
    tuple
        Which rows, then the distances in metres from their from-nodes and from their to-nodes, shape (rows, n_nodes).
    """
    graph = node_graph(network)
    for start in range(0, len(segments), rows_at_once):
        rows = slice(start, start + rows_at_once)
        from_nodes, to_nodes = network.from_nodes[segments[rows]], network.to_nodes[segments[rows]]
        nodes = np.unique(np.concatenate([from_nodes, to_nodes]))
        distances_m = dijkstra(graph, directed=False, indices=nodes, limit=limit_m)
        yield rows, distances_m[np.searchsorted(nodes, from_nodes)], distances_m[np.searchsorted(nodes, to_nodes)]
