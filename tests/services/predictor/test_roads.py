import pytest

from services.predictor.roads import read_roads
from serving.errors import InvalidArgument

NODES = "node,longitude,latitude\n1,-74.0,40.7\n2,-74.1,40.8\n"
ARCS = "arc,from_node,to_node,urgent_minutes,normal_minutes\n1,1,2,0.5,1.0\n2,2,1,0.5,1.0\n"


def _read(nodes=NODES, arcs=ARCS):
    return read_roads({"n.csv": nodes.encode(), "a.csv": arcs.encode()}, "n.csv", "a.csv")


def test_tables_are_typed():
    nodes, arcs = _read()
    assert [str(kind) for kind in nodes.schema.types] == ["int64", "double", "double"]
    assert [str(kind) for kind in arcs.schema.types] == ["int64", "int64", "int64", "double", "double"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"nodes": NODES.replace("2,-74.1", "1,-74.1")}, "roads.nodes.node"),
        ({"nodes": NODES.replace("40.8", "")}, "roads.nodes.latitude"),
        ({"nodes": NODES.replace("-74.1", "-274.1")}, "roads.nodes.longitude"),
        ({"nodes": NODES.replace("latitude", "lat")}, "roads.nodes"),
        ({"nodes": "node,longitude,latitude\n"}, "roads.nodes"),
        ({"arcs": ARCS.replace("2,2,1", "1,2,1")}, "roads.arcs.arc"),
        ({"arcs": ARCS.replace("2,2,1", "2,2,9")}, "roads.arcs.to_node"),
        ({"arcs": ARCS.replace("2,2,1", "2,two,1")}, "roads.arcs.from_node"),
        ({"arcs": ARCS.replace("2,2,1,0.5", "2,2,1,-0.5")}, "roads.arcs.urgent_minutes"),
        ({"arcs": ARCS.replace("2,2,1,0.5,1.0", "2,2,1,0.5,nan")}, "roads.arcs.normal_minutes"),
        ({"arcs": ARCS.replace("2,2,1,0.5,1.0", "2,2,1,0.5,inf")}, "roads.arcs.normal_minutes"),
    ],
)
def test_faults_are_named(change, field):
    with pytest.raises(InvalidArgument) as caught:
        _read(**change)
    assert caught.value.violations[0].field == field
