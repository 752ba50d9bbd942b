"""Crime likelihood of street segments: a kernel density along the network."""

import numpy as np

from services.routes.arrays import FloatArray, IntArray
from services.routes.distances import Surroundings, surroundings
from services.routes.network import StreetNetwork
from services.routes.snapping import SnappedIncidents

BANDWIDTH_M = 200.0
"""An incident is felt this far along the streets: about two blocks."""


def network_likelihood(
    network: StreetNetwork, incidents: SnappedIncidents, bandwidth_m: float = BANDWIDTH_M
) -> FloatArray:
    """Return the density of incidents on each segment, incidents per metre, shape (n_segments,).

    Each incident spreads its weight over the streets around it with the quartic kernel k(d) ∝ (1 − (d/h)²)², d
    being the distance along streets and h the bandwidth. The kernel is integrated exactly over every segment and
    normalised per incident, so density times length sums to their weights: nothing leaks at dead ends,
    intersections or the edge of the network (network kernel density, Okabe, Satoh and Sugihara 2009, with the mass of
    each kernel normalised instead of split at intersections).
    """
    mass = np.zeros(network.segment_count)
    for around in surroundings(network, incidents.segments, bandwidth_m):
        segments, offsets_m = incidents.segments[around.rows], incidents.offsets_m[around.rows]
        spread = _spread(network, around, segments, offsets_m, bandwidth_m)
        mass[around.near] += incidents.weights[around.rows] @ spread
    return mass / network.lengths_m


def _spread(
    network: StreetNetwork, around: Surroundings, segments: IntArray, offsets_m: FloatArray, bandwidth_m: float
) -> FloatArray:
    """Return the mass of each incident on each near segment, shape (n_incidents, n_near); rows sum to one."""
    lengths_m = network.lengths_m[segments]
    before_m, after_m = offsets_m[:, None], (lengths_m - offsets_m)[:, None]
    to_nodes_m = np.minimum(before_m + around.from_start_m, after_m + around.from_end_m)
    to_starts_m, to_ends_m = (
        to_nodes_m[:, network.from_nodes[around.near]],
        to_nodes_m[:, network.to_nodes[around.near]],
    )
    mass = _integral(to_starts_m, to_ends_m, network.lengths_m[around.near], bandwidth_m)
    own = np.arange(len(segments)), np.searchsorted(around.near, segments)
    here = np.zeros(len(segments))
    mass[own] = _integral(here, to_starts_m[own], offsets_m, bandwidth_m)
    mass[own] += _integral(here, to_ends_m[own], lengths_m - offsets_m, bandwidth_m)
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
