"""Streets from files, compared with what was put into them."""

from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pytest
import shapely

from services.routes.driving import driving_graph
from services.routes.imports.osm import Profile
from services.routes.imports.streets_file import import_streets
from services.routes.testing import grid_point, grid_streets
from serving.errors import FailedPrecondition, InvalidArgument


def write_osm(file: Path) -> Path:
    """Write a square with a bridge across it, a footway, a private way and a one-way side."""
    corners = {1: (0, 0), 2: (0, 2), 3: (2, 2), 4: (2, 0), 5: (1, -1), 6: (1, 3), 7: (0, 1)}
    ways = (
        ([1, 7, 2], {"highway": "residential", "name": "South Street"}),
        ([2, 3], {"highway": "primary", "oneway": "yes"}),
        ([3, 4, 1], {"highway": "service"}),
        ([5, 6], {"highway": "trunk", "bridge": "yes", "layer": "1"}),
        ([7, 3], {"highway": "footway"}),
        ([2, 4], {"highway": "residential", "access": "private"}),
    )
    with osmium.SimpleWriter(str(file)) as writer:
        for number, place in corners.items():
            longitude, latitude = grid_point(*place)
            writer.add_node(osmium.osm.mutable.Node(id=number, location=(longitude, latitude)))
        for number, (nodes, tags) in enumerate(ways, start=1):
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=nodes, tags=tags))
    return file


@pytest.mark.parametrize("suffix", [".osm", ".osm.pbf"])
def test_cars_obey_one_way_streets_and_bridges_do_not_meet_what_they_cross(tmp_path: Path, suffix: str) -> None:
    network = import_streets(write_osm(tmp_path / f"town{suffix}"), Profile.CAR).network
    assert network.segment_count == 2  # the one-way side, and all else joined into one two-way chain
    assert network.excluded_segment_count == 1
    assert sorted(np.logical_and(network.forward, network.backward).tolist()) == [False, True]
    assert "South Street" in network.names


def test_on_foot_the_footway_counts_and_every_way_is_two_way(tmp_path: Path) -> None:
    network = import_streets(write_osm(tmp_path / "town.osm"), Profile.FOOT).network
    assert network.segment_count == 3
    assert network.forward.all()
    assert network.backward.all()


@pytest.mark.parametrize("suffix", [".shp", ".geojson", ".gpkg"])
def test_long_lines_are_cut_at_crossings_and_near_misses_meet(tmp_path: Path, suffix: str) -> None:
    rows, columns, nudge = 4, 5, np.array([0.0, 1e-5])  # about a metre short
    across = [np.array([grid_point(row, 0), grid_point(row, columns - 1)]) for row in range(rows)]
    along = [np.array([grid_point(0, c) + nudge, grid_point(rows - 1, c) - nudge]) for c in range(columns)]
    frame = gpd.GeoDataFrame(
        {"name": [f"Street {number}" for number in range(rows + columns)]},
        geometry=[shapely.LineString(line) for line in (*across, *along)],
        crs="EPSG:4326",
    )
    file = tmp_path / f"grid{suffix}"
    (frame if suffix == ".geojson" else frame.to_crs("EPSG:32618")).to_file(file)
    network = import_streets(file, Profile.CAR).network
    expected = grid_streets(rows, columns)
    assert network.segment_count == len(expected) - 4  # two streets meet at each corner of the grid and become one
    assert network.excluded_segment_count == 0
    assert network.lengths_m.sum() == pytest.approx(sum(street.length_m for street in expected), abs=20)
    assert network.node_count == rows * columns - 4


def test_streets_are_clipped_to_a_sector(tmp_path: Path) -> None:
    file = tmp_path / "grid.geojson"
    lines = [shapely.LineString(street.line) for street in grid_streets(4, 4)]
    gpd.GeoDataFrame(geometry=lines, crs="EPSG:4326").to_file(file)
    sector = shapely.box(*grid_point(0, 0), *grid_point(2, 2))
    assert import_streets(file, Profile.CAR, sector).network.segment_count == 8
    with pytest.raises(FailedPrecondition, match="There are no streets"):
        import_streets(file, Profile.CAR, shapely.box(0, 0, 1, 1))


