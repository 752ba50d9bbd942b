"""Numbers the frames of a time zone: consecutive stretches of equal length that begin on the full local hour."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MINUTES_PER_HOUR = 60
SECONDS_PER_MINUTE = 60


@dataclass(frozen=True)
class FrameClock:
    """Numbers the frames of a time zone from 1970 on.

    Frames follow each other in real time, so a day on which the clocks change by an hour has 23 or 25 hours of them.
    They begin on the full local hour (and its halves, quarters …), also where the zone is off by part of an hour.
    Where the clocks change by part of a frame (Lord Howe Island: half an hour), one frame is longer or shorter.

    Attributes
    ----------
    zone_name : IANA time zone.
    frame_minutes : length of a frame; divides an hour.
    """

    zone_name: str
    frame_minutes: int = MINUTES_PER_HOUR

    @classmethod
    def of_zone(cls, zone_name: str, frame_minutes: int = MINUTES_PER_HOUR) -> "FrameClock":
        """Make the clock of an IANA time zone."""
        return cls(zone_name, frame_minutes)

    @property
    def frames_per_hour(self) -> int:
        """Number of frames in an hour."""
        return MINUTES_PER_HOUR // self.frame_minutes

    @property
    def frames_per_day(self) -> int:
        """Number of frames in 24 hours."""
        return 24 * self.frames_per_hour

    def frames(self, times: "pd.Series[pd.Timestamp]") -> NDArray[np.int64]:
        """Return the frame that contains each instant (UTC), shape (n,)."""
        return self._frames(times.dt.tz_localize(None).to_numpy("datetime64[us]").astype(np.int64) // 1_000_000)

    def frame(self, time: datetime) -> int:
        """Return the frame that contains an instant."""
        return int(self._frames(np.array([int(time.timestamp() // 1)]))[0])

    def start_time(self, frame: int) -> datetime:
        """Return the instant at which a frame begins."""
        return datetime.fromtimestamp(int(self._start_seconds(np.array([frame]))[0]), UTC)

    def local_times(self, frames: NDArray[np.int64]) -> pd.DatetimeIndex:
        """Return the local starts of frames (time-zone aware)."""
        return _utc(self._start_seconds(np.asarray(frames, dtype=np.int64))).tz_convert(self.zone_name)

    def first_frame_of(self, day: date) -> int:
        """Return the first frame of a local day."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.zone_name))
        return self.frame(midnight)

    def end_frame_of(self, day: date) -> int:
        """Return the frame after the last of a local day."""
        return self.first_frame_of(day + timedelta(days=1))

    @property
    def _frame_seconds(self) -> int:
        return self.frame_minutes * SECONDS_PER_MINUTE

    def _frames(self, seconds: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the frame of seconds since 1970 (UTC), counted as if the local clock had no whole-frame shifts."""
        return np.asarray((seconds + self._shifts(seconds)) // self._frame_seconds)

    def _shifts(self, seconds: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return by how much the local clock is ahead of UTC beyond whole frames, seconds."""
        utc = _utc(seconds)
        local = utc.tz_convert(self.zone_name).tz_localize(None)
        offsets = np.asarray((local - utc.tz_localize(None)) // pd.Timedelta(seconds=1), dtype=np.int64)
        return offsets % self._frame_seconds

    def _start_seconds(self, frames: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the first second of each frame.

        It is `frame · length − shift`, with the shift from before or after a change of the clocks around it: the
        earlier of the two that lies in the frame.
        """
        ends = frames * self._frame_seconds
        before, after = self._shifts(ends - self._frame_seconds), self._shifts(ends)
        early, late = ends - np.maximum(before, after), ends - np.minimum(before, after)
        return np.where(self._frames(early) == frames, early, late)


def _utc(seconds: NDArray[np.int64]) -> pd.DatetimeIndex:
    return pd.to_datetime(seconds, unit="s", utc=True)
