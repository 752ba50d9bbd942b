"""Recorded response times of an area with the driving minutes that belong to them."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa

from services.demand.area import Area
from services.demand.arrays import BoolArray, IntArray
from services.demand.travel.calibration import LEAST_RECORDS, ResponseRecords
from services.demand.travel.times import TravelTimes

MOST_RECORDS = 20_000
"""The last ones count: more would not change the fit, but cost time."""
COLUMNS = ("time", "type", "latitude", "longitude", "sector", "priority", "response_minutes")
URGENT = "urgent"


def read_response_records(area: Area, incidents: pa.Table, travel: TravelTimes) -> ResponseRecords:
    """Take the recorded responses of the training data; calls that a car was already at (0 minutes) tell nothing.

    Where there are enough urgent calls, only these are taken, since others are often made to wait for a car.

    Parameters
    ----------
    incidents
        The area's incidents artifact.
    travel
        Driving minutes at an even pace.
    """
    rows = incidents.select(list(COLUMNS)).to_pandas()
    until_date = area.train_until_date + timedelta(days=1)
    end_time = pd.Timestamp(datetime.combine(until_date, time(), tzinfo=ZoneInfo(area.time_zone)))
    rows = rows[(rows["response_minutes"] > 0) & (rows["time"] < end_time) & rows["sector"].isin(area.sector_ids)]
    urgent = _urgent(area, rows)
    urgent_only = int(urgent.sum()) >= LEAST_RECORDS
    if urgent_only:
        rows, urgent = rows[urgent], urgent[urgent]
    return _measure(area, rows.iloc[-MOST_RECORDS:], urgent[-MOST_RECORDS:], travel, urgent_only)


def _urgent(area: Area, rows: pd.DataFrame) -> BoolArray:
    """Return what the records say, and what is usual of their type where they say nothing; shape (n,)."""
    of_type = rows["type"].isin(area.urgent_types)
    return rows["priority"].eq(URGENT).where(rows["priority"].notna(), of_type).to_numpy(bool)


def _measure(
    area: Area, rows: pd.DataFrame, urgent: BoolArray, travel: TravelTimes, urgent_only: bool
) -> ResponseRecords:
    sectors: IntArray = pd.Index(area.sector_ids).get_indexer(pd.Index(rows["sector"])).astype(np.int64)
    drive_minutes = travel.between_points(
        area.centre_latitudes[sectors],
        area.centre_longitudes[sectors],
        rows["latitude"].to_numpy(float),
        rows["longitude"].to_numpy(float),
        urgent,
    )
    reached = np.isfinite(drive_minutes)
    hours = rows["time"].dt.tz_convert(ZoneInfo(area.time_zone)).dt.hour
    return ResponseRecords(
        response_minutes=rows["response_minutes"].to_numpy(float)[reached],
        drive_minutes=drive_minutes[reached],
        local_hours=hours.to_numpy(np.int64)[reached],
        urgent_only=urgent_only,
        unreached_count=int((~reached).sum()),
    )
