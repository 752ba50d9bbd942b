"""Between protobuf messages and the domain."""

import secrets
from dataclasses import asdict
from datetime import date
from typing import Any

from google.protobuf.message import DecodeError

from officers.area.v1 import area_pb2
from officers.routes.v1 import routes_pb2
from services.routes.area import PatrolArea
from services.routes.arrays import FloatArray
from services.routes.catalogue import FileNetwork, SectorNetwork, ShippedNetwork, Source
from services.routes.cross_entropy import CrossEntropyParameters
from services.routes.expectation import ExpectedCalls
from services.routes.imports.streets_artifact import StreetFormat
from services.routes.incident_weights import LikelihoodOptions
from services.routes.planning import PlanOptions, Reward, Route
from services.routes.quality import RouteSetQuality
from services.routes.survey import Survey
from services.routes.turns import TurnMinutes
from serving.errors import InvalidArgument

REWARDS = {
    routes_pb2.REWARD_UNSPECIFIED: Reward.GI_STAR,
    routes_pb2.REWARD_LIKELIHOOD: Reward.LIKELIHOOD,
    routes_pb2.REWARD_GI_STAR: Reward.GI_STAR,
}
FORMATS = {
    routes_pb2.STREET_FORMAT_OSM_XML: StreetFormat.OSM_XML,
    routes_pb2.STREET_FORMAT_OSM_PBF: StreetFormat.OSM_PBF,
    routes_pb2.STREET_FORMAT_GEOJSON: StreetFormat.GEOJSON,
    routes_pb2.STREET_FORMAT_GEOPACKAGE: StreetFormat.GEOPACKAGE,
    routes_pb2.STREET_FORMAT_SHAPEFILE_ZIP: StreetFormat.SHAPEFILE_ZIP,
}
PLAN_FIELDS = ("route_count", "budget_minutes", "speed_km_h", "crew_count")
SEARCH_FIELDS = ("sample_size", "elite_share", "smoothing", "stop_threshold", "max_iterations")


def area_from_bytes(content: bytes) -> PatrolArea:
    """Parse an area snapshot. Raises InvalidArgument where the artifact is something else."""
    try:
        area = area_pb2.Area.FromString(content)
    except DecodeError as error:
        raise InvalidArgument("sector.area_artifact", "Expected the artifact of an area snapshot.") from error
    if not (area.sectors and area.time_zone and area.train_until_date and area.incidents_artifact):
        raise InvalidArgument("sector.area_artifact", "Expected the artifact of a complete area snapshot.")
    return PatrolArea(
        name=area.name,
        time_zone=area.time_zone,
        train_until=_date("sector.area_artifact", area.train_until_date),
        sector_geometries={sector.id: sector.geometry_geojson for sector in area.sectors},
        incidents_artifact=area.incidents_artifact,
        road_nodes_artifact=area.road_nodes_artifact,
        road_arcs_artifact=area.road_arcs_artifact,
    )


def source_from(request: routes_pb2.PlanRequest) -> Source:
    """Return which network is asked for. Raises InvalidArgument where none is."""
    match request.WhichOneof("network"):
        case "shipped_network":
            return ShippedNetwork(request.shipped_network)
        case "sector":
            until = request.sector.history_until_date
            day = _date("sector.history_until_date", until) if until else None
            return SectorNetwork(
                area_artifact=request.sector.area_artifact,
                sector_id=request.sector.sector_id,
                history_until=day,
                likelihood=_likelihood(request.sector.likelihood),
                on_foot=request.sector.on_foot,
                calls_artifact=request.sector.calls_artifact,
                expected_calls=_expected(request.sector),
            )
        case "file":
            return _file(request.file)
    raise InvalidArgument("network", "Expected shipped_network or sector or file.")


def _file(network: routes_pb2.FileNetwork) -> FileNetwork:
    if network.format not in FORMATS:
        raise InvalidArgument("file.format", "Expected the format of the file of streets.")
    return FileNetwork(
        streets_artifact=network.streets_artifact,
        format=FORMATS[network.format],
        incidents_artifact=network.incidents_artifact,
        on_foot=network.on_foot,
        clip_geojson=network.clip_geojson,
    )


