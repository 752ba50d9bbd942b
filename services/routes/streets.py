"""Streets as they come from a source, before they are cut and joined into basic units."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pyproj

from services.routes.arrays import BoolArray, FloatArray, IntArray

WGS_84 = pyproj.Geod(ellps="WGS84")

JOINED_BELOW_M = 0.1
"""Nodes linked by a shorter arc are one node: such arcs are noise of digitising."""


@dataclass(frozen=True, eq=False)
class Street:
    """A piece of street between two nodes.

    `line` has shape (n_points, 2): longitude, latitude in degrees (WGS 84), from `from_node` to `to_node`. `forward`
    tells whether it may be driven from `from_node` to `to_node`, `backward` the other way. `speed_limit_km_h` is NaN
    where it is not known. `from_way` and `to_way` number the way of the source at either end, which turn restrictions
    speak of; 0: unknown.
    """

    from_node: int
    to_node: int
    line: FloatArray
    length_m: float
    forward: bool = True
    backward: bool = True
    name: str = ""
    speed_limit_km_h: float = math.nan
    from_way: int = 0
    to_way: int = 0

    def reversed(self) -> "Street":
        """Return the same street, described from its other end."""
        return replace(
            self,
            from_node=self.to_node,
            to_node=self.from_node,
            line=self.line[::-1],
            forward=self.backward,
            backward=self.forward,
            from_way=self.to_way,
            to_way=self.from_way,
        )


@dataclass(frozen=True, eq=False)
class RoadTable:
    """A directed road graph.

    `node_points` has shape (n_nodes, 2): longitude, latitude in degrees; `from_nodes` and `to_nodes` have shape
    (n_arcs,) and are positions in it. `lengths_m` has shape (n_arcs,), NaN where unknown; `names` has one name per arc,
    empty where unknown.
    """

    node_points: FloatArray
    from_nodes: IntArray
    to_nodes: IntArray
    lengths_m: FloatArray
    names: tuple[str, ...]

    def within(self, inside: BoolArray) -> "RoadTable":
        """Keep the arcs between two nodes for which `inside`, shape (n_nodes,), is true."""
        kept = inside[self.from_nodes] & inside[self.to_nodes]
        names = tuple(self.names[arc] for arc in np.flatnonzero(kept))
        return RoadTable(self.node_points, self.from_nodes[kept], self.to_nodes[kept], self.lengths_m[kept], names)


def line_length_m(line: FloatArray) -> float:
    """Return the length on the ellipsoid of a line of longitudes and latitudes, shape (n_points, 2), in metres."""
    return float(WGS_84.line_length(line[:, 0], line[:, 1]))


def streets_from_roads(roads: RoadTable) -> list[Street]:
    """Turn directed arcs into streets: the two directions between two nodes become one street.

    Where a length is not known it is the distance between the nodes. Arcs below `JOINED_BELOW_M` join their two nodes.
    """
    lengths_m = _known_lengths(roads)
    joined = _joined_nodes(roads, lengths_m < JOINED_BELOW_M)
    directions: dict[tuple[int, int], set[int]] = {}
    shortest: dict[tuple[int, int], int] = {}
    for arc in np.flatnonzero(joined[roads.from_nodes] != joined[roads.to_nodes]):
        ends = (int(joined[roads.from_nodes[arc]]), int(joined[roads.to_nodes[arc]]))
        key = (min(ends), max(ends))
        directions.setdefault(key, set()).add(0 if ends == key else 1)
        if key not in shortest or lengths_m[arc] < lengths_m[shortest[key]]:
            shortest[key] = int(arc)
    return [
        Street(*key, roads.node_points[list(key)], float(lengths_m[arc]), 0 in driven, 1 in driven, roads.names[arc])
        for (key, driven), arc in zip(directions.items(), shortest.values(), strict=True)
    ]


def _known_lengths(roads: RoadTable) -> FloatArray:
    starts, ends = roads.node_points[roads.from_nodes], roads.node_points[roads.to_nodes]
    _, _, distances_m = WGS_84.inv(starts[:, 0], starts[:, 1], ends[:, 0], ends[:, 1])
    return np.where(np.isnan(roads.lengths_m), distances_m, roads.lengths_m)


def _joined_nodes(roads: RoadTable, tiny: BoolArray) -> IntArray:
    """Return for each node the node that stands for it, shape (n_nodes,)."""
    joined = np.arange(len(roads.node_points), dtype=np.int64)
    for arc in np.flatnonzero(tiny):
        kept, lost = sorted((joined[roads.from_nodes[arc]], joined[roads.to_nodes[arc]]))
        joined[joined == lost] = kept
    return joined
