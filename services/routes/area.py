"""What the routes service reads of an area snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import shapely

from serving.errors import FailedPrecondition, InvalidArgument, NotFound


@dataclass(frozen=True)
class PatrolArea:
    """An area: its sectors as GeoJSON geometries by id, and where its incidents and roads are stored.

    `train_until` is the last local day of the training data. The road artifacts are empty where there are no roads.
    """

    name: str
    time_zone: str
    train_until: date
    sector_geometries: Mapping[str, str]
    incidents_artifact: str
    road_nodes_artifact: str
    road_arcs_artifact: str

    def sector_shape(self, sector_id: str) -> shapely.Geometry:
        """Return the polygon of a sector in longitudes and latitudes.

        Raises
        ------
        NotFound
            There is no such sector.
        InvalidArgument
            Its geometry is broken.
        """
        if sector_id not in self.sector_geometries:
            raise NotFound("sector", sector_id, f"There is no sector {sector_id!r} in {self.name!r}.")
        shape = shapely.from_geojson(self.sector_geometries[sector_id], on_invalid="ignore")
        if shape is None or shape.is_empty or not shape.is_valid or shape.area == 0:
            raise InvalidArgument("sector.sector_id", f"Expected sector {sector_id!r} to have a valid polygon.")
        return shape

    def road_artifacts(self) -> tuple[str, str]:
        """Return the artifacts of the road nodes and arcs.

        Raises
        ------
        FailedPrecondition
            The area has no roads.
        """
        if not (self.road_nodes_artifact and self.road_arcs_artifact):
            message = f"The area {self.name!r} has no roads: street routes need its road nodes and arcs."
            raise FailedPrecondition("NO_ROADS", message)
        return self.road_nodes_artifact, self.road_arcs_artifact

    def history_end_time(self, until: date | None) -> datetime:
        """Return the first instant that is not looked at: local midnight of `until`, or after the training data."""
        day = self.train_until + timedelta(days=1) if until is None else until
        return datetime.combine(day, time(), tzinfo=ZoneInfo(self.time_zone))
