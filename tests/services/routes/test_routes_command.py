"""`officers routes`."""

import json
from pathlib import Path

import gpxpy
import pytest
import shapely
from click.testing import CliRunner, Result

from cli.routes import routes
from services.routes.testing import grid_point, grid_streets
from serving.errors import FailedPrecondition, InvalidArgument, NotFound, OfficersError


def run(*arguments: str) -> Result:
    return CliRunner().invoke(routes, list(arguments))


def test_plan_writes_one_line_per_route(tmp_path: Path) -> None:
    out = tmp_path / "new" / "routes.geojson"
    result = run("plan", "--count", "3", "--seed", "4", "--reward", "likelihood", "--out", str(out), "--json")
    assert result.exit_code == 0, result.output
    summary = json.loads(result.output)
    assert (summary["network"], summary["segment_count"], summary["incident_count"]) == ("geodanet", 293, 287)
    assert summary["quality"]["seed"] == 4
    collection = json.loads(out.read_text())
    assert collection["type"] == "FeatureCollection"
    for feature, route in zip(collection["features"], summary["routes"], strict=True):
        assert feature["geometry"]["type"] == "LineString"
        assert feature["properties"]["minutes"] == pytest.approx(route["minutes"], abs=1e-3)
        assert feature["properties"]["reward_kind"] == "likelihood"
        assert all(
            -112 < longitude < -111 < 33 < latitude < 34 for longitude, latitude in feature["geometry"]["coordinates"]
        )
    assert [file.name for file in out.parent.iterdir()] == ["routes.geojson"]


def test_plan_prints_a_summary_for_people(tmp_path: Path) -> None:
    result = run("plan", "--count", "2", "--out", str(tmp_path / "routes.geojson"))
    assert "geodanet: 293 street segments" in result.output
    assert "Route 2:" in result.output


def area_directory(folder: Path, with_roads: bool = True) -> Path:
    """Write an area of one sector: a block with a street around it and a diagonal."""
    corners = [(-73.98, 40.75), (-73.979, 40.75), (-73.979, 40.751), (-73.98, 40.751)]
    ring = [list(corner) for corner in (*corners, corners[0])]
    properties = {"id": "A", "name": "A"}
    feature = {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    (folder / "sectors.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    rows = [f"{day},2020-01-{day:02d}T10:00:00,theft,40.7501,-73.9795" for day in range(1, 20)]
    (folder / "incidents.csv").write_text("\n".join(["id,time,type,latitude,longitude", *rows]))
    (folder / "nodes.csv").write_text(
        "\n".join(["node,longitude,latitude", *(f"{node},{x},{y}" for node, (x, y) in enumerate(corners))])
    )
    ends = [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)]
    ends += [(there, here) for here, there in ends]
    (folder / "arcs.csv").write_text(
        "\n".join(
            ["arc,from_node,to_node,urgent_minutes,normal_minutes"]
            + [f"{arc},{here},{there},1,1" for arc, (here, there) in enumerate(ends)]
        )
    )
    settings = [
        'name = "Block"',
        'time_zone = "America/New_York"',
        "cell_size_degrees = 0.001",
        "[incidents]",
        'file = "incidents.csv"',
        'columns = {id = "id", time = "time", type = "type", latitude = "latitude", longitude = "longitude"}',
        'time_format = "iso"',
        "[sectors]",
        'file = "sectors.geojson"',
        "[shifts]",
        'day = {start = "08:00", hours = 12, cars = 2}',
    ]
    roads = ["[roads]", 'nodes = "nodes.csv"', 'arcs = "arcs.csv"']
    (folder / "area.toml").write_text("\n".join([*settings, *(roads if with_roads else [])]))
    return folder


def test_plan_on_a_sector_of_an_area_directory(tmp_path: Path) -> None:
    out = tmp_path / "routes.geojson"
    folder = tmp_path / "area"
    folder.mkdir()
    result = run("plan", "--area", str(area_directory(folder)), "--sector", "A", "--out", str(out), "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    summary = json.loads(result.output)
    assert (summary["segment_count"], summary["incident_count"]) == (3, 19)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--network", "atlantis"), NotFound),
        (("--count", "0"), InvalidArgument),
        (("--budget-minutes", "nan"), InvalidArgument),
        (("--budget-minutes", "0.02"), InvalidArgument),
        (("--sector", "A"), InvalidArgument),
        (("--area", "AREA", "--sector", "A", "--network", "geodanet"), InvalidArgument),
        (("--area", "AREA", "--sector", "B"), NotFound),
        (("--area", "AREA", "--sector", "A"), FailedPrecondition),
    ],
)
def test_bad_input_raises_one_clear_error_and_writes_nothing(
    tmp_path: Path, arguments: tuple[str, ...], error: type[OfficersError]
) -> None:
    out, folder = tmp_path / "routes.geojson", tmp_path / "area"
    folder.mkdir()
    area_directory(folder, with_roads=False)
    result = run("plan", *(str(folder) if word == "AREA" else word for word in arguments), "--out", str(out))
    assert isinstance(result.exception, error), (result.output, result.exception)
    assert "\n" not in str(result.exception)
    assert not out.exists()


