"""Sectors from a GeoJSON file."""

import json
from collections.abc import Mapping
from typing import Any

import shapely

from services.predictor.sector_shapes import SectorShape
from services.predictor.table_file import read_file
from serving.errors import InvalidArgument

FIELD = "sectors.file"


def read_sectors(files: Mapping[str, bytes], name: str) -> tuple[SectorShape, ...]:
    """Read a FeatureCollection whose features have the properties id, name and optionally home_cluster.

    Returns
    -------
    The sectors, ordered by id.

    Raises
    ------
    InvalidArgument
        The file is missing or no GeoJSON; a feature has no id, a repeated id, or an unusable geometry.
    """
    features = _features(read_file(files, FIELD, name), name)
    shapes = [_shape(feature, f"sectors.features[{position}]") for position, feature in enumerate(features)]
    seen: set[str] = set()
    for position, shape in enumerate(shapes):
        if shape.id in seen:
            raise InvalidArgument(f"sectors.features[{position}].id", f"Expected unique ids, got {shape.id!r} again.")
        seen.add(shape.id)
    return tuple(sorted(shapes, key=lambda shape: shape.id))


def _features(content: bytes, name: str) -> list[Any]:
    try:
        document = json.loads(content)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise InvalidArgument(FIELD, f"{name} is no JSON: {error}.") from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        raise InvalidArgument(FIELD, f"Expected {name} to be a GeoJSON FeatureCollection.")
    if not features:
        raise InvalidArgument(FIELD, f"Expected sectors in {name}, got no features.")
    return features


def _shape(feature: Any, field: str) -> SectorShape:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        raise InvalidArgument(field, "Expected a feature with properties.")
    sector_id = _text(properties, "id", field)
    if not sector_id:
        raise InvalidArgument(f"{field}.id", "Expected an id.")
    geometry = _geometry(feature.get("geometry"), f"{field}.geometry")
    name = _text(properties, "name", field) or sector_id
    return SectorShape(sector_id, name, _text(properties, "home_cluster", field), geometry)


def _text(properties: dict[str, Any], key: str, field: str) -> str:
    value = properties.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidArgument(f"{field}.{key}", f"Expected text, got {value!r}.")
    return str(value).strip()


def _geometry(value: Any, field: str) -> shapely.Geometry:
    if not isinstance(value, dict) or value.get("type") not in ("Polygon", "MultiPolygon"):
        raise InvalidArgument(field, "Expected a Polygon or MultiPolygon.")
    try:
        geometry = shapely.force_2d(shapely.from_geojson(json.dumps(value)))
    except shapely.errors.GEOSException as error:
        raise InvalidArgument(field, f"Expected GeoJSON coordinates: {error}.") from error
    if geometry.is_empty:
        raise InvalidArgument(field, "Expected a geometry with an area, got an empty one.")
    if not geometry.is_valid:
        raise InvalidArgument(field, f"Expected a valid geometry: {shapely.is_valid_reason(geometry)}.")
    west, south, east, north = geometry.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise InvalidArgument(field, "Expected degrees (longitude, latitude) in WGS 84.")
    return geometry
