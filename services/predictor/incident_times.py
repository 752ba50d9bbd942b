"""Recorded incident times: text or timestamps, local or with offset, to instants in UTC."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

OFFSET_PATTERN = r"(?:[Zz]|[+-]\d{2}:?\d{2})$"
ISO = "iso"
YEARS = ("%Y", "%y", "%G", "%c", "%x")


@dataclass(frozen=True)
class IncidentTimes:
    """Instants of rows, in row order.

    `times` are in UTC, NaT where there is none; `nonexistent` marks local times that the clocks skipped and
    `ambiguous` those that came twice, read as the first.
    """

    times: "pd.Series[Any]"
    nonexistent: NDArray[np.bool_]
    ambiguous: NDArray[np.bool_]


def parse_times(column: "pd.Series[Any]", time_format: str, zone: str) -> IncidentTimes:
    """Read times.

    Parameters
    ----------
    column : timestamps, or text in `time_format`.
    time_format : "iso" (ISO 8601) or a strptime format; times without offset are local.
    zone : IANA time zone of local times.
    """
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return _absolute(column.dt.tz_convert("UTC"))
    if pd.api.types.is_datetime64_dtype(column.dtype):
        return _localise(column, zone)
    text = column.astype("string").str.strip()
    with_offset = text.str.contains(OFFSET_PATTERN).fillna(False).to_numpy(bool) & _may_have_offset(time_format)
    pandas_format = "ISO8601" if time_format == ISO else time_format
    absolute = _absolute(_parse(text.where(with_offset), pandas_format, utc=True))
    local = _localise(_parse(text.where(~with_offset), pandas_format, utc=False), zone)
    return IncidentTimes(absolute.times.fillna(local.times), local.nonexistent, local.ambiguous)


def is_time_format(time_format: str) -> bool:
    """Say whether times can be read in a format: "iso", or a strptime format that pandas knows and that has a year.

    >>> is_time_format("%d.%m.%Y %H:%M"), is_time_format("%H:%M"), is_time_format("%Q")
    (True, False, False)
    """
    if time_format == ISO:
        return True
    try:
        pd.to_datetime(pd.Series([""]), format=time_format, errors="coerce")
    except (ValueError, re.error):
        return False
    return any(directive in time_format for directive in YEARS)


def draw_minutes(times: "pd.Series[Any]", zone: str, generator: np.random.Generator) -> "pd.Series[Any]":
    """Replace the minute of every time, recorded to the local hour only, by a uniformly drawn one."""
    offset = times.dt.tz_convert(zone).dt.tz_localize(None) - times.dt.tz_localize(None)
    local_hours = (times.dt.tz_localize(None) + offset).dt.floor("h")
    minutes = pd.to_timedelta(pd.Series(generator.integers(0, 60, len(times)), index=times.index), unit="min")
    drawn: pd.Series[Any] = (local_hours - offset + minutes).dt.tz_localize("UTC")
    return drawn


def _may_have_offset(time_format: str) -> bool:
    return time_format == ISO or "%z" in time_format


def _parse(text: "pd.Series[Any]", pandas_format: str, utc: bool) -> "pd.Series[Any]":
    parsed = pd.to_datetime(text, format=pandas_format, errors="coerce", utc=utc)
    return parsed.astype("datetime64[us, UTC]" if utc else "datetime64[us]")


def _absolute(times: "pd.Series[Any]") -> IncidentTimes:
    none = np.zeros(len(times), dtype=bool)
    return IncidentTimes(times.astype("datetime64[us, UTC]"), none, none)


def _localise(local: "pd.Series[Any]", zone: str) -> IncidentTimes:
    """Read local times; of two equal times when clocks go back, the first (summer time) is taken."""
    first = np.ones(len(local), dtype=bool)
    summer = local.dt.tz_localize(zone, ambiguous=first, nonexistent="NaT")
    winter = local.dt.tz_localize(zone, ambiguous=~first, nonexistent="NaT")
    nonexistent = (local.notna() & summer.isna()).to_numpy(bool)
    ambiguous = (summer.notna() & (summer != winter)).to_numpy(bool)
    return IncidentTimes(summer.dt.tz_convert("UTC").astype("datetime64[us, UTC]"), nonexistent, ambiguous)
