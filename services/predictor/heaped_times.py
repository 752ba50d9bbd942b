"""Spreads recorded times that are heaped on the full and half hour over the stretch that they stand for."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MINUTES_PER_HOUR = 60
FULL_HOUR, HALF_HOUR = 0, 30
HEAP_FACTOR = 2.0
"""A minute is heaped when it has so many times the incidents of a minute that nobody rounds to."""
GOLDEN_SHARE = (np.sqrt(5.0) - 1.0) / 2.0


def spread_heaped_times(incidents: pd.DataFrame, zone: str) -> pd.DataFrame:
    """Return the incidents with heaped times moved within the precision they were recorded with.

    A time on the full hour stands for any minute of that hour and one on the half hour for any of the 30 minutes from
    then on, where those minutes hold more than twice what unheaped minutes do. Moved times follow the profile of the
    unheaped minutes by a sequence that depends on the order of the incidents alone: the same incidents always give the
    same times, and no time leaves its hour (or half hour). Counts per hour thus stay as recorded; shorter frames, and
    minutes within the hour, are no longer dominated by the rounding.

    Parameters
    ----------
    incidents : rows with `time` (UTC), sorted by it.
    zone : IANA time zone, whose local minutes are heaped.

    Returns
    -------
    A copy, sorted by time.
    """
    offsets = _local_minutes(incidents["time"], zone)
    profile = _unheaped_profile(offsets)
    usual = float(profile.mean())
    counts = np.bincount(offsets, minlength=MINUTES_PER_HOUR)
    moved = np.zeros(len(incidents))
    for minute, length in ((FULL_HOUR, MINUTES_PER_HOUR), (HALF_HOUR, MINUTES_PER_HOUR - HALF_HOUR)):
        if counts[minute] > HEAP_FACTOR * max(usual, 1.0):
            rows = np.flatnonzero(offsets == minute)
            moved[rows] = _spread(len(rows), profile[minute : minute + length])
    times = incidents["time"] + pd.to_timedelta(np.round(moved * 60.0), unit="s")
    return incidents.assign(time=times.astype(incidents["time"].dtype)).sort_values("time", kind="stable")


def _local_minutes(times: "pd.Series[pd.Timestamp]", zone: str) -> NDArray[np.int64]:
    """Return the local minute of the hour, shape (n,)."""
    return np.asarray(times.dt.tz_convert(zone).dt.minute, dtype=np.int64)


def _unheaped_profile(minutes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how many incidents a minute of the hour holds where nobody rounds, shape (60,).

    Minutes that end in 0 or 5 are rounded to; they take the mean of the others.
    """
    counts = np.bincount(minutes, minlength=MINUTES_PER_HOUR).astype(np.float64)
    rounded = np.arange(MINUTES_PER_HOUR) % 5 == 0
    counts[rounded] = counts[~rounded].mean()
    return counts


def _spread(count: int, profile: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return minutes from the start of the profile that are distributed as it is, shape (count,), evenly filled."""
    shares = (0.5 + GOLDEN_SHARE * np.arange(count)) % 1.0
    weights = profile if profile.sum() > 0 else np.ones(len(profile))
    ends = np.concatenate([[0.0], np.cumsum(weights) / weights.sum()])
    minutes = np.interp(shares, ends, np.arange(len(profile) + 1.0))
    return np.asarray(np.minimum(minutes, len(profile) - 1.0 / 60.0))
