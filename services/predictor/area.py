"""What the predictor knows about one agency's area: plain values, the same words as `officers.area.v1`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from services.predictor.conditions import Conditions
from services.predictor.data_policy import NO_POLICY, DataPolicy


class Priority(Enum):
    """How urgently calls must be answered."""

    URGENT = "urgent"
    OTHER = "other"

    @property
    def default_target_minutes(self) -> float:
        """Minutes until the first car is due where the area says nothing."""
        return 15.0 if self is Priority.URGENT else 30.0


class TimePrecision(Enum):
    """How fine the recorded incident times are."""

    MINUTE = "minute"
    HOUR = "hour"


@dataclass(frozen=True)
class Grid:
    """A regular grid in degrees; row 0 is the southernmost, column 0 the westernmost."""

    south_latitude: float
    west_longitude: float
    cell_height_degrees: float
    cell_width_degrees: float
    row_count: int
    column_count: int

    @property
    def cell_count(self) -> int:
        """Number of cells."""
        return self.row_count * self.column_count

    def cells(self, latitudes: NDArray[np.float64], longitudes: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the row-major cell index of each point, -1 where a point is outside the grid."""
        rows = np.floor((latitudes - self.south_latitude) / self.cell_height_degrees)
        columns = np.floor((longitudes - self.west_longitude) / self.cell_width_degrees)
        inside = (rows >= 0) & (rows < self.row_count) & (columns >= 0) & (columns < self.column_count)
        return np.where(inside, rows * self.column_count + columns, -1).astype(np.int64)

    def bounds(self, cell: int) -> tuple[float, float, float, float]:
        """Return (west, south, east, north) of a cell in degrees."""
        row, column = divmod(cell, self.column_count)
        west = self.west_longitude + column * self.cell_width_degrees
        south = self.south_latitude + row * self.cell_height_degrees
        return west, south, west + self.cell_width_degrees, south + self.cell_height_degrees


@dataclass(frozen=True)
class Point:
    """A point in WGS 84, degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True)
class Sector:
    """A patrol sector.

    Attributes
    ----------
    geometry_geojson : GeoJSON Polygon or MultiPolygon in WGS 84.
    adjacent_sector_ids : the sectors next to it, in the area's order.
    """

    id: str
    name: str
    home_cluster: str
    centre: Point
    geometry_geojson: str
    adjacent_sector_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class ServiceType:
    """How calls of one type are served; on-scene minutes are lognormal, cut off at `maximum_minutes`.

    `capability` is what a car must be able to do; empty: any car will do.
    """

    type: str
    priority: Priority
    target_minutes: float
    cars_required: int
    lognormal_mu: float
    lognormal_sigma: float
    maximum_minutes: float
    assumed: bool = False
    capability: str = ""


@dataclass(frozen=True)
class TravelSpeeds:
    """How driving minutes are found; the same words as `officers.area.v1.TravelSpeeds`."""

    speed_km_h: float = 24.0
    urgent_speed_km_h: float = 36.0
    detour_factor: float = 1.35
    mobilisation_minutes: float = 0.0
    hour_factors: tuple[float, ...] = ()
    osrm_url: str = ""
    osrm_profile: str = ""
    calibrate: bool = False


@dataclass(frozen=True)
class Shift:
    """A shift that recurs daily; `start` is local "HH:MM"."""

    name: str
    start: str
    hours: float
    cars: int


@dataclass(frozen=True)
class Team:
    """Sectors that are planned together."""

    name: str
    sector_ids: tuple[str, ...]


@dataclass(frozen=True)
class HolidayCalendar:
    """Public holidays of a country (ISO 3166-1 alpha-2) and, where given, of a subdivision."""

    country: str
    subdivision: str = ""


@dataclass(frozen=True)
class Area:
    """One agency's area; the order of `sectors` and `service_types` is the order of every such axis."""

    name: str
    time_zone: str
    holidays: HolidayCalendar | None
    train_until_date: date
    grid: Grid
    sectors: tuple[Sector, ...]
    service_types: tuple[ServiceType, ...]
    travel: TravelSpeeds
    shifts: tuple[Shift, ...]
    teams: tuple[Team, ...]
    time_precision: TimePrecision
    incidents_artifact: str
    road_nodes_artifact: str = ""
    road_arcs_artifact: str = ""
    conditions_artifact: str = ""
    policy: DataPolicy = NO_POLICY
    capabilities: tuple[str, ...] = ()
    conditions: Conditions | None = field(default=None, compare=False, repr=False)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def sector_positions(self) -> Mapping[str, int]:
        """Position of each sector id on the sector axis."""
        return {sector.id: position for position, sector in enumerate(self.sectors)}

    @property
    def type_positions(self) -> Mapping[str, int]:
        """Position of each incident type on the type axis."""
        return {service.type: position for position, service in enumerate(self.service_types)}

    @property
    def capability_positions(self) -> Mapping[str, int]:
        """Position of each capability in `capabilities`; no capability is at -1."""
        return {"": -1} | {name: position for position, name in enumerate(self.capabilities)}

    @property
    def type_capabilities(self) -> NDArray[np.int64]:
        """Position of the capability that each type's calls need, -1 where any car will do; shape (n_types,)."""
        positions = self.capability_positions
        return np.array([positions[service.capability] for service in self.service_types], dtype=np.int64)
