"""Travel times on a directed road graph with minutes for urgent and normal driving."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from services.demand.area import Area
from services.demand.arrays import BoolArray, FloatArray, IntArray
from services.demand.travel.node_minutes import NodeMinutes
from services.demand.travel.straight_line import minutes_per_km
from serving.errors import FailedPrecondition


@dataclass(frozen=True, eq=False)
class RoadGraph:
    """A directed road graph.

    Parameters
    ----------
    longitudes, latitudes
        Shape (n_nodes,), degrees.
    from_node, to_node
        Shape (n_arcs,), indices into the nodes.
    urgent_minutes, normal_minutes
        Shape (n_arcs,), minutes to drive an arc.
    """

    longitudes: FloatArray
    latitudes: FloatArray
    from_node: IntArray
    to_node: IntArray
    urgent_minutes: FloatArray
    normal_minutes: FloatArray

    def matrix(self, urgent: bool) -> csr_array:
        """Minutes of the quickest arc between nodes; sparse, shape (n_nodes, n_nodes), row = from."""
        minutes = self.urgent_minutes if urgent else self.normal_minutes
        slowest_first = np.lexsort((-minutes, self.to_node, self.from_node))
        pairs = np.column_stack((self.from_node, self.to_node))[slowest_first]
        last_of_pair = np.append((pairs[1:] != pairs[:-1]).any(axis=1), True) if len(pairs) else np.zeros(0, bool)
        rows, columns = pairs[last_of_pair].T
        shape = (len(self.longitudes), len(self.longitudes))
        return csr_array((minutes[slowest_first][last_of_pair], (rows, columns)), shape=shape)


def read_roads(nodes: pa.Table, arcs: pa.Table) -> RoadGraph:
    """Take a road graph from its artifacts (docs/formats.md, "Roads artifacts").

    Raises
    ------
    FailedPrecondition
        The tables do not fit together; the area must be imported again.
    """
    _require_columns(nodes, ("node", "longitude", "latitude"), "nodes")
    _require_columns(arcs, ("from_node", "to_node", "urgent_minutes", "normal_minutes"), "arcs")
    ids = nodes["node"].to_numpy().astype(np.int64)
    order = np.argsort(ids, kind="stable")
    urgent_minutes = arcs["urgent_minutes"].to_numpy().astype(np.float64)
    normal_minutes = arcs["normal_minutes"].to_numpy().astype(np.float64)
    if not ((urgent_minutes >= 0) & (normal_minutes >= 0) & np.isfinite(urgent_minutes + normal_minutes)).all():
        raise FailedPrecondition("ROADS_UNUSABLE", "The area's roads have arcs without finite minutes of at least 0.")
    return RoadGraph(
        longitudes=nodes["longitude"].to_numpy().astype(np.float64),
        latitudes=nodes["latitude"].to_numpy().astype(np.float64),
        from_node=_index_of(ids, order, arcs["from_node"].to_numpy().astype(np.int64)),
        to_node=_index_of(ids, order, arcs["to_node"].to_numpy().astype(np.int64)),
        urgent_minutes=urgent_minutes,
        normal_minutes=normal_minutes,
    )


def _require_columns(table: pa.Table, names: tuple[str, ...], what: str) -> None:
    missing = [name for name in names if name not in table.column_names]
    if missing or table.num_rows == 0:
        detail = f"lack {', '.join(missing)}" if missing else "are empty"
        raise FailedPrecondition("ROADS_UNUSABLE", f"The area's road {what} {detail}.")


def _index_of(ids: IntArray, order: IntArray, wanted: IntArray) -> IntArray:
    position = np.minimum(np.searchsorted(ids, wanted, sorter=order), len(ids) - 1)
    index: IntArray = order[position]
    if not (ids[index] == wanted).all():
        raise FailedPrecondition("ROADS_UNUSABLE", "The area's road arcs name nodes that do not exist.")
    return index


class RoadTravelTimes:
    """Quickest ways on the road graph from and to the nodes nearest to the sector centres.

    Points are snapped to the nearest node that one can drive to and away from: a node that is alone in its strongly
    connected component is the stub of a one-way street that the map's edge cut off. The way between a point and its
    node is not counted.
    """

    method = "roads"

    def __init__(self, area: Area, graph: RoadGraph) -> None:
        self._area = area
        self._usable = _nodes_on_a_round_trip(graph)
        self._node_km = area.plane_km(graph.latitudes, graph.longitudes)
        self._tree = cKDTree(self._node_km[self._usable])
        self._centre_nodes = self.nearest_nodes(area.centre_latitudes, area.centre_longitudes)
        normal, urgent = graph.matrix(urgent=False), graph.matrix(urgent=True)
        self._from_centres_normal: FloatArray = dijkstra(normal, indices=self._centre_nodes)
        self._from_centres_urgent: FloatArray = dijkstra(urgent, indices=self._centre_nodes)
        self._to_centres_normal: FloatArray = dijkstra(normal.T.tocsr(), indices=self._centre_nodes)
        self._between_nodes = {False: NodeMinutes(normal), True: NodeMinutes(urgent)}
        self._minutes_per_km = {is_urgent: self._measure_straight_line(is_urgent) for is_urgent in (False, True)}

    def minutes_per_km(self, urgent: bool) -> float:
        """Minutes that a drive takes per kilometre of straight line, to all nodes from the centres near them."""
        return self._minutes_per_km[urgent]

    def between_sectors(self, urgent: bool) -> FloatArray:
        """Minutes between sector centres; shape (n_sectors, n_sectors), row = from, zero diagonal."""
        from_centres = self._from_centres_urgent if urgent else self._from_centres_normal
        return from_centres[:, self._centre_nodes]

    def to_points(self, latitudes: FloatArray, longitudes: FloatArray, urgent: BoolArray) -> FloatArray:
        """Minutes from every sector centre to points; shape (n_points, n_sectors)."""
        nodes = self.nearest_nodes(latitudes, longitudes)
        minutes = np.where(urgent, self._from_centres_urgent[:, nodes], self._from_centres_normal[:, nodes])
        return np.ascontiguousarray(minutes.T)

    def from_points(self, latitudes: FloatArray, longitudes: FloatArray) -> FloatArray:
        """Minutes of normal driving from points to every sector centre; shape (n_points, n_sectors)."""
        return np.ascontiguousarray(self._to_centres_normal[:, self.nearest_nodes(latitudes, longitudes)].T)

    def between_points(
        self,
        from_latitudes: FloatArray,
        from_longitudes: FloatArray,
        to_latitudes: FloatArray,
        to_longitudes: FloatArray,
        urgent: BoolArray,
    ) -> FloatArray:
        """Minutes from each point to its own other point; every array of shape (n,)."""
        from_nodes = self.nearest_nodes(from_latitudes, from_longitudes)
        to_nodes = self.nearest_nodes(to_latitudes, to_longitudes)
        minutes = np.empty(len(from_nodes))
        for is_urgent, between in self._between_nodes.items():
            of_kind = urgent == is_urgent
            minutes[of_kind] = between.between(from_nodes[of_kind], to_nodes[of_kind])
        return minutes

    def _measure_straight_line(self, urgent: bool) -> float:
        from_centres = self._from_centres_urgent if urgent else self._from_centres_normal
        apart = self._area.sector_km[:, np.newaxis] - self._node_km[np.newaxis, self._usable]
        return minutes_per_km(from_centres[:, self._usable], np.hypot(apart[..., 0], apart[..., 1]))

    def nearest_nodes(self, latitudes: FloatArray, longitudes: FloatArray) -> IntArray:
        """Return the nodes that stand for points; shape (n_points,)."""
        _, nearest = self._tree.query(self._area.plane_km(latitudes, longitudes))
        snapped: IntArray = self._usable[nearest]
        return snapped


def _nodes_on_a_round_trip(graph: RoadGraph) -> IntArray:
    _, component = connected_components(graph.matrix(urgent=False), connection="strong")
    usable: IntArray = np.flatnonzero(np.bincount(component)[component] > 1)
    if len(usable) == 0:
        raise FailedPrecondition("ROADS_UNUSABLE", "The area's roads have no two nodes that lead to each other.")
    return usable
