import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.predict_bench.areas import CellSize, import_with_cells, parse_cell_size
from cli.predict_bench.command import bench
from serving.errors import InvalidArgument
from tests.services.predictor.small_area import SmallArea

DATES = ["--train-until", "2015-02-20", "--choose-until", "2015-03-01", "--report-until", "2015-03-12"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("area")
    for name, content in SmallArea().files().items():
        (path / name).write_bytes(content)
    return path


@pytest.mark.parametrize(("text", "size"), [("0.01", CellSize(0.01, "degrees")), (" 500m", CellSize(500.0, "m"))])
def test_cell_sizes_are_read(text, size):
    assert parse_cell_size(text) == size


@pytest.mark.parametrize("text", ["", "m", "0.01km", "1..2", "-1"])
def test_other_cell_sizes_are_refused(text):
    with pytest.raises(InvalidArgument, match="--grids"):
        parse_cell_size(text)


def test_an_area_is_imported_with_other_cells(folder, tmp_path):
    wide = import_with_cells(folder, CellSize(0.02, "degrees"), tmp_path).area
    assert wide.grid.cell_width_degrees == 0.02
    square = import_with_cells(folder, CellSize(500.0, "m"), tmp_path).area
    assert square.grid.cell_height_degrees == pytest.approx(500 / 111_195, rel=1e-3)
    assert wide.train_until_date == date(2015, 3, 12)


def test_models_are_compared_and_a_stopped_bench_goes_on(folder, tmp_path):
    options = ["--models", "climatology", "--grids", "0.02", "--frames", "60", "--work", str(tmp_path), "--json"]
    arguments = ["--area", str(folder), *DATES, *options]
    first = CliRunner().invoke(bench, arguments, catch_exceptions=False)
    rows = json.loads(first.stdout)["results"]
    assert [row["predictor"] for row in rows] == ["separable", "climatology"]
    assert sum(row["champion"] for row in rows) == 1
    champion = next(row for row in rows if row["champion"])
    assert len(champion["likely_match_scores"]) == 4
    assert champion["predicted_minus_actual"] == pytest.approx(champion["predicted_count"] - champion["actual_count"])
    kept = {path.name: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")}
    assert set(kept) == {"separable.npz", "climatology.npz"}
    again = CliRunner().invoke(bench, arguments, catch_exceptions=False)
    assert json.loads(again.stdout) == json.loads(first.stdout)
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")} == kept


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (["--models", "oracle"], "--models"),
        (["--frames", "45"], "--frames"),
        (["--train-until", "2016-01-01"], "--choose"),
    ],
)
def test_bad_options_are_named(folder, options, field):
    with pytest.raises(InvalidArgument, match=field):
        CliRunner().invoke(bench, ["--area", str(folder), *DATES, *options], catch_exceptions=False)


def test_an_area_without_settings_is_refused(tmp_path):
    with pytest.raises(InvalidArgument, match=r"area\.toml"):
        import_with_cells(tmp_path, CellSize(0.02, "degrees"), tmp_path)