def test_plan_on_streets_and_incidents_from_files(tmp_path: Path) -> None:
    streets, incidents = tmp_path / "grid.geojson", tmp_path / "incidents.csv"
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": street.line.tolist()},
            "properties": {"name": "Main Street"},
        }
        for street in grid_streets(4, 4)
    ]
    streets.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    longitude, latitude = grid_point(1, 1)
    incidents.write_text(f"longitude,latitude\n{longitude},{latitude}\n0,0\n")
    out, gpx = tmp_path / "routes.geojson", tmp_path / "routes.gpx"
    arguments = ("plan", "--streets", str(streets), "--incidents", str(incidents), "--out", str(out))
    result = run(*arguments, "--gpx", str(gpx), "--crews", "2", "--count", "2", "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    summary = json.loads(result.output)
    assert (summary["segment_count"], summary["incident_count"], summary["excluded_incident_count"]) == (20, 1, 1)
    assert summary["quality"]["seed"] > 0
    (first, second) = json.loads(out.read_text())["features"]
    assert (first["properties"]["crew"], second["properties"]["crew"]) == (0, 1)
    turns = first["properties"]["turns"]
    assert turns[0]["turn"] == "start"
    assert {turn["street"] for turn in turns} == {"Main Street"}
    assert sum(turn["length_m"] for turn in turns) == pytest.approx(first["properties"]["length_m"], abs=0.1)
    tracks = gpxpy.parse(gpx.read_text()).tracks
    assert [track.name for track in tracks] == ["Route 1", "Route 2"]
    assert "start into Main Street" in tracks[0].description
    assert len(tracks[0].segments[0].points) == len(first["geometry"]["coordinates"])
    assert isinstance(run(*arguments, "--network", "geodanet").exception, InvalidArgument)
    incidents.write_text("x,y\n1,2\n")
    assert isinstance(run(*arguments).exception, InvalidArgument)


@pytest.mark.parametrize("source", [(), ("--network", "geodanet"), ("--area", "AREA", "--sector", "A")])
def test_incidents_without_streets_are_refused(tmp_path: Path, source: tuple[str, ...]) -> None:
    incidents = tmp_path / "incidents.csv"
    incidents.write_text("longitude,latitude\n0,0\n")
    result = run("plan", *source, "--incidents", str(incidents), "--out", str(tmp_path / "routes.geojson"))
    assert isinstance(result.exception, InvalidArgument), (result.output, result.exception)
    assert str(result.exception).startswith("--incidents: Expected --streets with it")


@pytest.mark.parametrize("option", ["--out", "--gpx"])
def test_a_place_that_cannot_be_written_to_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    def never(*_arguments: object) -> None:
        pytest.fail(f"planned before {option} was looked at")

    monkeypatch.setattr("cli.routes.plan_routes", never)
    (tmp_path / "file").write_text("")
    files = {"--out": "routes.geojson", "--gpx": "routes.gpx", option: "file/routes"}
    result = run("plan", *(word for name, file in files.items() for word in (name, str(tmp_path / file))))
    assert isinstance(result.exception, InvalidArgument), (result.output, result.exception)
    assert f"{option}: Expected a folder that can be written to" in str(result.exception)
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def write_grid(folder: Path, size: int) -> tuple[str, ...]:
    """Write the streets of a grid and an incident in it; return the arguments that plan on them."""
    streets, incidents = folder / "grid.geojson", folder / "incidents.csv"
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": street.line.tolist()},
            "properties": {"oneway": "sometimes"},
        }
        for street in grid_streets(size, size)
    ]
    streets.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    longitude, latitude = grid_point(1, 1)
    incidents.write_text(f"longitude,latitude\n{longitude},{latitude}\n")
    return ("plan", "--streets", str(streets), "--incidents", str(incidents), "--out", str(folder / "routes.geojson"))


