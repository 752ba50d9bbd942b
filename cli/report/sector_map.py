"""The map of a shift: predicted heat per cell and hour, sectors with their cars, and the calls that really came."""

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import shapely
from numpy.typing import NDArray

from cli.outcome import Outcome, ShiftOutcome, local_start, period_starts
from cli.report.projection import Frame, fit_frame, rings
from cli.report.scales import CLASS_COUNT, classes, plain_name, short_codes
from officers.area.v1.area_pb2 import Area, Grid
from officers.gateway.v1.gateway_pb2 import Plan
from officers.predictor.v1.predictor_pb2 import PredictIntensityResponse

MAP_WIDTH_PX = 760.0
MAP_MAX_HEIGHT_PX = 720.0
LABEL_LINE_CHARACTERS = 14
CHARACTER_WIDTH_PX = 4.6


@dataclass(frozen=True)
class HeatCell:
    """One grid cell: its class for the whole shift, then one class per hour, as a string of digits."""

    x_px: float
    y_px: float
    width_px: float
    height_px: float
    classes: str
    total: str


@dataclass(frozen=True)
class SectorShape:
    """One sector: outline, label and its cars in each hour, separated by spaces (first: mean over the shift).

    `name_fits` is false where the sector is too small for its name and shows its code in its place.
    """

    code: str
    name: str
    path: str
    label_x_px: float
    label_y_px: float
    label_lines: tuple[str, ...]
    name_fits: bool
    cars: str


@dataclass(frozen=True)
class CallDot:
    """One recorded call; `hour` counts from the first hour of the map."""

    x_px: float
    y_px: float
    hour: int
    title: str


@dataclass(frozen=True)
class SectorMap:
    """What the map template draws."""

    width_px: float
    height_px: float
    scale_bar_px: float
    hours: tuple[str, ...]
    cells: tuple[HeatCell, ...]
    sectors: tuple[SectorShape, ...]
    calls: tuple[CallDot, ...]
    class_count: int
    hourly_top: float
    total_top: float


def draw_map(outcome: Outcome, shift: ShiftOutcome) -> SectorMap:
    """Lay out the map of one shift."""
    area, intensity = outcome.area, shift.plan.result.intensity
    frame = fit_frame(area_corners(area), MAP_WIDTH_PX, MAP_MAX_HEIGHT_PX)
    heat = heat_cube(intensity)
    first_hour = local_start(shift.plan, outcome.time_zone).replace(minute=0)
    labels = tuple(f"{first_hour + timedelta(hours=hour):%H:%M}" for hour in range(intensity.hour_count))
    totals = heat.sum(axis=0)
    return SectorMap(
        width_px=frame.width_px,
        height_px=frame.height_px,
        scale_bar_px=round(frame.kilometres_px(1.0), 1),
        hours=labels,
        cells=_cells(frame, intensity.grid, heat, totals),
        sectors=_sectors(frame, area, _hourly_cars(shift.plan, outcome, intensity.hour_count)),
        calls=_calls(frame, shift, local_start(shift.plan, outcome.time_zone).minute, labels),
        class_count=CLASS_COUNT,
        hourly_top=float(heat.max(initial=0.0)),
        total_top=float(totals.max(initial=0.0)),
    )


def area_corners(area: Area) -> list[tuple[float, float]]:
    """The corners of every sector, as (longitude, latitude)."""
    return [
        (point[0], point[1]) for sector in area.sectors for ring in rings(sector.geometry_geojson) for point in ring
    ]


def heat_cube(intensity: PredictIntensityResponse) -> NDArray[np.float64]:
    """Expected incidents, shape (n_hours, n_rows, n_columns)."""
    shape = (intensity.hour_count, intensity.grid.row_count, intensity.grid.column_count)
    return np.asarray(intensity.intensities, dtype=np.float64).reshape(shape)


def label_lines(name: str) -> tuple[str, ...]:
    """A name broken into short lines at spaces and hyphens."""
    lines: list[str] = []
    for word in plain_name(name).replace("-", "- ").split():
        joined = f"{lines[-1]}{'' if lines[-1].endswith('-') else ' '}{word}" if lines else word
        if lines and len(joined) <= LABEL_LINE_CHARACTERS:
            lines[-1] = joined
        else:
            lines.append(word)
    return tuple(lines)


