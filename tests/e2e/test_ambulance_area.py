"""An ambulance service from its dispatch records alone: sectors without points, severities as whole numbers."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
RECORDS = ROOT.parent / "shared" / "data" / "manhattan"
OFFICERS = Path(sys.executable).parent / "officers"
pytestmark = pytest.mark.skipif(not RECORDS.is_dir(), reason=f"the dispatch records are not at {RECORDS}")

AREA_TOML = """\
name = "Manhattan ambulances"
time_zone = "America/New_York"
holidays = {country = "US", subdivision = "NY"}
cell_size_degrees = 0.01
train_until = 2014-12-31
[incidents]
file = "incidents.parquet"
columns = {type = "severity"}
[sectors]
file = "sectors.geojson"
[services]
file = "services.csv"
[roads]
nodes = "road_nodes.parquet"
arcs = "road_arcs.parquet"
[travel]
calibrate = true
[shifts]
day = {start = "07:00", hours = 12, cars = 18}
"""
HEADER = "type,priority,target_minutes,cars_required,lognormal_mu,lognormal_sigma,maximum_minutes"
SEVERITIES = range(1, 10)


@pytest.fixture(scope="module")
def area_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Severities 1 to 3 are urgent; responses in seconds become minutes."""
    folder = tmp_path_factory.mktemp("ambulances")
    (folder / "area.toml").write_text(AREA_TOML)
    records = pd.read_parquet(RECORDS / "ems_calls.parquet")
    records = records.assign(response_minutes=records.pop("response_seconds") / 60)
    records.to_parquet(folder / "incidents.parquet")
    rows = (f"{number},{'urgent,12' if number <= 3 else 'other,25'},1,3.6,0.5,240" for number in SEVERITIES)
    (folder / "services.csv").write_text("\n".join((HEADER, *rows)) + "\n")
    for name in ("sectors.geojson", "road_nodes.parquet", "road_arcs.parquet"):
        shutil.copyfile(RECORDS / name, folder / name)
    return folder


def officers(state: Path, area_folder: Path, *command: str) -> dict[str, Any]:
    """Run a command of `officers` on the area, and return its answer."""
    arguments = [OFFICERS, *command, "--area", area_folder, "--state", state, "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, env=environment, cwd=state)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.timeout(900)
def test_train_optimize_and_simulate(area_folder: Path, tmp_path: Path) -> None:
    trained = officers(tmp_path, area_folder, "predict", "train", "--models", "climatology", "--allow-worse")
    assert trained["kind"] == "climatology"
    demand = officers(
        tmp_path, area_folder, "demand", "optimize", "--training-scenarios", "10", "--validation-scenarios", "20",
        "--time-limit", "5",
    )  # fmt: skip
    assert len(demand["plan"]["sectorIds"]) == 22
    assert all(sum(period["cars"]) == 18 for period in demand["plan"]["periods"])
    recorded = officers(tmp_path, area_folder, "simulate", "--calls", "recorded", "--date", "2015-04-02")
    sampled = officers(tmp_path, area_folder, "simulate", "--calls", "sampled", "--scenarios", "50")
    for answer in (recorded, sampled):
        assert answer["unreached"]["checkedCount"] == answer["results"][0]["calls"]
        # The middle of all recorded responses is 7.0 minutes; roads alone would give half of that.
        assert 5.5 < answer["results"][0]["medianResponseMinutes"] < 8.5
