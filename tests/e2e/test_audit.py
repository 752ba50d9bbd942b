import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

OFFICERS = Path(sys.executable).parent / "officers"
POLICY = """
[[policy.leave_out]]
from_date = 2021-01-01
to_date = 2021-01-14
reason = "The first weeks were entered later."
"""


def audit(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([OFFICERS, "audit", *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def policed_folder(area_folder: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "area"
    shutil.copytree(area_folder, folder)
    with (folder / "area.toml").open("a") as file:
        file.write(POLICY)
    return folder


@pytest.mark.timeout(600)
def test_exposure_by_residents(policed_folder: Path, tmp_path: Path) -> None:
    residents, out = tmp_path / "residents.csv", tmp_path / "out"
    residents.write_text(
        "sector,group,residents\nSW,north,0\nSW,south,5000\nSE,south,1000\nNW,north,2000\nNE,north,1000\n"
    )
    done = audit("exposure", "--area", policed_folder, "--state", tmp_path / "var", "--residents", residents, "--model",
                 "low_rank", "--time-limit", "2", "--json", "--out", out)  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["policy"] == ["left out: 2021-01-01 to 2021-01-14 (84 records). The first weeks were entered later."]
    groups = {group["name"]: group for group in result["groups"]}
    assert groups.keys() == {"north", "south"}
    assert sum(group["car_hours"] for group in groups.values()) == pytest.approx(6 * 4)
    assert groups["south"]["reported_per_day"] > groups["north"]["reported_per_day"]
    assert groups["north"]["hours_per_1000_residents"] == pytest.approx(groups["north"]["car_hours"] / 3)
    assert [sector["name"] for sector in result["sectors"]] == ["NE", "NW", "SE", "SW"]
    assert "| south |" in (out / "exposure.md").read_text()


@pytest.mark.timeout(600)
def test_feedback(policed_folder: Path, tmp_path: Path) -> None:
    done = audit(
        "feedback", "--area", policed_folder, "--state", tmp_path / "var", "--days", "90", "--runs", "5", "--json"
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert sum(result["reported_per_day"]) == pytest.approx(6.0, rel=0.02)
    assert result["cases"][0]["verdict"] == "follows the reported incidents"
    inside = policed_folder / "residents.csv"
    inside.write_text("sector,group,residents\nSW,x,1\n")
    refused = audit("exposure", "--area", policed_folder, "--state", tmp_path / "var", "--residents", inside)
    assert refused.returncode == 2
    assert "outside the area directory" in refused.stderr
