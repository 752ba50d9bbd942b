"""What a model is fitted on: frames of a sliding window, its last days kept for validation."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.predictor.area import Area
from services.predictor.calendar_features import Calendar
from services.predictor.features import FeatureReader
from services.predictor.frames import Frames, count_frames
from services.predictor.hour_clock import HourClock
from services.predictor.model_spec import ModelSpec
from serving.errors import FailedPrecondition
from serving.work import Stop


@dataclass(frozen=True)
class Watch:
    """Who watches a training: `report(fraction, message)` is told, `stop()` asks to end early."""

    report: Callable[[float, str], None]
    stop: Stop


@dataclass(frozen=True)
class TrainingSet:
    """Frames and the hours to fit and to validate on.

    Attributes
    ----------
    frames : from as early as features need to the end of validation, never beyond.
    window_hours : every hour of the window before validation.
    sample_hours : those of them whose features are complete.
    validation_hours : the hours of the validation days.
    """

    reader: FeatureReader
    frames: Frames
    window_hours: NDArray[np.int64]
    sample_hours: NDArray[np.int64]
    validation_hours: NDArray[np.int64]
    seed: int


def area_calendar(area: Area) -> Calendar:
    """Return the calendar of an area."""
    return Calendar(HourClock.of_zone(area.time_zone), area.holidays)


def training_set(area: Area, incidents: pd.DataFrame, spec: ModelSpec, seed: int, until: date) -> TrainingSet:
    """Cut the window of `spec.train_days` days that ends with the day `until`.

    Raises
    ------
    FailedPrecondition
        The incidents do not reach back far enough for a single hour with complete features before validation.
    """
    calendar = area_calendar(area)
    clock, reader = calendar.clock, FeatureReader(spec, calendar)
    end_hour = clock.end_hour_of(until)
    validation_start = clock.first_hour_of(until - timedelta(days=spec.validation_days - 1))
    window_start = clock.first_hour_of(until - timedelta(days=spec.train_days - 1))
    data_start = int(clock.hours(incidents["time"].iloc[:1])[0])
    first_hour = max(data_start, window_start - reader.history_hours)
    frames = count_frames(incidents, area.grid, clock, first_hour, end_hour)
    window_hours = np.arange(max(window_start, data_start), validation_start)
    sample_hours = window_hours[window_hours >= first_hour + reader.history_hours]
    if len(sample_hours) == 0:
        needed_days = reader.history_hours // 24 + spec.validation_days + 1
        raise FailedPrecondition(
            "TOO_FEW_DAYS", f"Training needs incidents of at least {needed_days} days up to {until.isoformat()}."
        )
    return TrainingSet(reader, frames, window_hours, sample_hours, np.arange(validation_start, end_hour), seed)
