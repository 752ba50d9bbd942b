"""Turns loose lines into streets that meet: near-miss ends are joined and crossings cut."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import scipy.sparse as sp
import shapely
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from services.routes.arrays import FloatArray, IntArray
from services.routes.plane import Plane
from services.routes.streets import Street, line_length_m

SNAP_M = 2.0
"""Ends that miss a line or another end by less than this were meant to meet it."""


@dataclass(frozen=True, eq=False)
class CentreLine:
    """A street's line, shape (n_points, 2) in degrees, whether it may be driven along and against its points, and how
    fast; NaN: unknown.
    """

    line: FloatArray
    name: str = ""
    forward: bool = True
    backward: bool = True
    speed_limit_km_h: float = math.nan


def node_lines(lines: Sequence[CentreLine], snap_m: float = SNAP_M) -> list[Street]:
    """Cut lines where they cross or touch and number the points where the pieces meet.

    Parameters
    ----------
    snap_m
        Ends this close to another end become one; an end this close to another line is moved onto it and cuts it.
    """
    if not lines:
        return []
    plane = Plane.about(np.concatenate([line.line for line in lines]))
    shapes = _joined_ends([shapely.LineString(plane.to_metres(line.line)) for line in lines], snap_m)
    tree = shapely.STRtree(shapes)
    pieces = []
    for index, shape in enumerate(shapes):
        near = tree.query(shape, predicate="dwithin", distance=snap_m)
        cuts = [_meeting_points(shape, shapes[other], snap_m) for other in np.sort(near) if other != index]
        pieces += [(lines[index], piece) for piece in _cut(shape, cuts, snap_m)]
    return _numbered(pieces, plane, snap_m)


def join_points(points: FloatArray, within_m: float) -> IntArray:
    """Number points, shape (n_points, 2) in metres, so that those within a distance have the same number."""
    pairs = cKDTree(points).query_pairs(within_m, output_type="ndarray")
    graph = sp.coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(points),) * 2)
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _joined_ends(shapes: Sequence[shapely.LineString], snap_m: float) -> list[shapely.LineString]:
    """Move ends that lie within `snap_m` of each other to the first of them."""
    ends = np.array([shape.coords[place] for shape in shapes for place in (0, -1)])
    _, first, group = np.unique(join_points(ends, snap_m), return_index=True, return_inverse=True)
    moved = ends[first[group]].reshape(-1, 2, 2)
    return [
        shapely.LineString([start, *shape.coords[1:-1], end]) for shape, (start, end) in zip(shapes, moved, strict=True)
    ]


def _meeting_points(shape: shapely.LineString, other: shapely.LineString, snap_m: float) -> FloatArray:
    """Return the points where two lines cross, overlap's ends, and the near ends of the other, shape (n_points, 2)."""
    crossings = shapely.get_coordinates(shapely.intersection(shape, other))
    ends = np.array([other.coords[0], other.coords[-1]])
    return np.concatenate([crossings, ends[shapely.distance(shape, shapely.points(ends)) <= snap_m]])


def _cut(shape: shapely.LineString, cuts: Sequence[FloatArray], snap_m: float) -> list[shapely.LineString]:
    """Cut a line at the places nearest to points; cuts within `snap_m` of an end or of the cut before are left out.

    A piece begins and ends at the points themselves, so that lines that nearly met do meet.
    """
    ends = shapely.get_coordinates(shape)[[0, -1]]
    points = np.concatenate([np.empty((0, 2)), *cuts])
    along = np.atleast_1d(shapely.line_locate_point(shape, shapely.points(points))) if len(points) else np.empty(0)
    kept = [(0.0, ends[0])]
    for place in np.argsort(along, kind="stable"):
        if along[place] - kept[-1][0] > snap_m and shape.length - along[place] > snap_m:
            kept.append((float(along[place]), points[place]))
    kept.append((shape.length, ends[1]))
    corners = shapely.get_coordinates(shape)
    steps = np.hypot(*np.diff(corners, axis=0).T)
    corner_along = np.concatenate([[0.0], np.cumsum(steps)])
    pieces = []
    for (start, first), (end, last) in pairwise(kept):
        inner = corners[(corner_along > start + 1e-6) & (corner_along < end - 1e-6)]
        pieces.append(shapely.LineString(np.concatenate([[first], inner, [last]])))
    return pieces


def _numbered(pieces: Sequence[tuple[CentreLine, shapely.LineString]], plane: Plane, snap_m: float) -> list[Street]:
    ends = np.array([piece.coords[place] for _, piece in pieces for place in (0, -1)])
    nodes = join_points(ends, snap_m).reshape(-1, 2).tolist()
    streets = []
    for (source, piece), (from_node, to_node) in zip(pieces, nodes, strict=True):
        line = plane.to_degrees(shapely.get_coordinates(piece))
        length_m = line_length_m(line)
        if from_node != to_node or length_m > 2 * snap_m:
            street = Street(from_node, to_node, line, length_m, source.forward, source.backward, source.name)
            streets.append(replace(street, speed_limit_km_h=source.speed_limit_km_h))
    return streets
