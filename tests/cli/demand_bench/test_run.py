import json
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pytest

from cli.demand_bench.run import BenchOptions, _runner, run_bench
from cli.demand_bench.source import SourceOptions, _asked_for
from serving.errors import InvalidArgument
from tests.cli.demand_bench.stored import store_bench


@pytest.fixture
def options(tmp_path: Path) -> BenchOptions:
    """Options of a bench whose calls were drawn by an earlier run, so that it needs no services."""
    source = SourceOptions(tmp_path / "area", tmp_path / "var", date(2015, 11, 2), date(2015, 11, 8), 1, 10, 1)
    data = store_bench(tmp_path / "artifacts")
    (tmp_path / "work").mkdir()
    manifest = {"asked_for": _asked_for(source), "data": asdict(data)}
    (tmp_path / "work" / "manifest.json").write_text(json.dumps(manifest))
    return BenchOptions(source, cars=4, territory_cars=4, fewer_cars=3, block_minutes=720, studies=("location",))


def test_a_plan_that_follows_the_calls_beats_cars_kept_still(
    options: BenchOptions, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run() -> dict:
        run_bench(options, tmp_path / "work", 2, "", as_json=True)
        return json.loads(capsys.readouterr().out)

    found = run()
    assert [study["study"] for study in found["studies"]] == [
        "Location, whole area, 4 cars",
        "Location, own and adjacent only, 4 cars",
    ]
    for study in found["studies"]:
        rates = {each["name"]: each["failure_rate"] for each in study["deployments"]}
        for each in study["deployments"]:  # one way to lay a week over itself no time
            assert each["laying_failures"] == [sum(each["weekly_failures"])]
        # Two cars in the west, two in the east: of every four calls at once, two wait for half an hour.
        assert rates["one per sector"] == rates["proportional"] == 0.5
        # All four cars follow the calls, and are late for the four at each of the 13 turns of 14 half days.
        assert rates["plan"] == rates["by block, of the varied past"] == pytest.approx(13 * 4 / (7 * 64))
    assert all(check["met"] for check in found["checks"])
    jobs = sorted((tmp_path / "work" / "jobs").glob("*/*.json"))
    times = [file.stat().st_mtime_ns for file in jobs]
    assert len(jobs) == 2 * (2 + 7)  # of each study, one plan from the past, one from the varied past, and one a day
    assert run() == found
    assert [file.stat().st_mtime_ns for file in jobs] == times


def test_ray_without_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "cli.backtest.ray_jobs", raising=False)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InvalidArgument, match=r"^--ray: Expected the extra `ray` to be installed\.$"):
        _runner(2, "127.0.0.1:6379")