def _expected(sector: routes_pb2.SectorNetwork) -> ExpectedCalls | None:
    if not sector.HasField("expected_calls"):
        return None
    grid = sector.expected_calls.grid
    return ExpectedCalls(
        south_latitude=grid.south_latitude,
        west_longitude=grid.west_longitude,
        cell_height_degrees=grid.cell_height_degrees,
        cell_width_degrees=grid.cell_width_degrees,
        row_count=grid.row_count,
        column_count=grid.column_count,
        calls=tuple(sector.expected_calls.calls),
    )


def options_from(request: routes_pb2.PlanRequest) -> PlanOptions:
    """Return what to plan, defaults filled in. Raises InvalidArgument where a value is out of range."""
    if request.reward not in REWARDS:
        raise InvalidArgument("reward", "Expected REWARD_LIKELIHOOD or REWARD_GI_STAR.")
    search = CrossEntropyParameters(**_set_fields(request, SEARCH_FIELDS))
    return PlanOptions(
        **_set_fields(request, PLAN_FIELDS),
        reward=REWARDS[request.reward],
        search=search,
        seed=secrets.randbits(63) if request.fresh_seed else request.seed,
        start=(request.start.longitude, request.start.latitude) if request.HasField("start") else None,
        end=(request.end.longitude, request.end.latitude) if request.HasField("end") else None,
        turn_minutes=TurnMinutes(
            left=request.turn_minutes.left, right=request.turn_minutes.right, back=request.turn_minutes.back
        ),
    )


def _likelihood(options: routes_pb2.LikelihoodOptions) -> LikelihoodOptions:
    window = (options.window.start_minute, options.window.end_minute) if options.HasField("window") else None
    return LikelihoodOptions(tuple(sorted(options.type_weights.items())), options.half_life_days, window)


def response_from(part: Survey | Route | RouteSetQuality) -> routes_pb2.PlanResponse:
    """Return one message of a plan."""
    if isinstance(part, Survey):
        return routes_pb2.PlanResponse(network=_network(part))
    if isinstance(part, Route):
        return routes_pb2.PlanResponse(route=_route(part))
    return routes_pb2.PlanResponse(quality=_quality(part))


def _network(survey: Survey) -> routes_pb2.NetworkSummary:
    network = survey.network
    columns = (network.lines, network.lengths_m, survey.likelihood, survey.gi_star_z, network.names, survey.gi_star_p)
    return routes_pb2.NetworkSummary(
        name=network.name,
        segment_count=network.segment_count,
        excluded_segment_count=network.excluded_segment_count,
        length_m=network.lengths_m.sum(),
        incident_count=survey.incident_count,
        excluded_incident_count=survey.excluded_incident_count,
        stability_r2=survey.stability_r2,
        file_exclusions=_exclusions(survey),
        segments=[
            routes_pb2.Segment(
                line=_line(line), length_m=length_m, likelihood=likelihood, gi_star_z=z, name=name, gi_star_p=p
            )
            for line, length_m, likelihood, z, name, p in zip(*columns, strict=True)
        ],
    )


def _exclusions(survey: Survey) -> routes_pb2.FileExclusions | None:
    return None if survey.exclusions is None else routes_pb2.FileExclusions(**asdict(survey.exclusions))


def _route(route: Route) -> routes_pb2.Route:
    return routes_pb2.Route(
        line=_line(route.line),
        segment_indices=route.segments.tolist(),
        minutes=route.minutes,
        length_m=route.length_m,
        reward=route.reward,
        crew=route.crew,
        turns=[
            routes_pb2.Turn(turn=stretch.turn, street=stretch.street, length_m=stretch.length_m, text=stretch.text)
            for stretch in route.turns
        ],
    )


def _quality(quality: RouteSetQuality) -> routes_pb2.RouteSetQuality:
    return routes_pb2.RouteSetQuality(
        r2=quality.r2,
        mean_reward=quality.mean_reward,
        never_visited_segment_count=quality.never_visited_segment_count,
        entropy_bits=quality.entropy_bits,
        iteration_count=quality.iteration_count,
        seed=quality.seed,
    )


def _line(line: FloatArray) -> list[area_pb2.Point]:
    return [area_pb2.Point(latitude=latitude, longitude=longitude) for longitude, latitude in line.tolist()]


def _set_fields(request: routes_pb2.PlanRequest, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the fields that are not zero: zero asks for the default."""
    return {name: value for name in names if (value := getattr(request, name))}


def _date(field: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidArgument(field, f"Expected an ISO 8601 date such as 2015-01-31, got {text!r}.") from error
