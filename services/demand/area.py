"""What the service knows of an area."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from services.demand.arrays import BoolArray, FloatArray, IntArray
from services.demand.plane import plane_km
from services.demand.travel.pace import STEADY_PACE, Pace


@dataclass(frozen=True)
class Speeds:
    """Straight-line driving.

    Parameters
    ----------
    speed_km_h
        Normal driving.
    urgent_speed_km_h
        With lights and siren.
    detour_factor
        Driven distance over great-circle distance, at least 1.
    """

    speed_km_h: float
    urgent_speed_km_h: float
    detour_factor: float

    def __post_init__(self) -> None:
        if not (self.speed_km_h > 0 and self.urgent_speed_km_h > 0):
            raise ValueError("Expected speeds above 0 km/h.")
        if not self.detour_factor >= 1:
            raise ValueError("Expected a detour_factor of at least 1.")

    @property
    def urgent_factor(self) -> float:
        """Minutes of urgent driving over minutes of normal driving."""
        return self.speed_km_h / self.urgent_speed_km_h


@dataclass(frozen=True)
class RoadArtifacts:
    """Where the road graph of an area is stored (hashes of parquet artifacts)."""

    nodes: str
    arcs: str


@dataclass(frozen=True)
class TravelServer:
    """A server with OSRM's table service: its address and profile."""

    url: str
    profile: str


@dataclass(frozen=True)
class Team:
    """Sectors, by their positions, that are planned apart from others."""

    name: str
    sectors: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Area:
    """One agency's area.

    Parameters
    ----------
    centre_latitudes, centre_longitudes
        Where the cars of each sector wait; shape (n_sectors,), degrees.
    train_until_date
        Last local day of the training data.
    incidents_artifact
        Hash of the accepted incidents.
    capabilities
        What calls may ask of a car; the calls' `capability` is a position among them.
    neighbours
        Indices of the sectors next to each sector; None: the snapshot does not say.
    roads
        The road graph; None: there is none.
    travel_server
        What is asked for driving minutes in place of roads; None: there is none.
    pace
        What is added to driving minutes.
    calibrates
        Whether the pace is fitted to recorded response times.
    urgent_types
        The incident types that are urgent where a record does not say.
    teams
        Sectors that are planned together and served by their team's cars only; empty: the whole area is one team.
    """

    name: str
    time_zone: str
    train_until_date: date
    sector_ids: tuple[str, ...]
    centre_latitudes: FloatArray
    centre_longitudes: FloatArray
    speeds: Speeds
    incidents_artifact: str
    roads: RoadArtifacts | None = None
    neighbours: tuple[tuple[int, ...], ...] | None = None
    capabilities: tuple[str, ...] = ()
    travel_server: TravelServer | None = None
    pace: Pace = STEADY_PACE
    calibrates: bool = False
    urgent_types: frozenset[str] = frozenset()
    teams: tuple[Team, ...] = ()

    @property
    def sector_count(self) -> int:
        """Number of sectors."""
        return len(self.sector_ids)

    @property
    def team_of_sector(self) -> IntArray:
        """The team of each sector, shape (n_sectors,); 0 everywhere without teams."""
        team_of = np.zeros(self.sector_count, np.int64)
        for number, team in enumerate(self.teams):
            team_of[list(team.sectors)] = number
        return team_of

    @property
    def sector_km(self) -> FloatArray:
        """The centres on a plane, shape (n_sectors, 2), km east and north."""
        return self.plane_km(self.centre_latitudes, self.centre_longitudes)

    @property
    def adjacent(self) -> BoolArray | None:
        """Whether sectors are next to each other, or the same, shape (n_sectors, n_sectors); None: not known."""
        if self.neighbours is None:
            return None
        adjacent = np.eye(self.sector_count, dtype=bool)
        for sector, others in enumerate(self.neighbours):
            adjacent[sector, list(others)] = True
        return adjacent

    def plane_km(self, latitudes: FloatArray, longitudes: FloatArray) -> FloatArray:
        """Return points (degrees) on the plane of the centres, shape (n, 2), km east and north."""
        return plane_km(latitudes, longitudes, float(self.centre_latitudes.mean()))
