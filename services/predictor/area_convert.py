"""Between `officers.area.v1.Area` and the predictor's own area."""

from datetime import date

from google.protobuf.message import DecodeError

from officers.area.v1 import area_pb2
from services.predictor import convert_policy
from services.predictor.area import (
    Area,
    Grid,
    HolidayCalendar,
    Point,
    Priority,
    Sector,
    ServiceType,
    Shift,
    Team,
    TimePrecision,
    TravelSpeeds,
)
from serving.errors import InvalidArgument

PRIORITIES = {Priority.URGENT: area_pb2.PRIORITY_URGENT, Priority.OTHER: area_pb2.PRIORITY_OTHER}
PRECISIONS = {
    TimePrecision.MINUTE: area_pb2.TIME_PRECISION_MINUTE,
    TimePrecision.HOUR: area_pb2.TIME_PRECISION_HOUR,
}
PRIORITY_OF = {value: priority for priority, value in PRIORITIES.items()}
PRECISION_OF = {value: precision for precision, value in PRECISIONS.items()}


def area_bytes(area: Area) -> bytes:
    """Serialise an area; the same area gives the same bytes."""
    return area_message(area).SerializeToString(deterministic=True)


def parse_area(content: bytes) -> Area:
    """Read a serialised area.

    Raises
    ------
    InvalidArgument
        The content is no area snapshot.
    """
    try:
        message = area_pb2.Area.FromString(content)
        return _area(message)
    except (DecodeError, KeyError, ValueError) as error:
        raise InvalidArgument("area_artifact", "Expected an area snapshot.") from error


def grid_message(grid: Grid) -> area_pb2.Grid:
    """Write a grid."""
    return area_pb2.Grid(
        south_latitude=grid.south_latitude,
        west_longitude=grid.west_longitude,
        cell_height_degrees=grid.cell_height_degrees,
        cell_width_degrees=grid.cell_width_degrees,
        row_count=grid.row_count,
        column_count=grid.column_count,
    )


def area_message(area: Area) -> area_pb2.Area:
    """Write an area."""
    return area_pb2.Area(
        name=area.name,
        time_zone=area.time_zone,
        holidays=area_pb2.HolidayCalendar(country=area.holidays.country, subdivision=area.holidays.subdivision)
        if area.holidays
        else None,
        train_until_date=area.train_until_date.isoformat(),
        grid=grid_message(area.grid),
        sectors=[_sector_message(sector) for sector in area.sectors],
        service_types=[_service_message(service) for service in area.service_types],
        travel=area_pb2.TravelSpeeds(
            speed_km_h=area.travel.speed_km_h,
            urgent_speed_km_h=area.travel.urgent_speed_km_h,
            detour_factor=area.travel.detour_factor,
            mobilisation_minutes=area.travel.mobilisation_minutes,
            hour_factors=area.travel.hour_factors,
            osrm_url=area.travel.osrm_url,
            osrm_profile=area.travel.osrm_profile,
            calibrate=area.travel.calibrate,
        ),
        shifts=[
            area_pb2.Shift(name=shift.name, start=shift.start, hours=shift.hours, cars=shift.cars)
            for shift in area.shifts
        ],
        teams=[area_pb2.Team(name=team.name, sector_ids=team.sector_ids) for team in area.teams],
        time_precision=PRECISIONS[area.time_precision],
        incidents_artifact=area.incidents_artifact,
        road_nodes_artifact=area.road_nodes_artifact,
        road_arcs_artifact=area.road_arcs_artifact,
        conditions_artifact=area.conditions_artifact,
        policy=convert_policy.policy_message(area.policy) if area.policy.rules else None,
        capabilities=area.capabilities,
    )


def _sector_message(sector: Sector) -> area_pb2.Sector:
    return area_pb2.Sector(
        id=sector.id,
        name=sector.name,
        home_cluster=sector.home_cluster,
        centre=area_pb2.Point(latitude=sector.centre.latitude, longitude=sector.centre.longitude),
        geometry_geojson=sector.geometry_geojson,
        adjacent_sector_ids=sector.adjacent_sector_ids,
    )


def _service_message(service: ServiceType) -> area_pb2.ServiceType:
    return area_pb2.ServiceType(
        type=service.type,
        priority=PRIORITIES[service.priority],
        target_minutes=service.target_minutes,
        cars_required=service.cars_required,
        lognormal_mu=service.lognormal_mu,
        lognormal_sigma=service.lognormal_sigma,
        maximum_minutes=service.maximum_minutes,
        assumed=service.assumed,
        capability=service.capability,
    )


def _area(message: area_pb2.Area) -> Area:
    return Area(
        name=message.name,
        time_zone=message.time_zone,
        holidays=HolidayCalendar(message.holidays.country, message.holidays.subdivision)
        if message.HasField("holidays")
        else None,
        train_until_date=date.fromisoformat(message.train_until_date),
        grid=_grid(message.grid),
        sectors=tuple(_sector(sector) for sector in message.sectors),
        service_types=tuple(_service(service) for service in message.service_types),
        travel=_travel(message.travel),
        shifts=tuple(Shift(shift.name, shift.start, shift.hours, shift.cars) for shift in message.shifts),
        teams=tuple(Team(team.name, tuple(team.sector_ids)) for team in message.teams),
        time_precision=PRECISION_OF[message.time_precision],
        incidents_artifact=message.incidents_artifact,
        road_nodes_artifact=message.road_nodes_artifact,
        road_arcs_artifact=message.road_arcs_artifact,
        conditions_artifact=message.conditions_artifact,
        policy=convert_policy.policy(message.policy),
        capabilities=tuple(message.capabilities),
    )


def _travel(message: area_pb2.TravelSpeeds) -> TravelSpeeds:
    return TravelSpeeds(
        message.speed_km_h,
        message.urgent_speed_km_h,
        message.detour_factor,
        message.mobilisation_minutes,
        tuple(message.hour_factors),
        message.osrm_url,
        message.osrm_profile,
        message.calibrate,
    )


def _grid(message: area_pb2.Grid) -> Grid:
    return Grid(
        message.south_latitude,
        message.west_longitude,
        message.cell_height_degrees,
        message.cell_width_degrees,
        message.row_count,
        message.column_count,
    )


def _sector(message: area_pb2.Sector) -> Sector:
    centre = Point(message.centre.latitude, message.centre.longitude)
    return Sector(
        message.id,
        message.name,
        message.home_cluster,
        centre,
        message.geometry_geojson,
        tuple(message.adjacent_sector_ids),
    )


def _service(message: area_pb2.ServiceType) -> ServiceType:
    return ServiceType(
        message.type,
        PRIORITY_OF[message.priority],
        message.target_minutes,
        message.cars_required,
        message.lognormal_mu,
        message.lognormal_sigma,
        message.maximum_minutes,
        message.assumed,
        message.capability,
    )
