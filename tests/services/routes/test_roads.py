"""The road graph of an area."""

import json

import numpy as np
import pyarrow as pa
import pytest
import shapely

from services.routes.roads import nodes_inside, read_roads
from services.routes.testing import grid_point, grid_tables
from serving.errors import InvalidArgument


def test_nodes_may_have_any_ids_and_order() -> None:
    nodes = pa.table({"node": [70, -5, 3], "longitude": [1.0, 2.0, 3.0], "latitude": [4.0, 5.0, 6.0]})
    arcs = pa.table(
        {"from_node": [-5, 70], "to_node": [70, 3], "length_m": [12.0, None], "name": ["High Street", None]}
    )
    roads = read_roads(nodes, arcs)
    assert roads.node_points[roads.from_nodes].tolist() == [[2.0, 5.0], [1.0, 4.0]]
    assert roads.node_points[roads.to_nodes].tolist() == [[1.0, 4.0], [3.0, 6.0]]
    assert roads.names == ("High Street", "")
    assert roads.lengths_m[0] == 12
    assert np.isnan(roads.lengths_m[1])


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("longitude", float("nan"), "road_nodes_artifact: Expected a finite longitude"),
        ("from_node", 999, "road_arcs_artifact: Expected arcs between known nodes; there is no node 999"),
        ("length_m", -1.0, "road_arcs_artifact: Expected every length_m to be at least 0"),
    ],
)
def test_bad_values_are_named(column: str, value: float, message: str) -> None:
    nodes, arcs = (table.to_pydict() for table in grid_tables(2, 2))
    arcs["length_m"] = [100.0] * len(arcs["arc"])
    (nodes if column in nodes else arcs)[column][0] = value
    with pytest.raises(InvalidArgument, match=message):
        read_roads(pa.table(nodes), pa.table(arcs))


def test_missing_columns_are_named() -> None:
    nodes, arcs = grid_tables(2, 2)
    with pytest.raises(InvalidArgument, match=r"road_arcs_artifact: .*missing: to_node"):
        read_roads(nodes, arcs.drop_columns(["to_node"]))
    with pytest.raises(InvalidArgument, match=r"road_nodes_artifact: .*missing: longitude, latitude"):
        read_roads(nodes.select(["node"]), arcs)


def test_streets_on_the_border_belong_to_a_sector() -> None:
    corners = [grid_point(0, 0), grid_point(0, 2), grid_point(2, 2), grid_point(2, 0), grid_point(0, 0)]
    ring = [corner.tolist() for corner in corners]
    sector = shapely.from_geojson(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    points = np.array([grid_point(1, 1), grid_point(2, 1), grid_point(2.25, 1), grid_point(2.35, 1)])
    assert nodes_inside(points, sector).tolist() == [True, True, True, False]
    assert nodes_inside(points, sector, border_m=0.0).tolist()[2:] == [False, False]
