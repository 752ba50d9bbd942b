"""Street networks that ship with the service."""

from importlib.resources import as_file, files

import geopandas as gpd
import numpy as np
import shapely

from services.routes.arrays import FloatArray
from services.routes.streets import Street, line_length_m
from serving.errors import NotFound

GEODANET = "geodanet"
SHIPPED_NETWORKS = (GEODANET,)

ENDS_MEET_WITHIN_DEGREES = 1e-6
"""About 0.1 m: line ends that are closer are the same intersection."""


def load_shipped(name: str) -> tuple[list[Street], FloatArray]:
    """Load a network by name.

    `geodanet`: the streets of a square mile of Mesa, Arizona, and 287 crimes, from the GeoDaNet examples in libpysal.
    Its projection file says NAD 1983 State Plane Arizona Central, US survey feet; coordinates are converted to WGS 84.
    The file cuts streets at intersections and some long blocks once more; those 293 pieces are the basic units, so
    they are not joined again.

    Returns
    -------
    tuple
        The streets, two-way, and the incident points, shape (n_incidents, 2): longitude, latitude in degrees.

    Raises
    ------
    NotFound
        No network of that name ships with the service.
    """
    if name not in SHIPPED_NETWORKS:
        raise NotFound("network", name, f"There is no network {name!r}; expected one of {', '.join(SHIPPED_NETWORKS)}.")
    lines = shapely.node(shapely.union_all(_read_geodanet("streets")))
    points = shapely.get_coordinates(_read_geodanet("crimes"))
    return streets_from_lines([shapely.get_coordinates(line) for line in lines.geoms]), points


def _read_geodanet(layer: str) -> gpd.array.GeometryArray:
    with as_file(files("libpysal.examples") / GEODANET) as folder:
        return gpd.read_file(folder / f"{layer}.shp").to_crs("EPSG:4326").geometry.array


def streets_from_lines(lines: list[FloatArray]) -> list[Street]:
    """Make two-way streets of lines that meet at their ends.

    Parameters
    ----------
    lines
        Longitudes and latitudes, shape (n_points, 2) each.
    """
    ends = np.array([point for line in lines for point in (line[0], line[-1])])
    cells = np.round(ends / ENDS_MEET_WITHIN_DEGREES).astype(np.int64)
    _, nodes = np.unique(cells, axis=0, return_inverse=True)
    return [
        Street(int(from_node), int(to_node), line, line_length_m(line))
        for line, (from_node, to_node) in zip(lines, nodes.reshape(-1, 2), strict=True)
    ]
