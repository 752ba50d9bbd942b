"""Reads streets from the content of a file instead of a file on disk."""

import tempfile
from enum import Enum
from pathlib import Path

import shapely

from services.routes.imports.clip import polygon_of
from services.routes.imports.osm import Profile
from services.routes.imports.streets_file import ImportedStreets, import_streets
from serving.errors import InvalidArgument


class StreetFormat(Enum):
    """The format of a file of streets: the end of its name."""

    OSM_XML = ".osm"
    OSM_PBF = ".osm.pbf"
    GEOJSON = ".geojson"
    GEOPACKAGE = ".gpkg"
    SHAPEFILE_ZIP = ".shp.zip"


def import_content(
    content: bytes, file_format: StreetFormat, profile: Profile, clip_geojson: str = ""
) -> ImportedStreets:
    """Read streets as `import_streets` does; raises as it does.

    Parameters
    ----------
    clip_geojson
        A polygon as a GeoJSON geometry; empty: streets everywhere are kept.
    """
    sector = _polygon(clip_geojson) if clip_geojson else None
    with tempfile.TemporaryDirectory(prefix="officers-streets-") as folder:
        file = Path(folder) / f"streets{file_format.value}"
        file.write_bytes(content)
        return import_streets(file, profile, sector)


def _polygon(geojson: str) -> shapely.Geometry:
    shape = shapely.from_geojson(geojson, on_invalid="ignore")
    if shape is None:
        raise InvalidArgument("clip", "Expected a GeoJSON geometry.")
    return polygon_of([shape], "the clip")
