"""Finds networks: those that ship with the service and the sectors of areas."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.routes.area import PatrolArea
from services.routes.arrays import FloatArray
from services.routes.basic_units import merge_chains
from services.routes.network import build_network
from services.routes.roads import nodes_inside, read_roads
from services.routes.shipped import load_shipped
from services.routes.streets import RoadTable, streets_from_roads
from services.routes.survey import Survey, survey_network
from serving.artifacts import ArtifactStore

SURVEYS_IN_MEMORY = 64
ROADS_IN_MEMORY = 2


@dataclass(frozen=True)
class ShippedNetwork:
    """A network that ships with the service, by name."""

    name: str


@dataclass(frozen=True)
class SectorNetwork:
    """The streets of a sector; incidents on or after `history_until` (None: after the training data) do not count."""

    area_artifact: str
    sector_id: str
    history_until: date | None = None


class NetworkCatalogue:
    """Surveys networks and remembers the last ones."""

    def __init__(self, store: ArtifactStore, read_area: Callable[[bytes], PatrolArea]) -> None:
        self._store = store
        self._read_area = read_area
        self._read_roads = lru_cache(ROADS_IN_MEMORY)(self._read_road_artifacts)
        self._survey = lru_cache(SURVEYS_IN_MEMORY)(self._new_survey)

    def survey(self, source: ShippedNetwork | SectorNetwork) -> Survey:
        """Return a network with its past incidents.

        Raises
        ------
        NotFound
            There is no such network, artifact or sector.
        InvalidArgument
            An artifact is not what it should be.
        FailedPrecondition
            The area has no roads, the sector no streets, or no incident is near a street.
        """
        return self._survey(source)

    def survey_sector(self, area: PatrolArea, sector_id: str, history_until: date | None = None) -> Survey:
        """Return the streets of one sector with its past incidents; raises as `survey` does."""
        shape = area.sector_shape(sector_id)
        roads = self._read_roads(*area.road_artifacts())
        streets = streets_from_roads(roads.within(nodes_inside(roads.node_points, shape)))
        network = build_network(sector_id, merge_chains(streets))
        incidents = self._store.get_table(area.incidents_artifact)
        points = _incident_points(incidents, sector_id, area.history_end_time(history_until))
        return survey_network(network, points)

    def _new_survey(self, source: ShippedNetwork | SectorNetwork) -> Survey:
        if isinstance(source, ShippedNetwork):
            streets, points = load_shipped(source.name)
            return survey_network(build_network(source.name, streets), points)
        area = self._read_area(self._store.get(source.area_artifact))
        return self.survey_sector(area, source.sector_id, source.history_until)

    def _read_road_artifacts(self, nodes_artifact: str, arcs_artifact: str) -> RoadTable:
        return read_roads(self._store.get_table(nodes_artifact), self._store.get_table(arcs_artifact))


def _incident_points(incidents: pa.Table, sector_id: str, end_time: datetime) -> FloatArray:
    """Return the longitudes and latitudes of a sector's incidents before a time, shape (n_incidents, 2)."""
    before = pc.less(incidents.column("time"), pa.scalar(end_time, pa.timestamp("us", tz="UTC")))
    kept = incidents.filter(pc.and_(pc.equal(incidents.column("sector"), sector_id), before))
    return np.column_stack([kept.column("longitude").to_numpy(), kept.column("latitude").to_numpy()])
