import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from click.testing import CliRunner

from cli.predict_bench.areas import CellSize, import_with_cells, parse_cell_size
from cli.predict_bench.checks import _spread_checks
from cli.predict_bench.command import bench
from services.predictor.score_intervals import DispersionScore
from serving.errors import InvalidArgument
from tests.services.predictor.small_area import SmallArea

DATES = ["--train-until", "2015-02-20", "--choose-until", "2015-03-01", "--report-until", "2015-03-12"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("area")
    for name, content in SmallArea().files().items():
        (path / name).write_bytes(content)
    return path


@pytest.fixture
def folder_with_weather(tmp_path: Path) -> Callable[[int], Path]:
    def write(rain: int) -> Path:
        area = SmallArea()
        area.toml = area.toml.replace("[sectors]", '[conditions]\nfile = "weather.csv"\n[sectors]')
        area.more = {"weather.csv": f"time,rain\n2015-01-01T00:00,{rain}\n".encode()}
        path = tmp_path / f"rain-{rain}"
        path.mkdir()
        for name, content in area.files().items():
            (path / name).write_bytes(content)
        return path

    return write


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


def test_a_bench_has_the_conditions_that_training_has(folder_with_weather, tmp_path):
    dry, wet = (folder_with_weather(rain) for rain in (0, 1))
    first, second = (import_with_cells(each, CellSize(0.02, "degrees"), tmp_path) for each in (dry, wet))
    assert first.area.conditions.names == ("rain",)
    assert first.artifact != second.artifact


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


def test_fits_of_other_days_or_records_are_not_taken_up(folder, tmp_path):
    def results(area, choose_until):
        days = ["--train-until", "2015-02-20", "--choose-until", choose_until, "--report-until", "2015-03-12"]
        options = ["--models", "climatology", "--grids", "0.02", "--frames", "60", "--work", str(tmp_path / "work")]
        found = CliRunner().invoke(bench, ["--area", str(area), *days, *options, "--json"], catch_exceptions=False)
        return {row["predictor"]: row for row in json.loads(found.stdout)["results"]}

    cut = tmp_path / "cut"
    shutil.copytree(folder, cut)
    rows = pd.read_csv(folder / "incidents.csv")
    rows[rows["time"] >= "2015-01-20"].to_csv(cut / "incidents.csv", index=False)
    first, later, fewer = results(folder, "2015-03-01"), results(folder, "2015-03-03"), results(cut, "2015-03-01")
    assert later["climatology"]["actual_count"] < first["climatology"]["actual_count"]
    for other in (later, fewer):
        assert other["climatology"]["choose_deviance"] != first["climatology"]["choose_deviance"]
    names = sorted(path.name for path in (tmp_path / "work" / "small-town").iterdir())
    assert len(names) == 3
    assert all(name.startswith("0.02-degrees-60-1-2015-02-20-2015-03-12-") for name in names)
    assert results(folder, "2015-03-01") == first


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


@pytest.mark.parametrize(("recorded", "sampled", "met"), [(2.0, 2.19, True), (2.0, 1.79, False), (0.0, 1.2, False)])
def test_scenarios_vary_as_recorded_days_do_also_where_one_day_does_not_vary(recorded, sampled, met):
    score = SimpleNamespace(coverages=(), dispersions=(DispersionScore("day", recorded, sampled),))
    (check,) = _spread_checks(score)
    assert check.met is met
