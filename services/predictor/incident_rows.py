"""Incident rows: from the agency's file to checked columns; every bad row goes into the rejection log."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from services.predictor.area import Priority
from services.predictor.area_file import (
    INCIDENT_COLUMNS,
    POINT_COLUMNS,
    REQUIRED_COLUMNS,
    TEXT_COLUMNS,
    IncidentsSection,
)
from services.predictor.data_policy import REPORTERS
from services.predictor.import_report import RejectionLog
from services.predictor.incident_times import draw_minutes, parse_times
from services.predictor.table_file import numbers, read_table, require_columns, texts
from serving.errors import InvalidArgument

MAXIMUM_CARS_REQUIRED = 100
MINUTE_SEED = 20_140_101


def read_rows(files: Mapping[str, bytes], section: IncidentsSection) -> pd.DataFrame:
    """Read the incidents file under our column names, indexed by row number (1 is the first data row).

    Raises
    ------
    InvalidArgument
        The file cannot be read, is empty, or has no column for a required or mapped field.
    """
    table = read_table(files, "incidents.file", section.file)
    sources = {name: section.columns.get(name, name) for name in INCIDENT_COLUMNS}
    for name, source in sources.items():
        if name in REQUIRED_COLUMNS or name in section.columns:
            require_columns(table, f"incidents.columns.{name}", [source])
    if table.num_rows == 0:
        raise InvalidArgument("incidents.file", "Expected incidents, got a file without rows.")
    present = {name: source for name, source in sources.items() if source in table.column_names}
    if not set(POINT_COLUMNS) <= set(present) and "sector" not in present:
        raise InvalidArgument("incidents.columns", "Expected latitude and longitude, or sector.")
    rows = pd.DataFrame({name: table.column(source).to_pandas() for name, source in present.items()})
    rows.index = pd.RangeIndex(1, len(rows) + 1)
    return rows


def check_rows(rows: pd.DataFrame, section: IncidentsSection, zone: str, log: RejectionLog) -> tuple[pd.DataFrame, int]:
    """Check ids, times, types and optional columns.

    Returns
    -------
    The accepted rows (time in UTC; latitude and longitude NaN where there is no point; sector None where unknown) and
    how many local times were ambiguous.
    """
    rows = _check_ids(rows, log)
    rows, ambiguous_count = _check_times(rows, section, zone, log)
    rows = rows.assign(type=texts(rows["type"]))
    rows = log.drop(rows, rows["type"].isna().to_numpy(), "type", "missing type")
    rows = _check_service_columns(rows, log)
    rows = _check_reporters(rows, log)
    rows = _check_points(rows, log)
    for name in ("sector", *TEXT_COLUMNS):
        rows = rows.assign(**{name: texts(rows[name]) if name in rows else None})
    return rows, ambiguous_count


def _check_ids(rows: pd.DataFrame, log: RejectionLog) -> pd.DataFrame:
    rows = rows.assign(id=texts(rows["id"]))
    rows = log.drop(rows, rows["id"].isna().to_numpy(), "id", "missing id")
    return log.drop(rows, rows["id"].duplicated().to_numpy(), "id", "duplicate id")


def _check_times(
    rows: pd.DataFrame, section: IncidentsSection, zone: str, log: RejectionLog
) -> tuple[pd.DataFrame, int]:
    blank = rows["time"].isna() | (rows["time"].astype(str).str.strip() == "")
    rows = log.drop(rows, blank.to_numpy(bool), "time", "missing time")
    parsed = parse_times(rows["time"], section.time_format, zone)
    unreadable = parsed.times.isna().to_numpy(bool) & ~parsed.nonexistent
    accepted = parsed.times.notna().to_numpy(bool)
    log.drop(rows, unreadable, "time", "time cannot be read")
    log.drop(rows, parsed.nonexistent, "time", "local time does not exist (clocks went forward)")
    times = parsed.times[accepted]
    if section.precision == "hour":
        times = draw_minutes(times, zone, np.random.default_rng(MINUTE_SEED))
    return rows[accepted].assign(time=times), int(parsed.ambiguous.sum())


def _check_service_columns(rows: pd.DataFrame, log: RejectionLog) -> pd.DataFrame:
    """Check the optional columns that say how a call was served; missing values stay missing."""
    if "priority" in rows:
        rows = rows.assign(priority=texts(rows["priority"]))
        known = rows["priority"].isna() | rows["priority"].isin([priority.value for priority in Priority])
        rows = log.drop(rows, ~known.to_numpy(bool), "priority", 'expected "urgent" or "other"')
    rows = _check_number(rows, "cars_required", 1, MAXIMUM_CARS_REQUIRED, log)
    if "cars_required" in rows:
        whole = rows["cars_required"].isna() | (rows["cars_required"] % 1 == 0)
        rows = log.drop(rows, ~whole.to_numpy(bool), "cars_required", "expected a whole number")
    rows = _check_number(rows, "service_minutes", 0, np.finfo(float).max, log)
    return _check_number(rows, "response_minutes", 0, np.finfo(float).max, log)


def _check_reporters(rows: pd.DataFrame, log: RejectionLog) -> pd.DataFrame:
    """Check who reported; an unknown word could hide officer-initiated records from the data policy."""
    if "reported_by" not in rows:
        return rows
    reporters = texts(rows["reported_by"])
    known = reporters.isna() | reporters.isin(REPORTERS)
    return log.drop(rows, ~known.to_numpy(bool), "reported_by", 'expected "citizen" or "officer"')


def _check_number(rows: pd.DataFrame, name: str, least: float, most: float, log: RejectionLog) -> pd.DataFrame:
    if name not in rows:
        return rows
    missing = texts(rows[name]).isna()
    values = numbers(rows[name])
    bad = ~missing & ~values.between(least, most)
    rows = log.drop(rows, bad.to_numpy(bool), name, f"expected a number of at least {least:g}")
    return rows.assign(**{name: values[rows.index]})


def _check_points(rows: pd.DataFrame, log: RejectionLog) -> pd.DataFrame:
    """Check coordinates; a row may lack both where it names a sector. (0, 0) is no place but a missing value."""
    if not set(POINT_COLUMNS) <= set(rows.columns):
        return rows.assign(latitude=np.nan, longitude=np.nan)
    has_sector = texts(rows["sector"]).notna() if "sector" in rows else pd.Series(False, index=rows.index)
    for name in POINT_COLUMNS:
        absent = texts(rows[name]).isna()
        values = numbers(rows[name])
        unreadable = (~absent & ~np.isfinite(values)).to_numpy(bool)
        rows = log.drop(rows, unreadable, name, "expected a finite number of degrees")
        rows = rows.assign(**{name: values[rows.index]})
    zero = (rows["latitude"] == 0) & (rows["longitude"] == 0)
    rows = rows.assign(**{name: rows[name].mask(zero) for name in POINT_COLUMNS})
    half = rows["latitude"].isna() ^ rows["longitude"].isna()
    nowhere = rows["latitude"].isna() & rows["longitude"].isna() & ~has_sector[rows.index]
    rows = log.drop(rows, (half | nowhere).to_numpy(bool), "latitude", "missing coordinates")
    for name, limit in (("latitude", 90.0), ("longitude", 180.0)):
        beyond = (rows[name].abs() > limit).to_numpy(bool)
        rows = log.drop(rows, beyond, name, f"expected -{limit:g} to {limit:g} degrees")
    return rows
