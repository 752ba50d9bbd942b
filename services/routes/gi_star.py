"""Getis-Ord Gi* over the segments of a network."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from esda import G_Local
from libpysal.graph import Graph

from services.routes.arrays import FloatArray, IntArray
from services.routes.distances import Surroundings, surroundings
from services.routes.network import StreetNetwork

BAND_M = 400.0
"""Segments whose midpoints are farther apart along the streets are not neighbours."""

LEAST_SPREAD = 1e-9
"""Of n Σⱼ wᵢⱼ² − 1; below it a row is the mean of all segments but for rounding."""

ROUNDING = 1e-12
"""Values that differ by less than this share of the greatest are equal but for rounding."""


def inverse_distance_weights(network: StreetNetwork, band_m: float = BAND_M) -> sp.csr_array:
    """Return 1/d for the distance d in metres along streets between the midpoints of two segments within the band.

    Shape (n_segments, n_segments). The diagonal, which makes Gi a Gi*, is the largest weight of the row; 1 where a
    segment has no neighbour.
    """
    everyone = np.arange(network.segment_count, dtype=np.int64)
    parts = [_inverse_within(network, around, band_m) for around in surroundings(network, everyone, band_m)]
    rows, columns, values = (np.concatenate(part) for part in zip(*parts, strict=True))
    return sp.csr_array(sp.coo_array((values, (rows, columns)), shape=(network.segment_count,) * 2))


def _inverse_within(
    network: StreetNetwork, around: Surroundings, band_m: float
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the rows, columns and values of the weights of some segments."""
    half_m = network.lengths_m / 2
    to_nodes_m = np.minimum(around.from_start_m, around.from_end_m)
    to_starts_m, to_ends_m = (
        to_nodes_m[:, network.from_nodes[around.near]],
        to_nodes_m[:, network.to_nodes[around.near]],
    )
    distances_m = np.minimum(to_starts_m, to_ends_m) + half_m[around.rows, None] + half_m[around.near]
    weights = np.where(distances_m <= band_m, 1 / distances_m, 0.0)
    own = np.arange(len(around.rows)), np.searchsorted(around.near, around.rows)
    weights[own] = 0.0
    largest = weights.max(axis=1)
    weights[own] = np.where(largest > 0, largest, 1.0)
    row, column = np.nonzero(weights)
    return around.rows[row], around.near[column], weights[row, column]


@dataclass(frozen=True, eq=False)
class GiStar:
    """Gi* of each segment, shape (n_segments,): the statistic `Gs` and its z-score `Zs`.

    `Zs` is zero throughout where the variable does not vary, and for a segment to which all segments are equally near:
    its statistic is the mean whatever the variable.
    """

    Gs: FloatArray
    Zs: FloatArray


def gi_star(variable: FloatArray, weights: sp.csr_array) -> GiStar:
    """Return Getis-Ord Gi* of a variable, weights being row-standardised.

    The statistic is esda's. The z-score is not: esda's variance holds for equal weights only and makes z-scores of
    inverse-distance weights about four times too small. Here it is, for any weights (Ord and Getis 1995, eq. 5, with
    Σⱼ wᵢⱼ = 1)::

        z_i = (Σⱼ wᵢⱼ xⱼ − x̄) / (s √((n Σⱼ wᵢⱼ² − 1) / (n − 1)))

    Parameters
    ----------
    variable
        Shape (n_segments,), not negative, not all zero.
    weights
        Shape (n_segments, n_segments), diagonal included; left unchanged.
    """
    count = len(variable)
    if count < 2 or np.ptp(variable) == 0:
        return GiStar(np.full(count, 1 / count), np.zeros(count))
    local = G_Local(variable, Graph.from_sparse(weights), transform="R", permutations=0, star=True)
    standardised = local.w.sparse
    spread = count * np.asarray(standardised.multiply(standardised).sum(axis=1)).ravel() - 1
    varies = spread > LEAST_SPREAD
    deviation = variable.std() * np.sqrt(np.where(varies, spread, 1.0) / (count - 1))
    return GiStar(local.Gs, np.where(varies, (local.Gs * variable.sum() - variable.mean()) / deviation, 0.0))


def rescale(values: FloatArray) -> FloatArray:
    """Rescale values to [0, 1], the least to 0 and the greatest to 1; all to 1 where only rounding sets them apart."""
    span = np.ptp(values)
    return np.ones_like(values) if span <= ROUNDING * np.abs(values).max() else (values - values.min()) / span