def test_clipped_routes_stay_in_the_polygon_and_what_is_cut_off_is_told(tmp_path: Path) -> None:
    arguments = write_grid(tmp_path, 5)
    clip = tmp_path / "clip.geojson"
    boxes = {
        "A": shapely.box(*grid_point(0, 0), *grid_point(2, 2)),
        "B": shapely.box(*grid_point(3, 3), *grid_point(4, 4)),
    }
    features = [
        {"type": "Feature", "geometry": shapely.geometry.mapping(box), "properties": {"id": name}}
        for name, box in boxes.items()
    ]
    clip.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    clipped = (*arguments, "--clip", str(clip), "--clip-feature", "A")
    result = run(*clipped, "--turn-minutes", "0.5", "0.2", "2", "--count", "10", "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    assert json.loads(result.output)["streets_file"] == {
        "unusable_count": 0, "outside_count": 28, "turn_rule_count": 0, "unused_turn_rule_count": 0,
        "unknown_one_way_count": 40,
    }  # fmt: skip
    grown = boxes["A"].buffer(0.0004)  # the 30 m that belong to a sector
    for feature in json.loads((tmp_path / "routes.geojson").read_text())["features"]:
        assert grown.covers(shapely.geometry.shape(feature["geometry"]))
    told = run(*clipped).output
    assert "28 pieces outside" in told
    assert "Directions of 40 features are not understood" in told
    assert isinstance(run(*arguments, "--clip", str(clip), "--clip-feature", "C").exception, NotFound)
    for refused in ((*arguments, "--clip-feature", "A"), (*arguments, "--clip", str(tmp_path / "absent"))):
        assert isinstance(run(*refused).exception, InvalidArgument)
    clip.write_text(json.dumps({"type": "Point", "coordinates": [0, 0]}))
    assert isinstance(run(*arguments, "--clip", str(clip)).exception, InvalidArgument)


def test_bench_prints_the_comparison_as_json_and_plots_the_trade_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.routes.DEFAULT_DATA", tmp_path / "absent")
    curve = tmp_path / "curve.svg"
    result = run("bench", "--runs", "2", "--top", "5", "--curve", str(curve), "--json")
    rows = json.loads(result.output)["results"]
    assert [row["reward"] for row in rows] == ["likelihood", "gi_star", "collective", "shortest_path"]
    assert {row["network"] for row in rows} == {"geodanet"}
    assert set(rows[0]) == {
        "network", "reward", "r2", "mean_reward", "never_visited", "entropy_bits", "adversary_hit_rate",
        "seconds_per_run",
    }  # fmt: skip
    swept = json.loads(result.output)["trade_off"]
    assert {row["stop_threshold"] for row in swept} == {0.05, 0.1, 0.15, 0.2, 0.25, None}
    assert curve.read_text().startswith("<svg")


def test_bench_refuses_a_folder_without_data(tmp_path: Path) -> None:
    assert isinstance(run("bench", "--data", str(tmp_path)).exception, InvalidArgument)


def test_likelihood_options_need_an_area_and_choose_incidents(tmp_path: Path) -> None:
    folder = tmp_path / "area"
    folder.mkdir()
    arguments = ("plan", "--area", str(area_directory(folder)), "--sector", "A", "--out", str(tmp_path / "out.geojson"))
    every = json.loads(run(*arguments, "--json").output)
    assert every["incident_count"] == 19
    result = run(
        *arguments, "--window", "00:00-23:59", "--half-life-days", "30", "--type-weight", "theft", "2", "--json"
    )
    assert json.loads(result.output)["incident_count"] == 19
    assert run(*arguments, "--window", "noon").exit_code == 2
    refused = run("plan", "--window", "22:00-06:00", "--out", str(tmp_path / "out.geojson"))
    assert isinstance(refused.exception, InvalidArgument)
