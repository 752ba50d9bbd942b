"""Absolute hours: frame k covers one hour of real time, whatever the clocks do."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SECONDS_PER_HOUR = 3_600


@dataclass(frozen=True)
class HourClock:
    """Numbers the hours of a time zone from 1970 on.

    Hours are absolute, so a day on which the clocks change has 23 or 25 of them. They begin on the full local hour,
    also where the zone is off by part of an hour (`anchor_seconds`, from the zone's standard offset).
    """

    zone_name: str
    anchor_seconds: int

    @classmethod
    def of_zone(cls, zone_name: str) -> "HourClock":
        """Make the clock of an IANA time zone."""
        offset = datetime(2020, 1, 1, tzinfo=ZoneInfo(zone_name)).utcoffset()
        assert offset is not None  # the datetime is aware
        return cls(zone_name, -int(offset.total_seconds()) % SECONDS_PER_HOUR)

    def hours(self, times: "pd.Series[pd.Timestamp]") -> NDArray[np.int64]:
        """Return the hour that contains each instant (UTC), shape (n,)."""
        seconds = times.dt.tz_localize(None).to_numpy("datetime64[us]").astype(np.int64) / 1e6
        return np.floor((seconds - self.anchor_seconds) / SECONDS_PER_HOUR).astype(np.int64)

    def hour(self, time: datetime) -> int:
        """Return the hour that contains an instant."""
        return int((time.timestamp() - self.anchor_seconds) // SECONDS_PER_HOUR)

    def start_time(self, hour: int) -> datetime:
        """Return the instant at which an hour begins."""
        return datetime.fromtimestamp(hour * SECONDS_PER_HOUR + self.anchor_seconds, UTC)

    def local_times(self, hours: NDArray[np.int64]) -> pd.DatetimeIndex:
        """Return the local starts of hours (time-zone aware)."""
        seconds = np.asarray(hours, dtype=np.int64) * SECONDS_PER_HOUR + self.anchor_seconds
        return pd.to_datetime(seconds, unit="s", utc=True).tz_convert(self.zone_name)

    def first_hour_of(self, day: date) -> int:
        """Return the first hour of a local day."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.zone_name))
        return self.hour(midnight)

    def end_hour_of(self, day: date) -> int:
        """Return the hour after the last of a local day."""
        return self.first_hour_of(day + timedelta(days=1))
