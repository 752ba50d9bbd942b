"""The external features of a frame: what day it is on, and where it lies in day, week and year."""

from dataclasses import dataclass
from typing import Any

import holidays
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.predictor.area import HolidayCalendar
from services.predictor.conditions import Conditions
from services.predictor.data_policy import NO_POLICY, DataPolicy
from services.predictor.frame_clock import MINUTES_PER_HOUR, FrameClock

EXTERNAL_FEATURES = (
    "holiday",
    "weekend",
    "hour_of_day_sin",
    "hour_of_day_cos",
    "day_of_week_sin",
    "day_of_week_cos",
    "day_of_year_sin",
    "day_of_year_cos",
    "first_of_month",
    "new_year",
    "clock_change",
)
"""Incidents of unknown date are often recorded on the first of a month or year; clocks change on days of 23 or 25 h."""
HOURS_PER_DAY = 24
HOURS_PER_WEEK = 168
DAYS_PER_YEAR = 365.25
MIDNIGHTS: dict[str, Any] = {"nonexistent": "shift_forward", "ambiguous": True}
"""Where clocks change at midnight: the day begins with its first instant."""


@dataclass(frozen=True)
class Calendar:
    """Local clock, public holidays, and days that are looked at of an area."""

    clock: FrameClock
    holiday_calendar: HolidayCalendar | None
    conditions: Conditions | None = None
    policy: DataPolicy = NO_POLICY

    @property
    def external_count(self) -> int:
        """Number of external features."""
        return len(EXTERNAL_FEATURES) + (2 * len(self.conditions.names) if self.conditions else 0)

    def external(self, frames: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the external features, shape (n_frames, external_count).

        The columns are `EXTERNAL_FEATURES`, then the area's conditions and which of them are unknown.
        """
        local = self.clock.local_times(frames)
        weekend = np.asarray(local.dayofweek >= 5, dtype=float)
        circles = [
            _circle(np.asarray(local.hour + local.minute / MINUTES_PER_HOUR), 24.0),
            _circle(np.asarray(local.dayofweek), 7.0),
            _circle(np.asarray(local.dayofyear) - 1.0, DAYS_PER_YEAR),
        ]
        flags = np.column_stack([self._is_holiday(local), weekend])
        columns = [flags, *circles, *_rare_days(local)]
        if self.conditions is not None:
            seconds = local.tz_convert("UTC").tz_localize(None).to_numpy("datetime64[s]").astype(np.int64)
            columns.append(self.conditions.features(seconds))
        return np.column_stack(columns).astype(np.float32)

    def hours_of_week(self, frames: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the local hour of the week, 0 = Monday 00:00, shape (n_frames,)."""
        local = self.clock.local_times(frames)
        return np.asarray(local.dayofweek * 24 + local.hour, dtype=np.int32)

    def observed(self, frames: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Say which frames are looked at: those of days that the data policy does not leave out, shape (n_frames,)."""
        if not self.policy.leaves_out_days:
            return np.ones(len(frames), dtype=bool)
        return self.policy.observes(self.clock.local_times(frames).tz_localize(None).to_numpy("datetime64[D]"))

    def _is_holiday(self, local: pd.DatetimeIndex) -> NDArray[np.float64]:
        if self.holiday_calendar is None or len(local) == 0:
            return np.zeros(len(local))
        known = holidays.country_holidays(
            self.holiday_calendar.country,
            subdiv=self.holiday_calendar.subdivision or None,
            years=range(int(local.year.min()), int(local.year.max()) + 1),
        )
        days, codes = np.unique(np.asarray(local.tz_localize(None), "datetime64[D]"), return_inverse=True)
        flags = np.array([day.astype(object) in known for day in days], dtype=float)
        return flags[codes]


def _rare_days(local: pd.DatetimeIndex) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return flags for the first of a month, for 1 January, and for days on which the clocks change."""
    first = np.asarray(local.day == 1)
    days, positions = np.unique(np.asarray(local.tz_localize(None), "datetime64[D]"), return_inverse=True)
    ends = [pd.DatetimeIndex(days + np.timedelta64(step, "D")).tz_localize(local.tz, **MIDNIGHTS) for step in (0, 1)]
    lengths = np.asarray(ends[1] - ends[0])
    return first, first & np.asarray(local.month == 1), (lengths != np.timedelta64(1, "D"))[positions]


def _circle(values: NDArray[np.float64], length: float) -> NDArray[np.float64]:
    """Return sine and cosine of a position on a cycle, shape (n, 2)."""
    angles = 2 * np.pi * np.asarray(values, dtype=float) / length
    return np.column_stack([np.sin(angles), np.cos(angles)])
