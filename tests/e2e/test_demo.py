import csv
import fcntl
import json
import subprocess
import sys
from pathlib import Path

import pytest

OFFICERS = Path(sys.executable).parent / "officers"


def officers(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([OFFICERS, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.timeout(600)
def test_the_demo_plans_any_area_directory_and_leaves_nothing_running(area_folder: Path, tmp_path: Path) -> None:
    state, out = tmp_path / "var", tmp_path / "out"
    done = officers("demo", "--area", area_folder, "--state", state, "--out", out, "--presence", "none", "--json",
                    "--approve", "A. Supervisor")  # fmt: skip
    assert done.returncode == 0, done.stderr
    (shift,) = json.loads(done.stdout)["shifts"]
    assert shift["schedule"]["status"] == "OPTIMAL"
    assert [row["deployment"] for row in shift["recordedCalls"]] == ["Plan", "One per sector", "Proportional"]
    (plan,) = json.loads((out / "plan.json").read_text())["plans"]
    assert plan["state"] == "PLAN_STATE_APPROVED"
    rows = list(csv.DictReader((out / "schedule.csv").read_text().splitlines()))
    assert len(rows) == 6 * 4
    assert {row["date"] for row in rows} == {"2022-02-25"}
    assert json.loads((out / "routes.geojson").read_text())["features"]
    assert "Fourfield" in (out / "report.html").read_text()
    with (state / "lock").open() as lock:  # children hold the lock as long as they live
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
