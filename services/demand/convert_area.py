"""Between the area snapshot (protobuf) and what the service knows of an area."""

from datetime import date

import numpy as np
from google.protobuf.message import DecodeError

from officers.area.v1 import area_pb2
from services.demand.area import Area, RoadArtifacts, Speeds, Team, TravelServer
from services.demand.travel.pace import STEADY_PACE, Pace
from serving.errors import InvalidArgument

DEFAULT_PROFILE = "driving"
"""Profile of a travel server where the area names none."""
WITHOUT_TEAM = "sectors without a team"


def parse_area(content: bytes) -> Area:
    """Read an area snapshot. Raises InvalidArgument where it is none."""
    message = area_pb2.Area()
    try:
        message.ParseFromString(content)
        return _to_area(message)
    except (DecodeError, ValueError) as error:
        raise InvalidArgument("area_artifact", f"Expected an area snapshot. {error}") from error


def _to_area(message: area_pb2.Area) -> Area:
    if not message.sectors:
        raise ValueError("It has no sectors.")
    roads = None
    if message.road_nodes_artifact:
        roads = RoadArtifacts(message.road_nodes_artifact, message.road_arcs_artifact)
    return Area(
        name=message.name,
        time_zone=message.time_zone,
        train_until_date=date.fromisoformat(message.train_until_date),
        sector_ids=tuple(sector.id for sector in message.sectors),
        centre_latitudes=np.array([sector.centre.latitude for sector in message.sectors]),
        centre_longitudes=np.array([sector.centre.longitude for sector in message.sectors]),
        speeds=Speeds(message.travel.speed_km_h, message.travel.urgent_speed_km_h, message.travel.detour_factor),
        incidents_artifact=message.incidents_artifact,
        roads=roads,
        neighbours=_to_neighbours(message),
        capabilities=tuple(message.capabilities),
        travel_server=_to_server(message.travel),
        pace=_to_pace(message.travel),
        calibrates=message.travel.calibrate,
        urgent_types=frozenset(
            service.type for service in message.service_types if service.priority == area_pb2.PRIORITY_URGENT
        ),
        teams=_to_teams(message),
    )


def _to_teams(message: area_pb2.Area) -> tuple[Team, ...]:
    """Read the teams; sectors of none are a team of their own."""
    if not message.teams:
        return ()
    positions = {sector.id: position for position, sector in enumerate(message.sectors)}
    try:
        teams = [Team(team.name, tuple(sorted(positions[name] for name in team.sector_ids))) for team in message.teams]
    except KeyError as error:
        raise ValueError(f"A team has a sector that the area lacks: {error}.") from error
    left = set(positions.values()).difference(*(team.sectors for team in teams))
    return (*teams, Team(WITHOUT_TEAM, tuple(sorted(left)))) if left else tuple(teams)


def _to_server(message: area_pb2.TravelSpeeds) -> TravelServer | None:
    return TravelServer(message.osrm_url, message.osrm_profile or DEFAULT_PROFILE) if message.osrm_url else None


def _to_pace(message: area_pb2.TravelSpeeds) -> Pace:
    return Pace(message.mobilisation_minutes, tuple(message.hour_factors) or STEADY_PACE.hour_factors)


def _to_neighbours(message: area_pb2.Area) -> tuple[tuple[int, ...], ...] | None:
    """Read which sectors are next to each other; None where the snapshot is older than that."""
    if len(message.sectors) > 1 and not any(sector.adjacent_sector_ids for sector in message.sectors):
        return None
    positions = {sector.id: position for position, sector in enumerate(message.sectors)}
    unknown = {name for sector in message.sectors for name in sector.adjacent_sector_ids} - set(positions)
    if unknown:
        raise ValueError(f"Its sectors are next to sectors that it lacks: {', '.join(sorted(unknown))}.")
    return tuple(tuple(positions[name] for name in sector.adjacent_sector_ids) for sector in message.sectors)
