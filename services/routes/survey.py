"""Surveys a network: where past incidents happened and where they cluster."""

from dataclasses import dataclass

from services.routes.arrays import FloatArray
from services.routes.gi_star import gi_star, inverse_distance_weights, rescale
from services.routes.likelihood import network_likelihood
from services.routes.network import StreetNetwork
from services.routes.snapping import snap_incidents
from serving.errors import FailedPrecondition


@dataclass(frozen=True, eq=False)
class Survey:
    """A network with its past incidents.

    `likelihood` is the incidents per metre rescaled to [0, 1], `gi_star_z` the z-score of Gi* over the likelihood; both
    have shape (n_segments,). `excluded_incident_count` incidents were too far from any street to count.
    """

    network: StreetNetwork
    likelihood: FloatArray
    gi_star_z: FloatArray
    incident_count: int
    excluded_incident_count: int


def survey_network(network: StreetNetwork, incident_points: FloatArray) -> Survey:
    """Survey a network.

    Parameters
    ----------
    incident_points
        Longitudes and latitudes in degrees, shape (n_incidents, 2).

    Raises
    ------
    FailedPrecondition
        No incident is near a street: there is nothing to tell one street from another by.
    """
    incidents = snap_incidents(network, incident_points)
    if not len(incidents.segments):
        message = f"None of {len(incident_points)} past incidents lies near a street of {network.name!r}."
        raise FailedPrecondition("NO_INCIDENTS", message)
    likelihood = rescale(network_likelihood(network, incidents))
    return Survey(
        network=network,
        likelihood=likelihood,
        gi_star_z=gi_star(likelihood, inverse_distance_weights(network)).Zs,
        incident_count=len(incidents.segments),
        excluded_incident_count=incidents.excluded_count,
    )
