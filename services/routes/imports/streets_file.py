"""Reads a street network from any file that is understood."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from services.routes.basic_units import merge_chains
from services.routes.imports.lines import read_centre_lines
from services.routes.imports.noding import node_lines
from services.routes.imports.osm import Profile, read_osm
from services.routes.network import StreetNetwork, build_network
from services.routes.plane import Plane
from services.routes.roads import BORDER_M
from services.routes.streets import Street
from services.routes.survey import Survey, survey_network
from serving.errors import InvalidArgument

OSM_SUFFIXES = (".osm", ".pbf", ".osm.gz", ".osm.bz2")


@dataclass(frozen=True, eq=False)
class ImportedStreets:
    """A network from a file; `excluded_count` features or pieces could not be used."""

    network: StreetNetwork
    excluded_count: int


def import_streets(file: Path, profile: Profile, sector: shapely.Geometry | None = None) -> ImportedStreets:
    """Read streets as basic units: cut at intersections, chains merged, the largest connected part kept.

    Parameters
    ----------
    file
        An OpenStreetMap extract, or centre lines that geopandas reads (shapefile, GeoJSON, GeoPackage).
    profile
        On foot, one-way streets may be walked both ways.
    sector
        Polygon in longitudes and latitudes; streets with both ends in it (or within `BORDER_M` of it) are kept.

    Raises
    ------
    InvalidArgument
        The file cannot be used.
    FailedPrecondition
        Nothing connected is left.
    """
    if not file.is_file():
        raise InvalidArgument("streets", f"Expected a file of streets; there is no {file}.")
    if file.name.lower().endswith(OSM_SUFFIXES):
        streets, excluded_count = read_osm(file, profile)
    else:
        lines, excluded_count = read_centre_lines(file)
        streets = node_lines(lines)
    if profile is Profile.FOOT:
        streets = [replace(street, forward=True, backward=True) for street in streets]
    kept = streets if sector is None else _clipped(streets, sector)
    return ImportedStreets(build_network(file.stem, merge_chains(kept)), excluded_count)


def _clipped(streets: list[Street], sector: shapely.Geometry) -> list[Street]:
    plane = Plane.about(shapely.get_coordinates(sector.centroid))
    grown = plane.shape_to_metres(sector).buffer(BORDER_M)
    shapely.prepare(grown)
    return [street for street in streets if shapely.contains_xy(grown, plane.to_metres(street.line[[0, -1]])).all()]


def streets_survey(file: Path, incidents: Path | None, profile: Profile) -> Survey:
    """Survey streets from a file with incidents from a CSV file with columns longitude and latitude.

    Raises
    ------
    InvalidArgument
        A file cannot be used.
    FailedPrecondition
        Nothing connected is left, or no incident is near a street.
    """
    if incidents is None:
        raise InvalidArgument("incidents", "Expected a file of incidents beside the file of streets.")
    try:
        table = pd.read_csv(incidents)
        points = table[["longitude", "latitude"]].to_numpy(dtype=np.float64)
    except (OSError, ValueError, KeyError) as error:
        message = f"Expected a CSV file with numbers in columns longitude and latitude in {incidents}: {error}."
        raise InvalidArgument("incidents", message) from error
    return survey_network(import_streets(file, profile).network, points[np.isfinite(points).all(axis=1)])
