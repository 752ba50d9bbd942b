"""Reads centre lines from shapefile, GeoJSON and GeoPackage."""

from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from services.routes.imports.noding import CentreLine
from services.routes.imports.osm import speed_limit_km_h
from serving.errors import InvalidArgument

NAME_COLUMNS = ("name", "street", "st_name", "full_stree", "streetname")
ONE_WAY_COLUMNS = ("oneway", "one_way")
SPEED_COLUMNS = ("maxspeed",)
FORWARD_ONLY = {"yes", "true", "1", "f", "ft", "t"}
BACKWARD_ONLY = {"-1", "reverse", "tf", "b"}
BOTH_WAYS = {"", "no", "false", "0", "n", "both"}


@dataclass
class CentreLines:
    """The lines of a file.

    `excluded_count` features were left out because they are empty, broken or no lines; `unknown_one_way_count` are
    two-way because what the file says of their directions is not understood.
    """

    lines: list[CentreLine] = field(default_factory=list)
    excluded_count: int = 0
    unknown_one_way_count: int = 0


def read_centre_lines(file: Path) -> CentreLines:
    """Read every line of a file, in WGS 84.

    A column `name` (or `street`, `st_name`, `streetname`) gives street names, `oneway` (or `one_way`) the directions:
    yes, true, 1 or F along the line, -1, reverse or TF against it, everything else both; `maxspeed` speed limits, as in
    OpenStreetMap.

    Raises
    ------
    InvalidArgument
        The file cannot be read, has no line, or does not say which projection its coordinates have.
    """
    try:
        frame = gpd.read_file(file)
    except (RuntimeError, OSError, ValueError) as error:
        raise InvalidArgument("streets", f"Expected a file of street centre lines in {file}: {error}.") from error
    if not isinstance(frame, gpd.GeoDataFrame) or frame.empty:
        raise InvalidArgument("streets", f"Expected street centre lines in {file}; it has none.")
    if frame.crs is None:
        message = f"Expected {file} to name its projection (a .prj file beside a shapefile); it is missing."
        raise InvalidArgument("streets", message)
    frame = frame.to_crs("EPSG:4326")
    frame.columns = [str(column).lower() for column in frame.columns]
    found = CentreLines()
    for _, row in frame.iterrows():
        parts = _parts(row[frame.geometry.name.lower()])
        found.excluded_count += not parts
        found.lines += [_centre_line(part, row) for part in parts]
        found.unknown_one_way_count += bool(parts) and _one_way(row) not in FORWARD_ONLY | BACKWARD_ONLY | BOTH_WAYS
    if not found.lines:
        raise InvalidArgument("streets", f"Expected lines in {file}; none of {len(frame)} features is one.")
    return found


def _parts(geometry: object) -> list[shapely.LineString]:
    """Return the lines of a geometry with a length and finite coordinates."""
    if not isinstance(geometry, shapely.LineString | shapely.MultiLineString):
        return []
    parts = geometry.geoms if isinstance(geometry, shapely.MultiLineString) else [geometry]
    return [part for part in parts if np.isfinite(shapely.get_coordinates(part)).all() and part.length > 0]


def _centre_line(part: shapely.LineString, row: "pd.Series[str]") -> CentreLine:
    one_way = _one_way(row)
    return CentreLine(
        line=shapely.get_coordinates(shapely.force_2d(part)),
        name=_text(row, NAME_COLUMNS),
        forward=one_way not in BACKWARD_ONLY,
        backward=one_way not in FORWARD_ONLY,
        speed_limit_km_h=speed_limit_km_h(_text(row, SPEED_COLUMNS)),
    )


def _one_way(row: "pd.Series[str]") -> str:
    return _text(row, ONE_WAY_COLUMNS).lower()


def _text(row: "pd.Series[str]", columns: tuple[str, ...]) -> str:
    """Return the first value that is there; columns of whole numbers with an empty value are read as floats."""
    values: list[object] = [row[column] for column in columns if column in row.index and not pd.isna(row[column])]
    if not values:
        return ""
    value = values[0]
    return f"{value:.0f}" if isinstance(value, float | np.floating) and value.is_integer() else str(value).strip()
