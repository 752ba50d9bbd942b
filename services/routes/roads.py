"""Reads the road graph of an area and cuts out one sector."""

import numpy as np
import pyarrow as pa
import shapely

from services.routes.arrays import BoolArray, FloatArray, IntArray
from services.routes.plane import Plane
from services.routes.streets import RoadTable
from serving.errors import InvalidArgument

BORDER_M = 30.0
"""Sectors are often bounded by the middle of a street: nodes this close to a sector belong to it too."""

NODE_COLUMNS = ("node", "longitude", "latitude")
ARC_COLUMNS = ("from_node", "to_node")


def read_roads(nodes: pa.Table, arcs: pa.Table) -> RoadTable:
    """Read the roads artifacts (docs/formats.md).

    Raises
    ------
    InvalidArgument
        A column is missing, a coordinate is no number, or an arc names an unknown node.
    """
    node_ids, longitudes, latitudes = _columns("road_nodes_artifact", nodes, NODE_COLUMNS)
    from_ids, to_ids = _columns("road_arcs_artifact", arcs, ARC_COLUMNS)
    points = np.column_stack([longitudes, latitudes]).astype(np.float64)
    if not np.isfinite(points).all():
        raise InvalidArgument("road_nodes_artifact", "Expected a finite longitude and latitude of every node.")
    order = np.argsort(node_ids)
    return RoadTable(
        node_points=points[order],
        from_nodes=_positions(from_ids, node_ids[order]),
        to_nodes=_positions(to_ids, node_ids[order]),
        lengths_m=_lengths(arcs),
        names=_names(arcs),
    )


def nodes_inside(points: FloatArray, sector: shapely.Geometry, border_m: float = BORDER_M) -> BoolArray:
    """Tell which nodes, shape (n_nodes, 2) in degrees, lie in a sector or within `border_m` of it."""
    plane = Plane.about(np.array([shapely.get_coordinates(sector.envelope.centroid)[0]]))
    grown = plane.shape_to_metres(sector).buffer(border_m)
    shapely.prepare(grown)
    inside: BoolArray = shapely.contains_xy(grown, plane.to_metres(points))
    return inside


def _columns(artifact: str, table: pa.Table, names: tuple[str, ...]) -> list[FloatArray]:
    missing = [name for name in names if name not in table.column_names]
    if missing:
        raise InvalidArgument(artifact, f"Expected columns {', '.join(names)}; missing: {', '.join(missing)}.")
    return [table.column(name).to_numpy() for name in names]


def _positions(ids: FloatArray, node_ids: FloatArray) -> IntArray:
    positions = np.searchsorted(node_ids, ids)
    known = (positions < len(node_ids)) & (node_ids[np.minimum(positions, len(node_ids) - 1)] == ids)
    if not known.all():
        unknown = ids[np.flatnonzero(~known)[0]]
        raise InvalidArgument("road_arcs_artifact", f"Expected arcs between known nodes; there is no node {unknown}.")
    return positions.astype(np.int64)


def _lengths(arcs: pa.Table) -> FloatArray:
    if "length_m" not in arcs.column_names:
        return np.full(arcs.num_rows, np.nan)
    lengths_m = np.asarray(arcs.column("length_m").to_numpy(), dtype=np.float64)
    if (lengths_m < 0).any() or np.isinf(lengths_m).any():
        raise InvalidArgument("road_arcs_artifact", "Expected every length_m to be at least 0 metres.")
    return lengths_m


def _names(arcs: pa.Table) -> tuple[str, ...]:
    if "name" not in arcs.column_names:
        return ("",) * len(arcs)
    names: list[str | None] = arcs.column("name").to_pylist()
    return tuple(name or "" for name in names)
