"""Reads centre lines from shapefile, GeoJSON and GeoPackage."""

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


def read_centre_lines(file: Path) -> tuple[list[CentreLine], int]:
    """Read every line of a file, in WGS 84.

    A column `name` (or `street`, `st_name`, `streetname`) gives street names, `oneway` (or `one_way`) the directions:
    yes, true, 1 or F along the line, -1, reverse or TF against it, everything else both; `maxspeed` speed limits, as in
    OpenStreetMap.

    Returns
    -------
    tuple
        The lines, and how many features were left out because they are empty, broken or no lines.

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
    lines, excluded_count = [], 0
    for _, row in frame.iterrows():
        parts = _parts(row[frame.geometry.name.lower()])
        excluded_count += not parts
        lines += [_centre_line(part, row) for part in parts]
    if not lines:
        raise InvalidArgument("streets", f"Expected lines in {file}; none of {len(frame)} features is one.")
    return lines, excluded_count


def _parts(geometry: object) -> list[shapely.LineString]:
    """Return the lines of a geometry with a length and finite coordinates."""
    if not isinstance(geometry, shapely.LineString | shapely.MultiLineString):
        return []
    parts = geometry.geoms if isinstance(geometry, shapely.MultiLineString) else [geometry]
    return [part for part in parts if np.isfinite(shapely.get_coordinates(part)).all() and part.length > 0]


def _centre_line(part: shapely.LineString, row: "pd.Series[str]") -> CentreLine:
    one_way = _text(row, ONE_WAY_COLUMNS).lower()
    return CentreLine(
        line=shapely.get_coordinates(shapely.force_2d(part)),
        name=_text(row, NAME_COLUMNS),
        forward=one_way not in BACKWARD_ONLY,
        backward=one_way not in FORWARD_ONLY,
        speed_limit_km_h=speed_limit_km_h(_text(row, SPEED_COLUMNS)),
    )


def _text(row: "pd.Series[str]", columns: tuple[str, ...]) -> str:
    values = [row[column] for column in columns if column in row.index and not pd.isna(row[column])]
    return str(values[0]).strip() if values else ""
