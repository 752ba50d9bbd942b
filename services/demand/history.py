"""Past calls per sector, which the simple rules go by."""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa

from services.demand.area import Area
from services.demand.arrays import IntArray


@dataclass(frozen=True)
class HistoryWindow:
    """Which past calls count.

    Parameters
    ----------
    until_date
        Calls before this local day count; None: the area's training data.
    shift_start
        Only calls in the shift's local hours count; None: all day.
    shift_minutes
        Length of the shift.
    """

    until_date: date | None
    shift_start: time | None
    shift_minutes: int


def count_past_calls(area: Area, incidents: pa.Table, window: HistoryWindow) -> IntArray:
    """Count past calls per sector.

    Parameters
    ----------
    incidents
        The area's incidents artifact: columns `time` (UTC) and `sector` (id).

    Returns
    -------
    Shape (n_sectors,).
    """
    times = pd.Series(incidents["time"].to_pandas())
    keep = times < pd.Timestamp(_end_time(area, window))
    if window.shift_start is not None:
        local = times.dt.tz_convert(ZoneInfo(area.time_zone)).dt
        start_minute = window.shift_start.hour * 60 + window.shift_start.minute
        keep &= (local.hour * 60 + local.minute - start_minute) % 1440 < window.shift_minutes
    sectors = pd.Index(area.sector_ids).get_indexer(pd.Index(incidents["sector"].to_pandas()[keep]))
    return np.bincount(sectors[sectors >= 0], minlength=area.sector_count).astype(np.int64)


def _end_time(area: Area, window: HistoryWindow) -> datetime:
    """The first instant that no longer counts: local midnight, after the last training day or before `until_date`."""
    day = window.until_date or date.fromordinal(area.train_until_date.toordinal() + 1)
    return datetime.combine(day, time(), tzinfo=ZoneInfo(area.time_zone))