def write_crossroads(file: Path) -> Path:
    """Write a ring around a crossroads, speed limits, and restrictions of which two can be used."""
    places = {1: (0, 0), 2: (0, 2), 3: (2, 2), 4: (2, 0), 5: (1, 1), 6: (1, 0), 7: (1, 2), 8: (0, 1), 9: (2, 1)}
    ways = {
        1: ([6, 1, 8, 2, 7, 3, 9, 4, 6], "50"),
        2: ([6, 5], "20 mph"),
        3: ([5, 7], "walk"),
        4: ([8, 5], ""),
        5: ([5, 9], "10"),
    }
    restrictions: list[tuple[dict[str, str], list[tuple[int, str, str]]]] = [
        ({"restriction": "no_left_turn"}, [(2, "w", "from"), (5, "n", "via"), (5, "w", "to")]),
        ({"restriction": "only_straight_on"}, [(4, "w", "from"), (5, "n", "via"), (5, "w", "to")]),
        ({"restriction": "no_left_turn"}, [(2, "w", "from"), (3, "w", "via"), (5, "w", "to")]),
        ({"restriction": "no_right_turn"}, [(9, "w", "from"), (5, "n", "via"), (5, "w", "to")]),
        ({"restriction": "no_u_turn", "except": "emergency"}, [(2, "w", "from"), (5, "n", "via"), (3, "w", "to")]),
    ]
    with osmium.SimpleWriter(str(file)) as writer:
        for number, place in places.items():
            longitude, latitude = grid_point(*place)
            writer.add_node(osmium.osm.mutable.Node(id=number, location=(longitude, latitude)))
        for number, (nodes, limit) in ways.items():
            tags = {"highway": "residential", "maxspeed": limit, "name": f"Way {number}"}
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=nodes, tags=tags))
        for number, (tags, members) in enumerate(restrictions, start=1):
            named = [(kind, ref, role) for ref, kind, role in members]
            relation = osmium.osm.mutable.Relation(id=number, members=named, tags={"type": "restriction", **tags})
            writer.add_relation(relation)
    return file


