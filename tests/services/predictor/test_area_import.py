import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from services.predictor.area import Priority, TravelSpeeds
from services.predictor.area_convert import area_bytes, parse_area
from services.predictor.area_import import import_area
from services.predictor.incident_table import SCHEMA
from services.predictor.sector_map import SectorMap
from serving.errors import InvalidArgument
from tests.services.predictor.small_area import SOUTH, WEST, square, zipped


def _rejections(imported, store):
    return pd.read_csv(io.BytesIO(store.get(imported.report.rejections_artifact)), dtype=str).fillna("")


def test_a_clean_area_keeps_every_row(imported, session_store, small_area):
    area, report = imported.area, imported.report
    assert report.rows_read == report.rows_accepted == len(small_area.rows)
    assert report.rejections == ()
    assert report.rejections_artifact == ""
    assert [sector.id for sector in area.sectors] == ["A", "B", "C"]
    assert [service.type for service in area.service_types] == ["fight", "theft"]
    assert area.service_types[0].priority is Priority.URGENT
    table = session_store.get_table(area.incidents_artifact)
    assert table.schema.equals(SCHEMA)
    times = table.column("time").to_pandas()
    assert times.is_monotonic_increasing
    assert str(times.dt.tz) == "UTC"


def test_incidents_lie_in_the_grid_and_carry_their_sector(imported, incidents):
    area = imported.area
    latitudes, longitudes = incidents["latitude"].to_numpy(), incidents["longitude"].to_numpy()
    assert (area.grid.cells(latitudes, longitudes) >= 0).all()
    located = SectorMap.of(area.sectors).locate(latitudes, longitudes)
    assert [area.sectors[position].id for position in located] == incidents["sector"].tolist()


def test_centres_lie_inside_their_sectors(imported):
    for sector in imported.area.sectors:
        point = shapely.Point(sector.centre.longitude, sector.centre.latitude)
        assert shapely.from_geojson(sector.geometry_geojson).contains(point)


def test_the_same_archive_gives_the_same_area(small_area, store, imported):
    assert import_area(small_area.zipped(), store).area == imported.area


def test_serialising_an_area_loses_nothing(imported):
    assert parse_area(area_bytes(imported.area)) == imported.area
    travel = TravelSpeeds(20.0, 40.0, 1.2, 1.5, tuple(1 + hour / 24 for hour in range(24)), "http://osrm", "car", True)
    assert parse_area(area_bytes(replace(imported.area, travel=travel))).travel == travel
    for content in (b"\xff\xff", b"", b"hello"):
        with pytest.raises(InvalidArgument, match="area snapshot"):
            parse_area(content)


BAD_ROWS = [
    ("number", "", "id", "missing id"),
    ("number", "N0", "id", "duplicate id"),
    ("time", "", "time", "missing time"),
    ("time", "yesterday", "time", "time cannot be read"),
    ("time", "2015-03-08T02:30", "time", "local time does not exist (clocks went forward)"),
    ("type", " ", "type", "missing type"),
    ("latitude", "", "latitude", "missing coordinates"),
    ("latitude", "north", "latitude", "expected a finite number of degrees"),
    ("longitude", "inf", "longitude", "expected a finite number of degrees"),
    ("longitude", "nan", "longitude", "expected a finite number of degrees"),
    ("latitude", "95", "latitude", "expected -90 to 90 degrees"),
    ("longitude", "-70", "latitude", "out of the area"),
]


def test_bad_rows_are_reported_with_row_field_value_and_reason(small_area, store):
    rows = small_area.rows.astype(str)
    for position, (column, value, _, _) in enumerate(BAD_ROWS):
        rows.loc[10 + position, column] = value
    small_area.rows = rows
    imported = import_area(small_area.zipped(), store)
    rejected = _rejections(imported, store)
    assert rejected["row"].tolist() == [str(11 + position) for position in range(len(BAD_ROWS))]
    assert rejected["field"].tolist() == [field for _, _, field, _ in BAD_ROWS]
    assert rejected["reason"].tolist() == [reason for _, _, _, reason in BAD_ROWS]
    assert rejected["value"][3] == "yesterday"
    assert imported.report.rows_accepted == len(rows) - len(BAD_ROWS)
    assert sum(count.row_count for count in imported.report.rejections) == len(BAD_ROWS)
    first = imported.report.rejections[0]
    assert (first.field, first.row_count, first.first_row) == ("longitude", 2, 19)


