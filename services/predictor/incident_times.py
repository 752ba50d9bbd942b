"""Recorded incident times: text or timestamps, local or with offset, to instants in UTC."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

ISO = "iso"
DAY = r"\d{4}(?:[-./\\]?\d{1,2}){2}"
CLOCK = r"[Tt ]\d{1,2}(?::?\d{2}){0,2}(?:\.\d+)?"
ISO_LOCAL = rf"\d{{4}}(?:-\d{{1,2}})?|{DAY}(?:{CLOCK})?"
ISO_WITH_OFFSET = rf"{DAY}{CLOCK}\s?(?:[Zz]|[+-]\d{{2}}(?::?\d{{2}})?)"
"""Offsets are Z, +HH, +HHMM or +HH:MM; databases write +00."""
OFFSETS = ("%z", "%Z")
YEARS = ("%Y", "%y", "%G", "%c", "%x")


@dataclass(frozen=True)
class IncidentTimes:
    """Instants of rows, in row order.

    `times` are in UTC, NaT where there is none; `nonexistent` marks local times that the clocks skipped and
    `ambiguous` those that came twice, read as the first in `times` and as the second in `later_times`.
    """

    times: "pd.Series[Any]"
    later_times: "pd.Series[Any]"
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
    is_local, has_offset = _kinds(text, time_format)
    pandas_format = "ISO8601" if time_format == ISO else time_format
    absolute = _absolute(_parse(_spelt_out(text.where(has_offset), time_format), pandas_format))
    local = _localise(_parse(text.where(is_local), pandas_format).dt.tz_localize(None), zone)
    times, later_times = absolute.times.fillna(local.times), absolute.times.fillna(local.later_times)
    return IncidentTimes(times, later_times, local.nonexistent, local.ambiguous)


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


def _kinds(text: "pd.Series[Any]", time_format: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which texts may be local times and which times with an offset; the others are no times.

    Texts are looked at before pandas does: it reads "now" as a time, and texts of both kinds only one by one.
    """
    if time_format == ISO:
        return _is_match(text, ISO_LOCAL), _is_match(text, ISO_WITH_OFFSET)
    has_digits, none = _is_match(text, r".*\d.*"), np.zeros(len(text), dtype=bool)
    with_offset = any(directive in time_format for directive in OFFSETS)
    return (none, has_digits) if with_offset else (has_digits, none)


def _is_match(text: "pd.Series[Any]", pattern: str) -> NDArray[np.bool_]:
    return np.asarray(text.str.fullmatch(pattern).fillna(False).to_numpy(bool))


def _spelt_out(text: "pd.Series[Any]", time_format: str) -> "pd.Series[Any]":
    """Write the offsets z and +HH at the end of times as Z and +HHMM, which pandas reads in every format."""
    if time_format != ISO and not time_format.endswith("%z"):
        return text
    return text.str.replace(r"([+-]\d{2})$", r"\g<1>00", regex=True).str.replace(r"z$", "Z", regex=True)


def _parse(text: "pd.Series[Any]", pandas_format: str) -> "pd.Series[Any]":
    """Read texts that all have an offset, or all have none and then are taken for UTC."""
    parsed = pd.to_datetime(text, format=pandas_format, errors="coerce", utc=True)
    return parsed.astype("datetime64[us, UTC]")


def _absolute(times: "pd.Series[Any]") -> IncidentTimes:
    none, instants = np.zeros(len(times), dtype=bool), times.astype("datetime64[us, UTC]")
    return IncidentTimes(instants, instants, none, none)


def _localise(local: "pd.Series[Any]", zone: str) -> IncidentTimes:
    """Read local times; of two equal times when clocks go back, the first is that of summer time."""
    first = np.ones(len(local), dtype=bool)
    summer = local.dt.tz_localize(zone, ambiguous=first, nonexistent="NaT")
    winter = local.dt.tz_localize(zone, ambiguous=~first, nonexistent="NaT")
    nonexistent = (local.notna() & summer.isna()).to_numpy(bool)
    ambiguous = (summer.notna() & (summer != winter)).to_numpy(bool)
    first_times, later_times = (read.dt.tz_convert("UTC").astype("datetime64[us, UTC]") for read in (summer, winter))
    return IncidentTimes(first_times, later_times, nonexistent, ambiguous)
