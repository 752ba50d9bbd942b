"""Chooses the travel times of an area, and checks that cars can get everywhere."""

import numpy as np

from services.demand.area import Area
from services.demand.travel.distance import DistanceTravelTimes
from services.demand.travel.osrm import OsrmTravelTimes
from services.demand.travel.osrm_server import OsrmServer
from services.demand.travel.roads import RoadTravelTimes, read_roads
from services.demand.travel.times import TravelTimes
from serving.artifacts import ArtifactStore
from serving.errors import FailedPrecondition


def open_travel(area: Area, store: ArtifactStore) -> TravelTimes:
    """Return the travel times of the area's travel server, else those on its roads, else those by distance.

    Raises
    ------
    FailedPrecondition
        The roads or the server are unusable, or some sectors cannot be reached from others; the message names them.
    NotFound
        The roads are not in the store.
    Unavailable
        The server cannot be reached.
    """
    travel = _open(area, store)
    require_connected(area, travel)
    return travel


def _open(area: Area, store: ArtifactStore) -> TravelTimes:
    if area.travel_server is not None:
        return OsrmTravelTimes(area, OsrmServer(area.travel_server.url, area.travel_server.profile))
    if area.roads is not None:
        return RoadTravelTimes(area, read_roads(store.get_table(area.roads.nodes), store.get_table(area.roads.arcs)))
    return DistanceTravelTimes(area)


def require_connected(area: Area, travel: TravelTimes) -> None:
    """Raise FailedPrecondition that names the sectors cut off from where most sectors are."""
    reachable = np.isfinite(travel.between_sectors(urgent=False)) & np.isfinite(travel.between_sectors(urgent=True))
    both_ways = reachable & reachable.T
    most_connected = both_ways[np.argmax(both_ways.sum(axis=1))]
    cut_off = [sector for sector, joined in zip(area.sector_ids, most_connected, strict=True) if not joined]
    if cut_off:
        raise FailedPrecondition(
            "SECTORS_UNREACHABLE", f"No road leads both ways between the other sectors and {', '.join(cut_off)}."
        )