def test_a_row_is_counted_for_its_first_fault_only(small_area, store):
    small_area.rows = small_area.rows.astype(str)
    small_area.rows.loc[5] = ["", "", "", "", ""]
    report = import_area(small_area.zipped(), store).report
    assert [(count.field, count.row_count) for count in report.rejections] == [("id", 1)]


def test_zero_coordinates_are_missing_coordinates(small_area, store):
    small_area.rows.loc[0, ["latitude", "longitude"]] = 0.0
    report = import_area(small_area.zipped(), store).report
    assert report.rejections[0].reason == "missing coordinates"


def test_optional_columns_are_checked_and_kept(small_area, store):
    rows = small_area.rows
    rows["priority"] = ["urgent", "high", *["other"] * (len(rows) - 2)]
    rows["cars_required"] = [1.5, 0, 3, *[np.nan] * (len(rows) - 3)]
    rows["service_minutes"] = [10, 10, 12.5, -1, *[np.nan] * (len(rows) - 4)]
    imported = import_area(small_area.zipped(), store)
    reasons = {(count.field, count.first_row) for count in imported.report.rejections}
    assert reasons == {("priority", 2), ("cars_required", 1), ("service_minutes", 4)}
    table = store.get_table(imported.area.incidents_artifact).to_pandas().set_index("id")
    assert (table.loc["N2", "cars_required"], table.loc["N2", "service_minutes"]) == (3, 12.5)
    assert table.loc["N2", "priority"] == "other"


def test_a_point_outside_every_sector_is_kept_with_a_known_sector(small_area, store):
    rows = small_area.rows
    rows["sector"] = ""
    rows.loc[0, ["latitude", "longitude", "sector"]] = [SOUTH + 0.0255, WEST + 0.01, "C"]
    rows.loc[1, ["latitude", "longitude", "sector"]] = [SOUTH + 0.0255, WEST + 0.01, "Z"]
    rows.loc[2, "sector"] = "Z"
    imported = import_area(small_area.zipped(), store)
    assert _rejections(imported, store)[["row", "reason"]].values.tolist() == [["2", "out of the area"]]
    table = store.get_table(imported.area.incidents_artifact).to_pandas().set_index("id")
    assert table.loc["N0", "sector"] == "C"
    assert table.loc["N2", "sector"] in "ABC"


def test_a_row_without_point_is_placed_in_its_sector(small_area, store):
    rows = small_area.rows
    rows["sector"] = ""
    rows.loc[:9, ["latitude", "longitude"]] = np.nan
    rows.loc[:8, "sector"] = "B"
    rows.loc[9, "sector"] = "Z"
    imported = import_area(small_area.zipped(), store)
    assert imported.report.rejections[0].reason == "unknown sector and no point"
    assert "9 incidents have a sector but no point; a point in the sector was drawn." in imported.report.notes
    table = store.get_table(imported.area.incidents_artifact).to_pandas().set_index("id")
    placed = table.loc[[f"N{row}" for row in range(9)]]
    located = SectorMap.of(imported.area.sectors).locate(placed["latitude"].to_numpy(), placed["longitude"].to_numpy())
    assert (located == 1).all()


def test_hours_are_noted_and_get_minutes(small_area, store):
    small_area.rows["time"] = small_area.rows["time"].str[:13]
    small_area.toml = small_area.toml.replace("[sectors]", 'time_format = "%Y-%m-%dT%H"\nprecision = "hour"\n[sectors]')
    imported = import_area(small_area.zipped(), store)
    assert "Times are recorded to the hour; the minute was drawn." in imported.report.notes
    minutes = store.get_table(imported.area.incidents_artifact).to_pandas()["time"].dt.minute
    assert set(range(60)) == set(minutes)


