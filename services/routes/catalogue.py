"""Finds networks: those that ship with the service and the sectors of areas."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from services.routes.area import PatrolArea
from services.routes.arrays import FloatArray, IntArray
from services.routes.basic_units import merge_chains
from services.routes.expectation import ExpectedCalls
from services.routes.imports.incidents import points_of_table
from services.routes.imports.osm import Profile
from services.routes.imports.streets_artifact import StreetFormat, import_content
from services.routes.incident_weights import LikelihoodOptions
from services.routes.network import build_network
from services.routes.roads import nodes_inside, read_roads
from services.routes.shipped import load_shipped
from services.routes.streets import RoadTable, streets_from_roads
from services.routes.survey import Survey, survey_network
from serving.artifacts import ArtifactStore
from serving.errors import InvalidArgument

SURVEYS_IN_MEMORY = 64
ROADS_IN_MEMORY = 2


@dataclass(frozen=True)
class ShippedNetwork:
    """A network that ships with the service, by name."""

    name: str


@dataclass(frozen=True)
class SectorNetwork:
    """The streets of a sector; incidents on or after `history_until` (None: after the training data) do not count.

    With a `calls_artifact` the calls that the predictor expects for the planned hours take the place of past incidents;
    `expected_calls` say how many of them to expect in which cell.
    """

    area_artifact: str
    sector_id: str
    history_until: date | None = None
    likelihood: LikelihoodOptions = field(default_factory=LikelihoodOptions)
    on_foot: bool = False
    calls_artifact: str = ""
    expected_calls: ExpectedCalls | None = None

    def __post_init__(self) -> None:
        if self.calls_artifact and self.expected_calls is not None:
            raise InvalidArgument("sector.expected_calls", "Expected expected_calls or calls_artifact, not both.")


@dataclass(frozen=True)
class FileNetwork:
    """Streets from a file in an artifact, with incidents in another."""

    streets_artifact: str
    format: StreetFormat
    incidents_artifact: str
    on_foot: bool = False
    clip_geojson: str = ""


Source = ShippedNetwork | SectorNetwork | FileNetwork


class NetworkCatalogue:
    """Surveys networks and remembers the last ones."""

    def __init__(self, store: ArtifactStore, read_area: Callable[[bytes], PatrolArea]) -> None:
        self._store = store
        self._read_area = read_area
        self._read_roads = lru_cache(ROADS_IN_MEMORY)(self._read_road_artifacts)
        self._survey = lru_cache(SURVEYS_IN_MEMORY)(self._new_survey)

    def survey(self, source: Source) -> Survey:
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

    def survey_sector(self, area: PatrolArea, source: SectorNetwork) -> Survey:
        """Return the streets of one sector with its incidents; raises as `survey` does."""
        sector_id = source.sector_id
        shape = area.sector_shape(sector_id)
        roads = self._read_roads(*area.road_artifacts())
        streets = streets_from_roads(roads.within(nodes_inside(roads.node_points, shape)))
        if source.on_foot:
            streets = [replace(street, forward=True, backward=True) for street in streets]
        network = build_network(sector_id, merge_chains(streets))
        if source.calls_artifact:
            survey = survey_network(network, _points_inside(self._store.get_table(source.calls_artifact), shape))
        else:
            incidents = self._store.get_table(area.incidents_artifact)
            points, weights, years = _weighted_incidents(incidents, area, source)
            survey = survey_network(network, points, weights, years, source.expected_calls)
        return replace(survey, sector_id=sector_id)

    def _new_survey(self, source: Source) -> Survey:
        if isinstance(source, ShippedNetwork):
            streets, points = load_shipped(source.name)
            return survey_network(build_network(source.name, streets), points)
        if isinstance(source, FileNetwork):
            return self._survey_file(source)
        area = self._read_area(self._store.get(source.area_artifact))
        return self.survey_sector(area, source)

    def _survey_file(self, source: FileNetwork) -> Survey:
        profile = Profile.FOOT if source.on_foot else Profile.CAR
        content = self._store.get(source.streets_artifact)
        imported = import_content(content, source.format, profile, source.clip_geojson)
        incidents = self._store.get_table(source.incidents_artifact)
        survey = survey_network(imported.network, points_of_table(incidents, "file.incidents_artifact"))
        return replace(survey, exclusions=imported.exclusions)

    def _read_road_artifacts(self, nodes_artifact: str, arcs_artifact: str) -> RoadTable:
        return read_roads(self._store.get_table(nodes_artifact), self._store.get_table(arcs_artifact))


def _weighted_incidents(
    incidents: pa.Table, area: PatrolArea, source: SectorNetwork
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return the longitudes and latitudes of a sector's incidents, shape (n_incidents, 2), their weights and years."""
    end_time = area.history_end_time(source.history_until)
    before = pc.less(incidents.column("time"), pa.scalar(end_time, pa.timestamp("us", tz="UTC")))
    kept = incidents.filter(pc.and_(pc.equal(incidents.column("sector"), source.sector_id), before))
    types = kept.column("type").to_pylist() if "type" in kept.column_names else None
    times = kept.column("time").to_pandas()
    weights = source.likelihood.weights(times, types, end_time, area.time_zone)
    years = times.dt.tz_convert(ZoneInfo(area.time_zone)).dt.year.to_numpy(dtype=np.int64)
    return _points(kept), weights, years


def _points_inside(calls: pa.Table, shape: shapely.Geometry) -> FloatArray:
    points = _points(calls)
    inside: FloatArray = points[shapely.contains_xy(shape, points)]
    return inside


def _points(table: pa.Table) -> FloatArray:
    return np.column_stack([table.column(name).to_numpy() for name in ("longitude", "latitude")])