@pytest.mark.parametrize("suffix", [".osm", ".osm.pbf"])
def test_turn_restrictions_and_speed_limits_of_openstreetmap(tmp_path: Path, suffix: str) -> None:
    imported = import_streets(write_crossroads(tmp_path / f"town{suffix}"), Profile.CAR)
    network, exclusions = imported.network, imported.exclusions
    assert (exclusions.turn_rule_count, exclusions.unused_turn_rule_count) == (4, 2)  # one is not for police cars
    named = {
        (network.names[before // 2], network.names[after // 2]) for before, after in network.forbidden_turns.tolist()
    }
    assert named == {("Way 2", "Way 5"), ("Way 4", "Way 2"), ("Way 4", "Way 3"), ("Way 4", "Way 4")}
    limits = {
        name: limit for name, limit in zip(network.names, network.speed_limits_km_h, strict=True) if "1" not in name
    }
    assert limits == pytest.approx({"Way 2": 32.18688, "Way 3": np.nan, "Way 4": np.nan, "Way 5": 10.0}, nan_ok=True)
    graph = driving_graph(network, 15.0)
    following = [set(graph.following(directed).tolist()) for directed in range(len(graph.allowed))]
    assert not any(after in following[before] for before, after in network.forbidden_turns.tolist())


def test_on_foot_restrictions_and_limits_do_not_hold(tmp_path: Path) -> None:
    imported = import_streets(write_crossroads(tmp_path / "town.osm"), Profile.FOOT)
    assert imported.exclusions.turn_rule_count == 0
    assert np.isnan(imported.network.speed_limits_km_h).all()


def test_a_street_that_leaves_the_sector_between_its_ends_is_cut_off(tmp_path: Path) -> None:
    file = tmp_path / "grid.geojson"
    lines = [shapely.LineString(street.line) for street in grid_streets(3, 3)]
    detour = shapely.LineString([grid_point(0, 0), grid_point(-3, 1), grid_point(0, 2)])
    gpd.GeoDataFrame(geometry=[*lines, detour], crs="EPSG:4326").to_file(file)
    sector = shapely.box(*grid_point(0, 0), *grid_point(2, 2))
    imported = import_streets(file, Profile.CAR, sector)
    assert imported.exclusions.outside_count == 1
    assert max(line[:, 1].min() for line in imported.network.lines) >= grid_point(0, 0)[1] - 1e-6


def test_broken_geometry_is_left_out_and_counted(tmp_path: Path) -> None:
    file = tmp_path / "mixed.geojson"
    good = [shapely.LineString(street.line) for street in grid_streets(3, 3)]
    shapes = [*good, shapely.Point(0, 0), shapely.LineString([grid_point(0, 0)] * 2), None]
    gpd.GeoDataFrame(geometry=shapes, crs="EPSG:4326").to_file(file)
    imported = import_streets(file, Profile.CAR)
    assert imported.exclusions.unusable_count == 3
    assert imported.network.segment_count == len(good) - 4


@pytest.mark.parametrize("suffix", [".shp", ".geojson", ".gpkg"])
@pytest.mark.parametrize("along", [1, "1", "yes", True])
def test_one_way_streets_stay_so_beside_an_empty_value(tmp_path: Path, suffix: str, along: object) -> None:
    file = tmp_path / f"ring{suffix}"
    corners = [grid_point(*place) for place in ((0, 0), (0, 3), (3, 3), (3, 0), (0, 0))]
    lines = [shapely.LineString(side) for side in pairwise(corners)] + [shapely.LineString(corners[:3:2])]
    frame = gpd.GeoDataFrame({"oneway": [along] * 4 + [None]}, geometry=lines, crs="EPSG:4326")
    frame["oneway"] = frame["oneway"].convert_dtypes()
    frame.to_file(file)
    imported = import_streets(file, Profile.CAR)
    assert (imported.network.forward & imported.network.backward).sum() == 1
    assert imported.exclusions.unknown_one_way_count == 0


def test_directions_that_are_not_understood_are_two_way_and_counted(tmp_path: Path) -> None:
    file = tmp_path / "grid.geojson"
    lines = [shapely.LineString(street.line) for street in grid_streets(3, 3)]
    words = ["sometimes", "2", "no", "", None, "0", "False", "n", *["both"] * (len(lines) - 8)]
    gpd.GeoDataFrame({"oneway": words}, geometry=lines, crs="EPSG:4326").to_file(file)
    imported = import_streets(file, Profile.CAR)
    assert (imported.network.forward & imported.network.backward).all()
    assert imported.exclusions.unknown_one_way_count == 2


@pytest.mark.filterwarnings("ignore:'crs' was not provided:UserWarning")  # that is the point
def test_a_file_without_projection_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "streets.shp"
    gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (1, 1)])]).to_file(file)
    with pytest.raises(InvalidArgument, match="name its projection"):
        import_streets(file, Profile.CAR)


@pytest.mark.parametrize("name", ["absent.osm", "broken.osm", "broken.pbf", "broken.geojson", "empty.geojson"])
def test_a_file_that_is_no_network_gives_one_clear_error(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    if name.startswith("broken"):
        file.write_text("no streets here")
    if name.startswith("empty"):
        file.write_text('{"type": "FeatureCollection", "features": []}')
    with pytest.raises(InvalidArgument, match="streets: Expected"):
        import_streets(file, Profile.CAR)
