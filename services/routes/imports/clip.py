"""Reads the polygon that streets from a file are clipped to."""

from pathlib import Path

import geopandas as gpd
import shapely

from serving.errors import InvalidArgument, NotFound

ID_COLUMNS = ("id", "name", "sector")


def read_clip(file: Path, feature_id: str | None = None) -> shapely.Geometry:
    """Return a polygon in longitudes and latitudes.

    Parameters
    ----------
    file
        Polygons in any format that geopandas reads and that names its projection (GeoJSON does).
    feature_id
        The value of column `id`, `name` or `sector` of the feature to take; None: all of them together.

    Raises
    ------
    InvalidArgument
        The file cannot be read, has no projection, or something in it is no valid polygon.
    NotFound
        There is no such feature.
    """
    try:
        frame = gpd.read_file(file)
    except (RuntimeError, OSError, ValueError) as error:
        raise InvalidArgument("clip", f"Expected a file of polygons in {file}: {error}.") from error
    if not isinstance(frame, gpd.GeoDataFrame) or frame.empty or frame.crs is None:
        raise InvalidArgument("clip", f"Expected polygons with a projection in {file}.")
    if feature_id is not None:
        columns = [column for column in ID_COLUMNS if column in frame.columns]
        frame = frame[(frame[columns].astype(str) == feature_id).any(axis=1)]
        if frame.empty:
            raise NotFound("feature", feature_id, f"There is no feature {feature_id!r} in {file}.")
    return polygon_of(list(frame.to_crs("EPSG:4326").geometry), str(file))


def polygon_of(shapes: list[shapely.Geometry | None], source: str) -> shapely.Geometry:
    """Return the union of polygons. Raises InvalidArgument where one is none, or is broken."""
    for shape in shapes:
        if shape is None or shape.area == 0 or not shape.is_valid:
            raise InvalidArgument("clip", f"Expected valid polygons in {source}.")
    return shapely.union_all(shapes)
