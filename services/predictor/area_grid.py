"""The grid that covers an area's sectors."""

import math

import numpy as np

from services.predictor.area import Grid
from services.predictor.area_file import AreaFile
from services.predictor.plane import METRES_PER_DEGREE
from serving.errors import InvalidArgument

MAXIMUM_CELLS = 40_000


def covering_grid(bounds: tuple[float, float, float, float], settings: AreaFile) -> Grid:
    """Return the grid of whole cells that covers (west, south, east, north), degrees.

    Edges lie on multiples of the cell size, so that two imports of one area with a few more incidents share a grid.

    Raises
    ------
    InvalidArgument
        The grid would have more than 40,000 cells.
    """
    west, south, east, north = bounds
    field = "cell_size_degrees" if settings.cell_size_degrees else "cell_size_m"
    height, width = _cell_degrees(settings, (south + north) / 2)
    first_row, first_column = math.floor(south / height), math.floor(west / width)
    row_count = math.floor(north / height) - first_row + 1
    column_count = math.floor(east / width) - first_column + 1
    if row_count * column_count > MAXIMUM_CELLS:
        got = f"{row_count} × {column_count} cells"
        raise InvalidArgument(field, f"Expected at most {MAXIMUM_CELLS} cells over the sectors, got {got}.")
    return Grid(
        south_latitude=round(first_row * height, 9),
        west_longitude=round(first_column * width, 9),
        cell_height_degrees=height,
        cell_width_degrees=width,
        row_count=row_count,
        column_count=column_count,
    )


def _cell_degrees(settings: AreaFile, latitude: float) -> tuple[float, float]:
    """Return height and width of a cell in degrees; metres are taken at the middle latitude, rounded to whole degrees.

    The rounding keeps the cell size the same when the sectors change a little.
    """
    if settings.cell_size_degrees is not None:
        return settings.cell_size_degrees, settings.cell_size_degrees
    assert settings.cell_size_m is not None  # checked by AreaFile
    height = settings.cell_size_m / METRES_PER_DEGREE
    return height, height / float(np.cos(np.radians(min(round(latitude), 89))))
