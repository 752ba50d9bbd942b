"""Crime likelihood of street segments: a kernel density along the network."""

import numpy as np

from services.routes.arrays import FloatArray, IntArray
from services.routes.distances import distances_from_ends
from services.routes.network import StreetNetwork
from services.routes.snapping import SnappedIncidents

BANDWIDTH_M = 200.0
"""An incident is felt this far along the streets: about two blocks."""


def network_likelihood(
    network: StreetNetwork, incidents: SnappedIncidents, bandwidth_m: float = BANDWIDTH_M
) -> FloatArray:
    """Return the density of incidents on each segment, incidents per metre, shape (n_segments,).

    Each incident spreads a mass of one over the streets around it with the quartic kernel k(d) ∝ (1 − (d/h)²)², d
    being the distance along streets and h the bandwidth. The kernel is integrated exactly over every segment and
    normalised per incident, so density times length sums to the number of incidents: nothing leaks at dead ends,
    intersections or the edge of the network (network kernel density, Okabe, Satoh and Sugihara 2009, with the mass of
    each kernel normalised instead of split at intersections).
    """
    mass = np.zeros(network.segment_count)
    order = np.argsort(incidents.segments, kind="stable")
    segments, offsets_m = incidents.segments[order], incidents.offsets_m[order]
    for rows, from_start_m, from_end_m in distances_from_ends(network, segments, bandwidth_m):
        before_m = offsets_m[rows, None]
        after_m = network.lengths_m[segments[rows], None] - before_m
        to_nodes_m = np.minimum(before_m + from_start_m, after_m + from_end_m)
        mass += _spread(network, segments[rows], offsets_m[rows], to_nodes_m, bandwidth_m).sum(axis=0)
    return mass / network.lengths_m


def _spread(
    network: StreetNetwork, segments: IntArray, offsets_m: FloatArray, to_nodes_m: FloatArray, bandwidth_m: float
) -> FloatArray:
    """Return the mass of each incident on each segment, shape (n_incidents, n_segments); rows sum to one."""
    to_starts_m, to_ends_m = to_nodes_m[:, network.from_nodes], to_nodes_m[:, network.to_nodes]
    mass = _integral(to_starts_m, to_ends_m, network.lengths_m, bandwidth_m)
    rows, lengths_m = np.arange(len(segments)), network.lengths_m[segments]
    here = np.zeros(len(segments))
    mass[rows, segments] = _integral(here, to_starts_m[rows, segments], offsets_m, bandwidth_m) + _integral(
        here, to_ends_m[rows, segments], lengths_m - offsets_m, bandwidth_m
    )
    return np.asarray(mass / mass.sum(axis=1, keepdims=True))


def _integral(first_m: FloatArray, second_m: FloatArray, lengths_m: FloatArray, bandwidth_m: float) -> FloatArray:
    """Integrate the kernel over pieces of street whose two ends are `first_m` and `second_m` away from the incident.

    On a piece the distance rises from both ends until the two ways are equally long, at (first + second + length) / 2.
    """
    farthest_m = (np.minimum(first_m, bandwidth_m) + np.minimum(second_m, bandwidth_m) + lengths_m) / 2
    mass = (
        2 * _cumulative_kernel(farthest_m / bandwidth_m)
        - _cumulative_kernel(first_m / bandwidth_m)
        - _cumulative_kernel(second_m / bandwidth_m)
    )
    return np.maximum(mass, 0.0)  # against rounding


def _cumulative_kernel(share: FloatArray) -> FloatArray:
    """Return ∫₀ˢ (1 − u²)² du with s cut off at 1."""
    u = np.minimum(share, 1.0)
    squared = u * u
    return np.asarray(u * (1 - squared * (2 / 3 - squared / 5)))