def test_types_without_a_row_get_stated_defaults(small_area, store):
    small_area.services = "\n".join(small_area.services.splitlines()[:2])
    imported = import_area(small_area.zipped(), store)
    theft = imported.area.service_types[1]
    assert (theft.assumed, theft.priority, theft.target_minutes, theft.cars_required) == (True, Priority.OTHER, 30.0, 1)
    assert any(note.startswith("No service row for theft") for note in imported.report.notes)


def test_ambiguous_times_are_counted(small_area, store):
    small_area.rows.loc[:3, "time"] = "2014-11-02T01:10"
    assert (
        "4 local times came twice when clocks went back; the first was taken."
        in import_area(small_area.zipped(), store).report.notes
    )


@pytest.mark.parametrize(
    ("responses", "calibrates", "is_noted"), [(300, "false", True), (299, "false", False), (300, "true", False)]
)
def test_recorded_responses_that_travel_is_not_fitted_to_are_noted(small_area, store, responses, calibrates, is_noted):
    column = [f"{6 + row % 5}" if row < responses else "" for row in range(len(small_area.rows))]
    small_area.rows = small_area.rows.assign(response_minutes=column)
    small_area.toml += f"\n[travel]\ncalibrate = {calibrates}\n"
    notes = import_area(small_area.zipped(), store).report.notes
    assert any(note.startswith(f"{responses} records tell response_minutes") for note in notes) == is_noted


def test_parquet_incidents(small_area, store, imported):
    rows = small_area.rows.assign(time=pd.to_datetime(small_area.rows["time"]))
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(rows, preserve_index=False), buffer)
    small_area.more["incidents.parquet"] = buffer.getvalue()
    small_area.toml = small_area.toml.replace("incidents.csv", "incidents.parquet")
    assert import_area(small_area.zipped(), store).area == imported.area


@pytest.mark.parametrize("gaps", [False, True])
def test_types_and_sectors_may_be_whole_numbers(small_area, store, gaps):
    rows = small_area.rows.assign(type=np.where(small_area.rows["type"] == "fight", 2, 10))
    rows["sector"] = np.where(rows["longitude"] < WEST + 0.015, 1.0, np.nan) if gaps else 1
    if gaps:
        rows["type"] = rows["type"].astype(float).where(rows.index != 5)
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(rows, preserve_index=False), buffer)
    small_area.more["incidents.parquet"] = buffer.getvalue()
    small_area.toml = small_area.toml.replace("incidents.csv", "incidents.parquet")
    small_area.services = small_area.services.replace("fight", "2").replace("theft", "10")
    small_area.sectors["features"][1]["properties"]["id"] = 1
    imported = import_area(small_area.zipped(), store)
    assert [(service.type, service.assumed) for service in imported.area.service_types] == [("10", False), ("2", False)]
    assert [count.reason for count in imported.report.rejections] == (["missing type"] if gaps else [])
    assert "1" in {sector.id for sector in imported.area.sectors}


def test_metric_cells(small_area, store):
    small_area.toml = small_area.toml.replace("cell_size_degrees = 0.01", "cell_size_m = 500")
    grid = import_area(small_area.zipped(), store).area.grid
    assert grid.cell_height_degrees * 111_195 == pytest.approx(500, rel=1e-3)
    assert grid.cell_width_degrees * 111_195 * np.cos(np.radians(41)) == pytest.approx(500, rel=1e-3)


def _replaced(name, content):
    return lambda area: area.more.update({name: content})


def _toml(old, new):
    return lambda area: setattr(area, "toml", area.toml.replace(old, new))


