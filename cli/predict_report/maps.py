"""Maps of recorded and predicted incidents per cell, on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cli.report.projection import Frame, fit_frame, rings
from cli.report.scales import CLASS_COUNT, classes
from officers.area.v1.area_pb2 import Area, Grid

MAP_WIDTH_PX, MAP_HEIGHT_PX = 380, 520


@dataclass(frozen=True)
class CellShade:
    """A cell's square and class, 0 (none) to `CLASS_COUNT`."""

    x_px: float
    y_px: float
    width_px: float
    height_px: float
    shade: int
    title: str


@dataclass(frozen=True)
class CellMap:
    """Shaded cells and the outlines of sectors."""

    cells: tuple[CellShade, ...]
    outlines: tuple[str, ...]
    width_px: float
    height_px: float
    top: float
    class_count: int = CLASS_COUNT


def cell_map(area: Area, grid: Grid, values: Sequence[float], top: float) -> CellMap:
    """Shade the cells of a grid by their incidents; empty cells are not drawn.

    Parameters
    ----------
    values : incidents per cell, row-major; row 0 is the southernmost.
    top : incidents of the darkest shade, the same for maps to compare.
    """
    geometries = [sector.geometry_geojson for sector in area.sectors]
    points = [(point[0], point[1]) for geometry in geometries for ring in rings(geometry) for point in ring]
    frame = fit_frame(points, MAP_WIDTH_PX, MAP_HEIGHT_PX)
    shades = classes(np.asarray(values, dtype=np.float64), top)
    drawn = [
        _cell(frame, grid, position, int(shade), values[position])
        for position, shade in enumerate(shades)
        if shade > 0 and values[position] >= 0.5
    ]
    outlines = tuple(frame.geometry(geometry) for geometry in geometries)
    return CellMap(tuple(drawn), outlines, frame.width_px, frame.height_px, top)


def _cell(frame: Frame, grid: Grid, position: int, shade: int, value: float) -> CellShade:
    row, column = divmod(position, grid.column_count)
    south = grid.south_latitude + row * grid.cell_height_degrees
    west = grid.west_longitude + column * grid.cell_width_degrees
    x_px, y_px = frame.point(west, south + grid.cell_height_degrees)
    right_px, bottom_px = frame.point(west + grid.cell_width_degrees, south)
    return CellShade(x_px, y_px, round(right_px - x_px, 1), round(bottom_px - y_px, 1), shade, f"{value:.0f} incidents")
