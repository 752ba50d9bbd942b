"""The days that predictors are scored on: what was recorded, by frame, hour, shift and day."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.predictor.area import Area
from services.predictor.calls import Span
from services.predictor.features import FeatureReader
from services.predictor.frames import Frames
from services.predictor.heaped_times import spread_heaped_times
from services.predictor.matching import Events
from services.predictor.plane import LocalPlane

DAYS_PER_WEEK = 7

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Number = TypeVar("Number", np.float32, np.int64)


@dataclass(frozen=True)
class Period:
    """Local days, both ends included."""

    from_date: date
    to_date: date


@dataclass(frozen=True)
class ScoreDays:
    """Recorded incidents of some days.

    Attributes
    ----------
    frames : with the history that features need.
    numbers : the frames to score, shape (n_frames,).
    span : from the first local midnight to the last.
    days : position of the local day of each frame, from 0, shape (n_frames,).
    hours_of_day : local hour of each frame, shape (n_frames,).
    hour_days : position of the local day of each hour of the span, shape (n_hours,).
    shifts : which hours make up each shift of each day that is looked at, shape (n_shifts, n_hours).
    sector_hours : recorded incidents, shape (n_hours, n_sectors).
    sector_frames, type_frames : recorded incidents, shape (n_frames, n_sectors) and (n_frames, n_types).
    events : recorded incidents on the plane of the grid, minutes from the span's start.
    spread_events : the same, with heaped times spread.
    observed : frames of days that the data policy does not leave out, shape (n_frames,); only these are scored.
    """

    area: Area
    period: Period
    frames: Frames
    numbers: IntArray
    span: Span
    days: IntArray
    hours_of_day: IntArray
    hour_days: IntArray
    shifts: NDArray[np.bool_]
    sector_hours: IntArray
    sector_frames: IntArray
    type_frames: IntArray
    events: Events
    spread_events: Events
    observed: NDArray[np.bool_]

    @property
    def counts(self) -> NDArray[np.float32]:
        """Recorded incidents, shape (n_frames, n_rows, n_columns); none in frames that are not looked at."""
        return self.without_unobserved(self.frames.at(self.numbers))

    def without_unobserved(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return incidents by frame, shape (n_frames, n_rows, n_columns), with none where nothing is looked at."""
        return values if self.observed.all() else values * self.observed[:, None, None].astype(np.float32)

    def scored(self, values: NDArray[Number]) -> NDArray[Number]:
        """Return the values of the frames that are scored, from shape (n_frames, ...)."""
        return values if self.observed.all() else values[self.observed]

    @property
    def observed_hours(self) -> NDArray[np.bool_]:
        """Hours of the span that are looked at, shape (n_hours,)."""
        return self.observed[:: len(self.observed) // len(self.hour_days)]

    @property
    def weeks(self) -> IntArray:
        """Position of the week of each frame, counted from the first day; shape (n_frames,)."""
        return self.days // DAYS_PER_WEEK


def score_days(area: Area, incidents: pd.DataFrame, reader: FeatureReader, period: Period) -> ScoreDays:
    """Count what was recorded on the days of a period."""
    clock = reader.calendar.clock
    numbers = np.arange(clock.first_frame_of(period.from_date), clock.end_frame_of(period.to_date))
    span = Span(clock.start_time(int(numbers[0])), clock.frame_minutes * len(numbers))
    local = clock.local_times(numbers)
    days = _day_positions(local, period)
    hours = local[:: clock.frames_per_hour]
    rows = _rows(incidents, span)
    events = _events(rows, span, area)
    minutes = events.minutes
    known = incidents[incidents["time"] < pd.Timestamp(span.start_time) + pd.Timedelta(minutes=span.minutes)]
    sectors: IntArray = np.asarray(rows["sector"].map(area.sector_positions), dtype=np.int64)
    types: IntArray = np.asarray(rows["type"].map(area.type_positions), dtype=np.int64)
    at = (minutes // clock.frame_minutes).astype(np.int64)
    observed = reader.calendar.observed(numbers)
    shifts = _shift_hours(area, hours, period)
    return ScoreDays(
        area=area,
        period=period,
        frames=reader.count(incidents, area.grid, int(numbers[0]), int(numbers[-1]) + 1),
        numbers=numbers,
        span=span,
        days=days,
        hours_of_day=np.asarray(local.hour, dtype=np.int64),
        hour_days=days[:: clock.frames_per_hour],
        shifts=shifts[~(shifts & ~observed[:: clock.frames_per_hour]).any(axis=1)],
        sector_hours=count_pairs((minutes // 60).astype(np.int64), sectors, len(hours), len(area.sectors)),
        sector_frames=count_pairs(at, sectors, len(numbers), len(area.sectors)),
        type_frames=count_pairs(at, types, len(numbers), len(area.service_types)),
        events=events,
        spread_events=_events(_rows(spread_heaped_times(known, clock.zone_name), span), span, area),
        observed=observed,
    )


def count_pairs(rows: IntArray, columns: IntArray, row_count: int, column_count: int) -> IntArray:
    """Count pairs of positions, shape (row_count, column_count)."""
    flat = np.bincount(rows * column_count + columns, minlength=row_count * column_count)
    return np.asarray(flat.reshape(row_count, column_count))


def _events(rows: pd.DataFrame, span: Span, area: Area) -> Events:
    metres = LocalPlane.of_grid(area.grid).to_metres(
        rows["latitude"].to_numpy(float), rows["longitude"].to_numpy(float)
    )
    seconds = (rows["time"] - pd.Timestamp(span.start_time)).dt.total_seconds()
    return Events(metres, np.asarray(seconds, dtype=np.float64) / 60.0)


def _rows(incidents: pd.DataFrame, span: Span) -> pd.DataFrame:
    start = pd.Timestamp(span.start_time)
    times = incidents["time"]
    end = start + pd.Timedelta(minutes=span.minutes)
    return incidents.iloc[int(times.searchsorted(start)) : int(times.searchsorted(end))]


def _day_positions(local: pd.DatetimeIndex, period: Period) -> IntArray:
    days = local.tz_localize(None).normalize() - pd.Timestamp(period.from_date)
    return np.asarray(days // pd.Timedelta(days=1), dtype=np.int64)


def _shift_hours(area: Area, hours: pd.DatetimeIndex, period: Period) -> NDArray[np.bool_]:
    """Return the hours of each whole shift within the span, shape (n_shifts, n_hours); days where there are no shifts.

    An hour belongs to a shift where its start does.
    """
    end = hours[-1] + pd.Timedelta(hours=1)
    found = []
    for offset in range((period.to_date - period.from_date).days + 1):
        day = pd.Timestamp(period.from_date + timedelta(days=offset))
        for start, length in [(shift.start, shift.hours) for shift in area.shifts] or [("00:00", 24.0)]:
            first = (day + pd.Timedelta(f"{start}:00")).tz_localize(
                area.time_zone, ambiguous=True, nonexistent="shift_forward"
            )
            last = first + pd.Timedelta(hours=length)
            if last <= end:
                found.append((hours >= first) & (hours < last))
    return np.array(found, dtype=bool).reshape(-1, len(hours))
