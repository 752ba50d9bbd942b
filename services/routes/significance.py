"""Whether hot streets could be chance, and whether they stay the same from year to year."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import scipy.sparse as sp

from services.routes.arrays import FloatArray, IntArray
from services.routes.gi_star import ROUNDING, gi_star
from services.routes.likelihood import network_likelihood
from services.routes.network import StreetNetwork
from services.routes.quality import coefficient_of_determination
from services.routes.snapping import snap_incidents

PERMUTATIONS = 999


def pseudo_p_values(
    variable: FloatArray, weights: sp.csr_array, seed: int, permutations: int = PERMUTATIONS
) -> FloatArray:
    """Return the one-sided pseudo p-value of Gi* per segment, shape (n_segments,).

    It is (k + 1) / (permutations + 1), k being the permutations of all values in which a segment's Gi* is as far from
    the mean on the same side, or farther; 1 for a segment to which all segments are equally near.
    """
    observed = gi_star(variable, weights).Zs
    row_sums = np.asarray(weights.sum(axis=1)).ravel()
    standardised = sp.csr_array(sp.diags_array(1 / row_sums) @ weights)
    mean = variable.mean()
    deviation = standardised @ variable - mean
    least = np.abs(deviation) * (1 - ROUNDING) - ROUNDING * np.abs(variable).max()
    as_extreme = np.zeros(len(variable))
    rng = np.random.default_rng(seed)
    for count in _batches(permutations, 64):
        shuffled = rng.permuted(np.tile(variable, (count, 1)), axis=1).T
        drawn = standardised @ shuffled - mean
        side = np.where(deviation >= 0, 1.0, -1.0)[:, None]
        as_extreme += (drawn * side >= least[:, None]).sum(axis=1)
    return np.where(np.ptp(observed) == 0, 1.0, (as_extreme + 1) / (permutations + 1))


def _batches(total: int, most: int) -> Iterator[int]:
    for first in range(0, total, most):
        yield min(most, total - first)


def stability_r2(network: StreetNetwork, points: FloatArray, years: IntArray) -> list[tuple[int, int, float | None]]:
    """Return R² between the likelihoods of every year and the next with incidents near streets (Li et al.).

    Parameters
    ----------
    points
        Longitudes and latitudes of incidents in degrees, shape (n_incidents, 2).
    years
        The year of each, or the number of any other span of time, shape (n_incidents,).
    """
    snapped = [(int(year), snap_incidents(network, points[years == year])) for year in np.unique(years)]
    known = [(year, network_likelihood(network, incidents)) for year, incidents in snapped if len(incidents.segments)]
    return [
        (year, following, coefficient_of_determination(before, after))
        for (year, before), (following, after) in pairwise(known)
    ]


def mean_stability_r2(network: StreetNetwork, points: FloatArray, years: IntArray) -> float | None:
    """Return the mean of `stability_r2`; None where there are no two years to compare."""
    values = [value for _, _, value in stability_r2(network, points, years) if value is not None]
    return float(np.mean(values)) if values else None
