"""The map of streets coloured by likelihood, with some of the planned routes on top."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cli.outcome import Outcome, ShiftOutcome
from cli.report.projection import Frame, fit_frame
from cli.report.scales import CLASS_COUNT, classes, plain_name
from cli.report.sector_map import area_corners
from officers.gateway.v1.gateway_pb2 import SectorRoutes

MAP_WIDTH_PX = 760.0
MAP_MAX_HEIGHT_PX = 640.0
ROUTES_DRAWN_ALONE = 4


@dataclass(frozen=True)
class StreetClass:
    """All segments of one likelihood class as one path."""

    shade: int
    path: str


@dataclass(frozen=True)
class DrawnRoute:
    """One route on the map; `number` is its place in the set of its sector, from 1."""

    path: str
    start_x_px: float
    start_y_px: float
    number: int
    title: str


@dataclass(frozen=True)
class NetworkRow:
    """One network in the table under the map."""

    title: str
    segments: int
    length_km: float
    incidents: int
    routes: int
    r2: float | None
    never_visited: int
    entropy_bits: float


@dataclass(frozen=True)
class RoutesMap:
    """What the routes template draws."""

    width_px: float
    height_px: float
    scale_bar_px: float
    streets: tuple[StreetClass, ...]
    outlines: tuple[str, ...]
    routes: tuple[DrawnRoute, ...]
    networks: tuple[NetworkRow, ...]
    is_example_elsewhere: bool
    class_count: int


def draw_routes(outcome: Outcome, shift: ShiftOutcome) -> RoutesMap | None:
    """Lay out the routes of one shift; None where the plan has none."""
    sets = list(shift.plan.result.routes)
    lines = [segment.line for sector in sets for segment in sector.network.segments]
    if not lines:
        return None
    elsewhere = not any(sector.sector_id for sector in sets)
    corners = [(point.longitude, point.latitude) for line in lines for point in line]
    if not elsewhere:
        corners += area_corners(outcome.area)
    frame = fit_frame(corners, MAP_WIDTH_PX, MAP_MAX_HEIGHT_PX)
    names = {sector.id: plain_name(sector.name) for sector in outcome.area.sectors}
    outlines = () if elsewhere else tuple(frame.geometry(sector.geometry_geojson) for sector in outcome.area.sectors)
    return RoutesMap(
        width_px=frame.width_px,
        height_px=frame.height_px,
        scale_bar_px=round(frame.kilometres_px(0.5), 1),
        streets=_streets(frame, sets),
        outlines=outlines,
        routes=_routes(frame, sets, names),
        networks=tuple(_network_row(sector, names) for sector in sets),
        is_example_elsewhere=elsewhere,
        class_count=CLASS_COUNT,
    )


def _streets(frame: Frame, sets: Sequence[SectorRoutes]) -> tuple[StreetClass, ...]:
    """One path per class; likelihood is scaled within each network, so classes compare streets of one sector only."""
    paths: dict[int, list[str]] = {}
    for sector in sets:
        likelihood = np.array([segment.likelihood for segment in sector.network.segments], dtype=np.float64)
        for segment, shade in zip(sector.network.segments, classes(likelihood, 1.0), strict=True):
            line = frame.line((point.longitude, point.latitude) for point in segment.line)
            paths.setdefault(int(shade), []).append(line)
    return tuple(StreetClass(shade, "".join(paths[shade])) for shade in sorted(paths))


def _routes(frame: Frame, sets: Sequence[SectorRoutes], names: dict[str, str]) -> tuple[DrawnRoute, ...]:
    """The first routes of a single network, or the first route of each sector where there are several."""
    drawn = ROUTES_DRAWN_ALONE if len(sets) == 1 else 1
    routes = []
    for sector in sets:
        place = names.get(sector.sector_id, sector.network.name)
        for number, route in enumerate(sector.routes[:drawn], start=1):
            x_px, y_px = frame.point(route.line[0].longitude, route.line[0].latitude)
            title = f"{place}, route {number}: {route.minutes:.1f} min, {route.length_m / 1000:.2f} km"
            path = frame.line((point.longitude, point.latitude) for point in route.line)
            routes.append(DrawnRoute(path, x_px, y_px, number, title))
    return tuple(routes)


def _network_row(sector: SectorRoutes, names: dict[str, str]) -> NetworkRow:
    quality = sector.quality
    return NetworkRow(
        title=names.get(sector.sector_id, sector.network.name),
        segments=sector.network.segment_count,
        length_km=sector.network.length_m / 1000,
        incidents=sector.network.incident_count,
        routes=len(sector.routes),
        r2=quality.r2 if quality.HasField("r2") else None,
        never_visited=quality.never_visited_segment_count,
        entropy_bits=quality.entropy_bits,
    )
