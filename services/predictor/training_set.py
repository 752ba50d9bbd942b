"""What a model is fitted on: frames of a sliding window, its last days kept for validation."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.predictor.area import Area
from services.predictor.calendar_features import Calendar
from services.predictor.checkpoints import Checkpoint, NoCheckpoint
from services.predictor.features import FeatureReader
from services.predictor.frame_clock import MINUTES_PER_HOUR, FrameClock
from services.predictor.frames import Frames
from services.predictor.model_spec import ModelSpec
from serving.errors import FailedPrecondition
from serving.work import Stop


@dataclass(frozen=True)
class Watch:
    """Who watches a training.

    Attributes
    ----------
    report : is told the share done (0 to 1) and what is being done.
    stop : asks to end early.
    checkpoint : keeps the state of the fit, so that it can go on after a kill.
    """

    report: Callable[[float, str], None]
    stop: Stop
    checkpoint: Checkpoint = field(default_factory=NoCheckpoint)

    def part(self, name: str, start: float, end: float) -> "Watch":
        """Return the watch of a named part of the training, from one share done to another."""

        def report(fraction: float, message: str) -> None:
            self.report(start + (end - start) * fraction, f"{name}: {message}")

        return Watch(report, self.stop, self.checkpoint.part(name))

    def within(self, start: float, end: float, checkpoint: Checkpoint) -> "Watch":
        """Return the watch of a stretch of the training that has a checkpoint of its own."""

        def report(fraction: float, message: str) -> None:
            self.report(start + (end - start) * fraction, message)

        return Watch(report, self.stop, checkpoint)


@dataclass(frozen=True)
class TrainingSet:
    """Frames and the numbers of those to fit and to validate on.

    Attributes
    ----------
    frames : from as early as features need to the end of validation, never beyond.
    window_frames : numbers of all frames of the window before validation that are looked at.
    sample_frames : those of them whose features are complete.
    validation_frames : numbers of the frames of the validation days that are looked at.
    fits : models fitted to it so far, by name; see `models.fit_member`.
    """

    reader: FeatureReader
    frames: Frames
    window_frames: NDArray[np.int64]
    sample_frames: NDArray[np.int64]
    validation_frames: NDArray[np.int64]
    seed: int
    fits: dict[str, Any] = field(init=False, default_factory=dict, compare=False, repr=False)


def area_calendar(area: Area, frame_minutes: int = MINUTES_PER_HOUR) -> Calendar:
    """Return the calendar of an area for frames of the given length."""
    return Calendar(FrameClock.of_zone(area.time_zone, frame_minutes), area.holidays, area.conditions, area.policy)


def training_set(area: Area, incidents: pd.DataFrame, spec: ModelSpec, seed: int, until: date) -> TrainingSet:
    """Cut the window of `spec.train_days` days that ends with the day `until`.

    Its last `spec.validation_days` are kept for validation. Days that the area's data policy leaves out are neither
    fitted nor validated on, and do not count as days of validation.

    Raises
    ------
    FailedPrecondition
        The incidents do not reach back far enough for a single frame with complete features before validation.
    """
    calendar = area_calendar(area, spec.frame_minutes)
    clock, reader = calendar.clock, FeatureReader(spec, calendar)
    end_frame = clock.end_frame_of(until)
    validation_start = clock.first_frame_of(_first_validation_day(area, spec, until))
    window_start = clock.first_frame_of(until - timedelta(days=spec.train_days - 1))
    frames = reader.count(incidents, area.grid, window_start, end_frame)
    numbers = np.arange(max(window_start, frames.first_frame), end_frame)
    numbers = numbers[calendar.observed(numbers)]
    window_frames = numbers[numbers < validation_start]
    sample_frames = window_frames[window_frames >= frames.first_frame + reader.history_frames]
    if len(sample_frames) == 0:
        needed_days = reader.history_frames // clock.frames_per_day + spec.validation_days + 1
        left = " that the data policy does not leave out" if area.policy.leaves_out_days else ""
        raise FailedPrecondition(
            "TOO_FEW_DAYS", f"Training needs incidents of at least {needed_days} days up to {until.isoformat()}{left}."
        )
    return TrainingSet(reader, frames, window_frames, sample_frames, numbers[numbers >= validation_start], seed)


def _first_validation_day(area: Area, spec: ModelSpec, until: date) -> date:
    """Return the first of the last days that are looked at; the window's first day where there are too few."""
    days = [until - timedelta(days=back) for back in range(spec.train_days)]
    observed = np.flatnonzero(area.policy.observes(np.array(days, dtype="datetime64[D]")))
    return days[observed[spec.validation_days - 1]] if len(observed) >= spec.validation_days else days[-1]
