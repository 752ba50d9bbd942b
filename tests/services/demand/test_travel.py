"""Travel times by distance and on roads."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse.csgraph import dijkstra

from services.demand.area import RoadArtifacts, Speeds
from services.demand.travel.choose import open_travel
from services.demand.travel.distance import DistanceTravelTimes, great_circle_km
from services.demand.travel.node_minutes import NodeMinutes
from services.demand.travel.roads import RoadTravelTimes, read_roads
from serving.artifacts import ArtifactStore
from serving.errors import FailedPrecondition, NotFound


def node_table(points):
    """Nodes 10, 20, 30, ... at (latitude, longitude)."""
    latitudes, longitudes = zip(*points, strict=True)
    ids = [10 * (index + 1) for index in range(len(points))]
    return pa.table({"node": ids, "longitude": longitudes, "latitude": latitudes})


def arc_table(arcs):
    """Arcs (from, to, normal minutes); with lights and siren it takes half as long."""
    tails, heads, minutes = zip(*arcs, strict=True)
    columns = {"arc": range(len(arcs)), "from_node": tails, "to_node": heads}
    return pa.table(columns | {"urgent_minutes": [m / 2 for m in minutes], "normal_minutes": minutes})


SQUARE = [(40.01, -73.0), (40.01, -73.012), (40.0, -73.0), (40.0, -73.012)]
ONE_WAY_RING = [(10, 20, 1.0), (20, 40, 2.0), (40, 30, 3.0), (30, 10, 4.0)]


def test_a_degree_on_the_meridian():
    kilometres = great_circle_km(*(np.array([x]) for x in (40.0, -73.0, 41.0, -73.0)))
    assert kilometres == pytest.approx(111.195, abs=0.001)


def test_distance_minutes_by_hand(square_area):
    travel = DistanceTravelTimes(square_area)
    minutes = travel.to_points(np.array([40.01, 40.01]), np.array([-73.0, -73.0]), np.array([False, True]))
    # A hundredth of a degree of latitude is 1.11195 km; ×1.35 at 24 and 36 km/h.
    assert minutes[:, 2] == pytest.approx([1.11195 * 1.35 / 24 * 60, 1.11195 * 1.35 / 36 * 60], rel=1e-4)
    assert minutes[:, 0] == pytest.approx([0, 0], abs=1e-9)


def test_distance_is_symmetric(square_area):
    travel = DistanceTravelTimes(square_area)
    normal = travel.between_sectors(urgent=False)
    assert normal == pytest.approx(normal.T)
    assert np.diag(normal).tolist() == [0.0] * 4
    assert travel.between_sectors(urgent=True) == pytest.approx(normal * 24 / 36)
    points = square_area.centre_latitudes, square_area.centre_longitudes
    assert travel.from_points(*points) == pytest.approx(normal, abs=1e-9)


def test_one_way_streets(square_area):
    travel = RoadTravelTimes(square_area, read_roads(node_table(SQUARE), arc_table(ONE_WAY_RING)))
    # Sectors NE, NW, SE, SW stand at the nodes 10, 20, 30, 40.
    assert travel.between_sectors(urgent=False).tolist() == [[0, 1, 6, 3], [9, 0, 5, 2], [4, 5, 0, 7], [7, 8, 3, 0]]
    assert travel.between_sectors(urgent=True)[0].tolist() == [0, 0.5, 3, 1.5]
    there = travel.to_points(np.array([40.0099]), np.array([-73.0119]), np.array([False]))
    back = travel.from_points(np.array([40.0099]), np.array([-73.0119]))
    assert there.tolist() == [[1, 0, 5, 8]]
    assert back.tolist() == [[9, 0, 5, 2]]


def floyd_warshall(minutes):
    shortest = minutes.copy()
    np.fill_diagonal(shortest, 0.0)
    for via in range(len(shortest)):
        shortest = np.minimum(shortest, shortest[:, [via]] + shortest[[via], :])
    return shortest


def test_roads_equal_floyd_warshall(square_area):
    rng = np.random.default_rng(5)
    points = list(zip(rng.uniform(39.99, 40.02, 30), rng.uniform(-73.02, -72.99, 30), strict=True))
    ring = [(10 * (i + 1), 10 * ((i + 1) % 30 + 1), float(rng.integers(0, 9))) for i in range(30)]
    chords = [(10 * int(a), 10 * int(b), float(rng.integers(1, 9))) for a, b in rng.integers(1, 31, (40, 2))]
    graph = read_roads(node_table(points), arc_table(ring + chords))
    travel = RoadTravelTimes(square_area, graph)
    dense = np.full((30, 30), np.inf)
    for tail, head, minutes in ring + chords:
        dense[tail // 10 - 1, head // 10 - 1] = min(dense[tail // 10 - 1, head // 10 - 1], minutes)
    shortest = floyd_warshall(dense)
    scale = np.cos(np.radians(square_area.centre_latitudes.mean()))
    centres = [
        int(np.argmin([(lat - a) ** 2 + ((lon - b) * scale) ** 2 for lat, lon in points]))
        for a, b in zip(square_area.centre_latitudes, square_area.centre_longitudes, strict=True)
    ]
    latitudes, longitudes = (np.array(axis) for axis in zip(*points, strict=True))
    there = travel.to_points(latitudes, longitudes, np.zeros(30, bool))
    assert there == pytest.approx(shortest[centres].T)
    assert travel.from_points(latitudes, longitudes) == pytest.approx(shortest[:, centres])


@pytest.fixture(scope="module")
def random_roads():
    """A ring of 60 nodes with chords; nodes, arcs and the dense matrix of quickest minutes."""
    rng = np.random.default_rng(8)
    points = list(zip(rng.uniform(39.99, 40.02, 60), rng.uniform(-73.02, -72.99, 60), strict=True))
    ring = [(10 * (i + 1), 10 * ((i + 1) % 60 + 1), float(rng.integers(1, 9))) for i in range(60)]
    chords = [(10 * int(a), 10 * int(b), float(rng.integers(1, 9))) for a, b in rng.integers(1, 61, (90, 2))]
    dense = np.full((60, 60), np.inf)
    for tail, head, minutes in ring + chords:
        dense[tail // 10 - 1, head // 10 - 1] = min(dense[tail // 10 - 1, head // 10 - 1], minutes)
    return points, read_roads(node_table(points), arc_table(ring + chords)), floyd_warshall(dense)


@pytest.mark.parametrize(("sources", "targets"), [(60, 60), (2, 60), (60, 2), (1, 1)])
def test_between_points_equals_floyd_warshall(square_area, random_roads, sources, targets):
    points, graph, shortest = random_roads
    rng = np.random.default_rng(sources * targets)
    start, end = rng.integers(0, sources, 500), rng.integers(0, targets, 500)
    urgent = rng.random(500) < 0.5
    latitudes, longitudes = (np.array(axis) for axis in zip(*points, strict=True))
    travel = RoadTravelTimes(square_area, graph)
    for _ in range(2):
        minutes = travel.between_points(latitudes[start], longitudes[start], latitudes[end], longitudes[end], urgent)
        assert minutes == pytest.approx(shortest[start, end] * np.where(urgent, 0.5, 1.0))


def test_between_no_points(square_area, random_roads):
    none = np.zeros(0)
    travel = RoadTravelTimes(square_area, random_roads[1])
    assert travel.between_points(none, none, none, none, np.zeros(0, bool)).shape == (0,)


def test_what_was_found_is_kept_as_far_as_there_is_room(random_roads, monkeypatch):
    searched = []

    def counting(graph, indices):
        searched.extend(indices)
        return dijkstra(graph, indices=indices)

    monkeypatch.setattr("services.demand.travel.node_minutes.dijkstra", counting)
    nodes = NodeMinutes(random_roads[1].matrix(urgent=False), room_bytes=3 * 8 * 60)
    starts, ends = np.array([4, 5, 6, 6]), np.array([9, 8, 7, 6])
    first = nodes.between(starts, ends)
    assert searched == [4, 5, 6]
    assert nodes.between(starts, ends).tolist() == first.tolist()
    nodes.between(np.array([7]), np.array([1]))
    nodes.between(np.array([6]), np.array([1]))
    assert searched == [4, 5, 6, 7]
    nodes.between(np.array([4]), np.array([1]))
    assert searched == [4, 5, 6, 7, 4]


def test_points_of_an_island_are_out_of_reach_of_others(square_area):
    nodes = node_table([*SQUARE, (40.1, -73.1), (40.1, -73.101)])
    arcs = arc_table([*ONE_WAY_RING, (50, 60, 1.0), (60, 50, 1.0)])
    travel = RoadTravelTimes(square_area, read_roads(nodes, arcs))
    latitudes, longitudes = np.array([40.1, 40.1, 40.01]), np.array([-73.1, -73.101, -73.0])
    minutes = travel.between_points(
        latitudes, longitudes, np.roll(latitudes, 1), np.roll(longitudes, 1), np.zeros(3, bool)
    )
    assert minutes.tolist() == [np.inf, 1.0, np.inf]


def test_minutes_per_km_of_roads(square_area, random_roads):
    points, graph, shortest = random_roads
    travel = RoadTravelTimes(square_area, graph)
    latitudes, longitudes = (np.array(axis) for axis in zip(*points, strict=True))
    apart_km = np.linalg.norm(
        square_area.sector_km[:, np.newaxis] - square_area.plane_km(latitudes, longitudes), axis=2
    )
    centres = [int(node) for node in np.argmin(apart_km, axis=1)]
    nearest = np.argsort(apart_km, axis=0)[:3]
    minutes, kilometres = (np.take_along_axis(each, nearest, 0).sum() for each in (shortest[centres], apart_km))
    expected = minutes / kilometres
    assert travel.minutes_per_km(urgent=False) == pytest.approx(expected)
    assert travel.minutes_per_km(urgent=True) == pytest.approx(expected / 2)


def test_by_distance_between_points(square_area):
    travel = DistanceTravelTimes(square_area)
    latitudes, longitudes = square_area.centre_latitudes, square_area.centre_longitudes
    between = travel.between_sectors(urgent=True)
    minutes = travel.between_points(latitudes, longitudes, latitudes[::-1], longitudes[::-1], np.ones(4, bool))
    assert minutes == pytest.approx(between[np.arange(4), np.arange(4)[::-1]])


def test_the_quickest_of_parallel_arcs_counts(square_area):
    arcs = arc_table([*ONE_WAY_RING, (10, 20, 0.5), (10, 20, 7.0)])
    travel = RoadTravelTimes(square_area, read_roads(node_table(SQUARE), arcs))
    assert travel.between_sectors(urgent=False)[0, 1] == 0.5


def test_arcs_may_take_no_time(square_area):
    arcs = arc_table([(10, 20, 0.0), *ONE_WAY_RING[1:]])
    travel = RoadTravelTimes(square_area, read_roads(node_table(SQUARE), arcs))
    assert travel.between_sectors(urgent=False)[0].tolist() == [0, 0, 5, 2]


def test_points_are_not_snapped_to_stubs(square_area):
    nodes = node_table([*SQUARE, (40.0051, -73.006)])
    travel = RoadTravelTimes(square_area, read_roads(nodes, arc_table([*ONE_WAY_RING, (10, 50, 1.0)])))
    assert np.isfinite(travel.from_points(np.array([40.005]), np.array([-73.006]))).all()


def test_an_island_is_out_of_reach(square_area):
    nodes = node_table([*SQUARE, (40.1, -73.1), (40.1, -73.101)])
    arcs = arc_table([*ONE_WAY_RING, (50, 60, 1.0), (60, 50, 1.0)])
    travel = RoadTravelTimes(square_area, read_roads(nodes, arcs))
    points = np.array([40.1]), np.array([-73.1])
    assert np.isinf(travel.to_points(*points, np.array([True]))).all()
    assert np.isinf(travel.from_points(*points)).all()


@pytest.fixture
def store(tmp_path):
    return ArtifactStore(str(tmp_path))


def with_roads(area, store, nodes, arcs):
    return replace(area, roads=RoadArtifacts(store.put_table(nodes), store.put_table(arcs)))


def test_roads_are_preferred(square_area, store):
    area = with_roads(square_area, store, node_table(SQUARE), arc_table(ONE_WAY_RING))
    assert open_travel(area, store).method == "roads"
    assert open_travel(square_area, store).method == "distance"


def test_sectors_that_are_cut_off_are_named(square_area, store):
    arcs = arc_table([(10, 20, 1.0), (20, 10, 1.0), (20, 30, 1.0), (30, 20, 1.0), (40, 50, 1.0), (50, 40, 1.0)])
    area = with_roads(square_area, store, node_table([*SQUARE, (39.9, -73.012)]), arcs)
    with pytest.raises(FailedPrecondition, match=r"SW\.$") as caught:
        open_travel(area, store)
    assert caught.value.reason == "SECTORS_UNREACHABLE"


@pytest.mark.parametrize(
    ("nodes", "arcs", "message"),
    [
        (node_table(SQUARE), arc_table([(10, 99, 1.0)]), "nodes that do not exist"),
        (node_table(SQUARE), arc_table([(10, 20, -1.0)]), "finite minutes"),
        (node_table(SQUARE), arc_table([(10, 20, float("nan"))]), "finite minutes"),
        (node_table(SQUARE), arc_table([(10, 20, 1.0)]), "no two nodes"),
        (node_table(SQUARE).drop_columns("latitude"), arc_table(ONE_WAY_RING), "nodes lack latitude"),
        (node_table(SQUARE), arc_table(ONE_WAY_RING)[:0], "arcs are empty"),
    ],
)
def test_unusable_roads(square_area, store, nodes, arcs, message):
    with pytest.raises(FailedPrecondition, match=message):
        open_travel(with_roads(square_area, store, nodes, arcs), store)


def test_missing_roads(square_area, store):
    with pytest.raises(NotFound):
        open_travel(replace(square_area, roads=RoadArtifacts("0" * 64, "1" * 64)), store)


@pytest.mark.parametrize("speeds", [(0.0, 36.0, 1.3), (24.0, float("nan"), 1.3), (24.0, 36.0, 0.9)])
def test_speeds_are_checked(speeds):
    with pytest.raises(ValueError, match="Expected"):
        Speeds(*speeds)
