"""Surveys a network: where past incidents happened and where they cluster."""

from dataclasses import dataclass

import numpy as np

from services.routes.arrays import FloatArray, IntArray
from services.routes.expectation import ExpectedCalls, expected_density
from services.routes.gi_star import gi_star, inverse_distance_weights, rescale
from services.routes.likelihood import network_likelihood
from services.routes.network import StreetNetwork
from services.routes.significance import mean_stability_r2, pseudo_p_values
from services.routes.snapping import snap_incidents
from serving.errors import FailedPrecondition

PERMUTATION_SEED = 2026
"""The same network has the same p-values."""


@dataclass(frozen=True)
class FileExclusions:
    """What of a file of streets is not in its network.

    `unusable_count` features or pieces could not be used, `outside_count` pieces lie outside of the polygon, and
    `unused_turn_rule_count` of `turn_rule_count` turn restrictions could not be put on the network.
    `unknown_one_way_count` features are two-way in it because their directions are not understood.
    """

    unusable_count: int
    outside_count: int
    turn_rule_count: int
    unused_turn_rule_count: int
    unknown_one_way_count: int = 0


@dataclass(frozen=True, eq=False)
class Survey:
    """A network with its past incidents.

    `likelihood` is the incidents per metre rescaled to [0, 1], `gi_star_z` the z-score of Gi* over the likelihood and
    `gi_star_p` its pseudo p-value; all have shape (n_segments,). `stability_r2` is the mean R² of likelihood from year
    to year, None where incidents are of one year or of unknown times. `excluded_incident_count` incidents were too far
    from any street to count. `exclusions` tells what of a file of streets is not in the network, and `sector_id` the
    sector whose streets these are; empty where they are those of no sector.
    """

    network: StreetNetwork
    likelihood: FloatArray
    gi_star_z: FloatArray
    gi_star_p: FloatArray
    stability_r2: float | None
    incident_count: int
    excluded_incident_count: int
    exclusions: FileExclusions | None = None
    sector_id: str = ""


def survey_network(
    network: StreetNetwork,
    incident_points: FloatArray,
    incident_weights: FloatArray | None = None,
    years: IntArray | None = None,
    expected: ExpectedCalls | None = None,
) -> Survey:
    """Survey a network.

    Parameters
    ----------
    incident_points
        Longitudes and latitudes in degrees, shape (n_incidents, 2).
    incident_weights
        How much each counts, shape (n_incidents,); those with weight 0 are as if absent. None: all the same.
    years
        The year of each, shape (n_incidents,), where known.
    expected
        How many calls to expect in which cell; incidents then tell only the streets of a cell from each other.

    Raises
    ------
    FailedPrecondition
        No incident is near a street and no call is expected there: nothing tells one street from another.
    """
    if incident_weights is not None:
        years = None if years is None else years[incident_weights > 0]
        incident_points = incident_points[incident_weights > 0]
        incident_weights = incident_weights[incident_weights > 0]
    incidents = snap_incidents(network, incident_points, incident_weights)
    density = network_likelihood(network, incidents) if len(incidents.segments) else np.zeros(network.segment_count)
    if expected is not None:
        density = expected_density(network, expected, density)
    if not density.any():
        message = f"None of {len(incident_points)} past incidents lies near a street of {network.name!r}."
        raise FailedPrecondition("NO_INCIDENTS", message)
    likelihood = rescale(density)
    weights = inverse_distance_weights(network)
    return Survey(
        network=network,
        likelihood=likelihood,
        gi_star_z=gi_star(likelihood, weights).Zs,
        gi_star_p=pseudo_p_values(likelihood, weights, PERMUTATION_SEED),
        stability_r2=None if years is None or not len(years) else mean_stability_r2(network, incident_points, years),
        incident_count=len(incidents.segments),
        excluded_incident_count=incidents.excluded_count,
    )
