"""Reads a street network from any file that is understood."""

from dataclasses import dataclass, replace
from pathlib import Path

import shapely

from services.routes.basic_units import merge_chains
from services.routes.imports.lines import read_centre_lines
from services.routes.imports.noding import node_lines
from services.routes.imports.osm import OsmStreets, Profile, read_osm
from services.routes.network import StreetNetwork, build_network
from services.routes.plane import Plane
from services.routes.roads import BORDER_M
from services.routes.streets import Street
from services.routes.survey import FileExclusions
from serving.errors import InvalidArgument

OSM_SUFFIXES = (".osm", ".pbf", ".osm.gz", ".osm.bz2")


@dataclass(frozen=True, eq=False)
class ImportedStreets:
    """A network from a file, and what of the file is not in it."""

    network: StreetNetwork
    exclusions: FileExclusions


def import_streets(file: Path, profile: Profile, sector: shapely.Geometry | None = None) -> ImportedStreets:
    """Read streets as basic units: cut at intersections, chains merged, the largest connected part kept.

    Parameters
    ----------
    file
        An OpenStreetMap extract, or centre lines that geopandas reads (shapefile, GeoJSON, GeoPackage).
    profile
        On foot, one-way streets may be walked both ways.
    sector
        Polygon in longitudes and latitudes; streets that lie in it, or within `BORDER_M` of it, are kept.

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
        found = read_osm(file, profile)
    else:
        centre = read_centre_lines(file)
        found = OsmStreets(node_lines(centre.lines), [], centre.excluded_count, 0, centre.unknown_one_way_count)
    streets = found.streets
    if profile is Profile.FOOT:
        streets = [replace(street, forward=True, backward=True) for street in streets]
    kept = streets if sector is None else _clipped(streets, sector)
    network = build_network(file.stem, merge_chains(kept), found.turn_rules)
    exclusions = FileExclusions(
        unusable_count=found.excluded_count,
        outside_count=len(streets) - len(kept),
        turn_rule_count=len(found.turn_rules) + found.unread_rule_count,
        unused_turn_rule_count=network.unused_turn_rule_count + found.unread_rule_count,
        unknown_one_way_count=found.unknown_one_way_count,
    )
    return ImportedStreets(network, exclusions)


def _clipped(streets: list[Street], sector: shapely.Geometry) -> list[Street]:
    plane = Plane.about(shapely.get_coordinates(sector.centroid))
    grown = plane.shape_to_metres(sector).buffer(BORDER_M)
    shapely.prepare(grown)
    lines = [shapely.LineString(plane.to_metres(street.line)) for street in streets]
    inside = shapely.covers(grown, lines)
    return [street for street, kept in zip(streets, inside, strict=True) if kept]