def label_place(frame: Frame, geojson: str) -> tuple[float, float, float]:
    """Centre of the largest circle inside a geometry, and its diameter, in pixels."""
    drawn = shapely.transform(shapely.from_geojson(geojson), lambda points: [frame.point(*point) for point in points])
    # rounding to pixels can make slivers cross; a buffer of zero leaves the areas only
    radius = shapely.maximum_inscribed_circle(shapely.buffer(drawn, 0.0), tolerance=1.0)
    (x_px, y_px), _ = radius.coords
    return round(x_px, 1), round(y_px, 1), 2 * radius.length


def _cells(frame: Frame, grid: Grid, heat: NDArray[np.float64], totals: NDArray[np.float64]) -> tuple[HeatCell, ...]:
    hourly = classes(heat, float(heat.max(initial=0.0)))
    whole = classes(totals, float(totals.max(initial=0.0)))
    return tuple(
        _cell(frame, grid, row, column, f"{whole[row, column]}" + "".join(map(str, hourly[:, row, column])), total)
        for (row, column), total in np.ndenumerate(totals)
        if total > 0
    )


def _cell(frame: Frame, grid: Grid, row: int, column: int, digits: str, total: float) -> HeatCell:
    south = grid.south_latitude + row * grid.cell_height_degrees
    west = grid.west_longitude + column * grid.cell_width_degrees
    left, top = frame.point(west, south + grid.cell_height_degrees)
    right, bottom = frame.point(west + grid.cell_width_degrees, south)
    return HeatCell(left, top, round(right - left, 1), round(bottom - top, 1), digits, f"{total:.2f}")


def _sectors(frame: Frame, area: Area, hourly_cars: NDArray[np.int64]) -> tuple[SectorShape, ...]:
    codes = short_codes([sector.id for sector in area.sectors], [sector.name for sector in area.sectors])
    shapes = []
    for index, sector in enumerate(area.sectors):
        x_px, y_px, room_px = label_place(frame, sector.geometry_geojson)
        cars = hourly_cars[:, index]
        mean = f"{cars.mean():.1f}".removesuffix(".0") if cars.size else "0"
        path = frame.geometry(sector.geometry_geojson)
        counts = " ".join([mean, *map(str, cars)])
        lines = label_lines(sector.name)
        name_fits = max(map(len, lines)) * CHARACTER_WIDTH_PX <= room_px
        shapes.append(SectorShape(codes[index], plain_name(sector.name), path, x_px, y_px, lines, name_fits, counts))
    if 2 * sum(shape.name_fits for shape in shapes) < len(shapes):
        return tuple(replace(shape, name_fits=False) for shape in shapes)  # codes for all rather than a few names
    return tuple(shapes)


def _hourly_cars(plan: Plan, outcome: Outcome, hour_count: int) -> NDArray[np.int64]:
    """Cars of the schedule per hour of the map and sector, as they stand in the middle of the hour."""
    starts = period_starts(plan, outcome.time_zone)
    position = {sector.id: index for index, sector in enumerate(outcome.area.sectors)}
    cars = np.zeros((hour_count, len(position)), dtype=np.int64)
    if not starts:
        return cars
    first_hour = starts[0].replace(minute=0)
    for hour in range(hour_count):
        middle = (first_hour + timedelta(hours=hour, minutes=30)) - starts[0]
        period = int(middle.total_seconds() // 60 // plan.result.schedule_problem.period_minutes)
        period = min(max(period, 0), len(starts) - 1)
        for assignment in plan.result.schedule.assignments:
            if assignment.sectors[period]:
                cars[hour, position[assignment.sectors[period]]] += 1
    return cars


def _calls(frame: Frame, shift: ShiftOutcome, start_minute: int, hours: tuple[str, ...]) -> tuple[CallDot, ...]:
    dots = []
    for call in shift.replay.calls:
        hour = min(int((call.minute + start_minute) // 60), max(len(hours) - 1, 0))
        x_px, y_px = frame.point(call.longitude, call.latitude)
        dots.append(CallDot(x_px, y_px, hour, f"{call.type}, {hours[hour] if hours else ''}"))
    return tuple(dots)