def _feature(position, **changes):
    return lambda area: area.sectors["features"][position].update(changes)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (_toml('id = "number"', 'id = "nummer"'), "incidents.columns.id"),
        (_toml('columns = {id = "number"}', ""), "incidents.columns.id"),
        (_toml('id = "number"', 'id = "number", priority = "urgency"'), "incidents.columns.priority"),
        (_toml("incidents.csv", "calls.csv"), "incidents.file"),
        (_toml("incidents.csv", "sectors.geojson"), "incidents.file"),
        (_replaced("incidents.csv", b"number,time,type,latitude,longitude\n"), "incidents.file"),
        (_replaced("incidents.csv", b""), "incidents.file"),
        (_replaced("incidents.csv", b"number,time,type,latitude,longitude\na,b\n"), "incidents.file"),
        (_replaced("incidents.csv", b"number,time,type,latitude,longitude\na,b,c,d,e\n"), "incidents.file"),
        (_replaced("incidents.csv", b"number,time,type\na,2015-01-01,c\n"), "incidents.columns"),
        (_replaced("sectors.geojson", b"{"), "sectors.file"),
        (_replaced("sectors.geojson", b'{"type": "Feature"}'), "sectors.file"),
        (_replaced("sectors.geojson", b'{"type": "FeatureCollection", "features": []}'), "sectors.file"),
        (_feature(1, properties={"name": "x"}), "sectors.features[1].id"),
        (_feature(1, properties={"id": "C"}), "sectors.features[1].id"),
        (_feature(2, geometry={"type": "Point", "coordinates": [0, 0]}), "sectors.features[2].geometry"),
        (
            _feature(2, geometry={"type": "Polygon", "coordinates": [[[0, 0], [1, "x"]]]}),
            "sectors.features[2].geometry",
        ),
        (_feature(2, geometry=square(400_000, 0, 500_000, 9)), "sectors.features[2].geometry"),
        (
            _feature(2, geometry={"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}),
            "sectors.features[2].geometry",
        ),
        (_replaced("services.csv", b"type,priority\nfight,urgent\n"), "services.file"),
        (_toml("train_until = 2015-03-12", "train_until = 2016-01-01"), "train_until"),
        (_toml("train_until = 2015-03-12", "train_until = 2014-12-31"), "train_until"),
        (_toml("cell_size_degrees = 0.01", "cell_size_degrees = 0.00001"), "cell_size_degrees"),
        (_toml("[shifts]", '[teams]\nx = ["Q"]\n[shifts]'), "teams.x[0]"),
    ],
)
def test_whole_file_faults_name_the_field(small_area, store, change, field):
    change(small_area)
    with pytest.raises(InvalidArgument) as caught:
        import_area(small_area.zipped(), store)
    assert [violation.field for violation in caught.value.violations] == [field]


def test_an_unreadable_parquet_file_is_named(small_area, store):
    small_area.more["incidents.parquet"] = b"PAR1 but not really PAR1"
    small_area.toml = small_area.toml.replace("incidents.csv", "incidents.parquet")
    with pytest.raises(InvalidArgument, match=r"incidents\.file: incidents\.parquet cannot be read as parquet"):
        import_area(small_area.zipped(), store)


def test_roads_are_stored(small_area, store):
    small_area.toml += '[roads]\nnodes = "nodes.csv"\narcs = "arcs.csv"\n'
    small_area.more["nodes.csv"] = b"node,longitude,latitude\n1,-74.0,40.7\n2,-73.99,40.71\n"
    small_area.more["arcs.csv"] = b"arc,from_node,to_node,urgent_minutes,normal_minutes,name\n1,1,2,0.5,1,High St\n"
    area = import_area(small_area.zipped(), store).area
    assert store.get_table(area.road_nodes_artifact).num_rows == 2
    assert store.get_table(area.road_arcs_artifact).column("name").to_pylist() == ["High St"]


def test_manhattan(manhattan, store):
    names = [path.name for path in manhattan.iterdir() if path.name != "ems_calls.parquet"]
    imported = import_area(zipped({name: (manhattan / name).read_bytes() for name in sorted(names)}), store)
    assert (imported.report.rows_read, imported.report.rows_accepted) == (36_535, 36_473)
    assert [count.reason for count in imported.report.rejections] == ["out of the area"]
    assert len(imported.area.sectors) == 22
    assert store.get_table(imported.area.road_arcs_artifact).num_rows == 24_437
    outlines = [shapely.from_geojson(sector.geometry_geojson) for sector in imported.area.sectors]
    assert max(shapely.get_num_coordinates(outlines)) <= 200
    assert {outline.geom_type for outline in outlines} <= {"Polygon", "MultiPolygon"}
