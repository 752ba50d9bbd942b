"""What a model sees of the past when it predicts a frame: closeness, period, trend, recent means, level, calendar."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.predictor.area import Grid
from services.predictor.calendar_features import Calendar
from services.predictor.day_totals import MEMORY_DAYS, DayTotals
from services.predictor.frames import Frames, count_frames
from services.predictor.heaped_times import spread_heaped_times
from services.predictor.model_spec import ModelSpec
from services.predictor.unobserved_frames import fill_unobserved

DAYS_PER_WEEK = 7
RECENT_HALF_LIVES_DAYS = np.array([3.0, 14.0, 56.0, 182.0])
LEVEL_WEEKS = np.array([1, 2, 4, 8, 26, 52])


@dataclass(frozen=True)
class ModelInputs:
    """Inputs for n frames to predict; counts are raw incidents per cell and frame.

    Attributes
    ----------
    closeness : the last known frames, most recent first, shape (n, n_rows, n_columns, closeness_frames).
    period : the same time on previous days, most recent first, shape (n, n_rows, n_columns, period_days).
    trend : the same time in previous weeks, most recent first, shape (n, n_rows, n_columns, trend_weeks).
    recent : means that forget by half within `RECENT_HALF_LIVES_DAYS`, shape (n, n_rows, n_columns, 4).
    level : means of the whole area over the last `LEVEL_WEEKS`, incidents per frame, shape (n, 6).
    external : features of the frame itself, shape (n, n_features); see `calendar_features`.
    hour_of_week : local hour of the week, 0 = Monday 00:00, shape (n,).
    """

    closeness: NDArray[np.float32]
    period: NDArray[np.float32]
    trend: NDArray[np.float32]
    recent: NDArray[np.float32]
    level: NDArray[np.float32]
    external: NDArray[np.float32]
    hour_of_week: NDArray[np.int32]

    def named(self, names: Iterable[str] | None = None) -> dict[str, NDArray[Any]]:
        """Return inputs by the names of the model's signature: those given, else all."""
        return {name: getattr(self, name) for name in (INPUT_NAMES if names is None else names)}

    def __len__(self) -> int:
        return len(self.hour_of_week)


INPUT_NAMES = tuple(field.name for field in fields(ModelInputs))
LATEST_INPUT_NAMES = frozenset({"closeness", "period", "trend"})
"""Inputs that change from frame to frame; a model without them predicts a whole shift in one batch."""


@dataclass(frozen=True)
class FeatureReader:
    """Reads model inputs off frames.

    Frame t is predicted at its start, when frames up to t − 1 − delay are known: nothing later is ever looked at.
    """

    spec: ModelSpec
    calendar: Calendar

    @property
    def delay_frames(self) -> int:
        """Frames until an incident's report is known."""
        return self.spec.reporting_delay_hours * self.calendar.clock.frames_per_hour

    @property
    def history_frames(self) -> int:
        """How many frames before a frame must be there."""
        return self.history_of(LATEST_INPUT_NAMES)

    def history_of(self, names: Iterable[str]) -> int:
        """Return how many frames before a frame must be there for a model that takes these inputs.

        Means and levels of the last weeks are those of fewer days where fewer are known; they ask for one week.
        """
        week = self.delay_frames + DAYS_PER_WEEK * self.calendar.clock.frames_per_day
        frames = {
            "closeness": int(self.closeness_lags.max()),
            "period": int(self._period_lags.max()),
            "trend": int(self._trend_lags.max()),
        }
        means = min(week, max(frames.values()))
        return max(({**frames, "recent": means, "level": means}.get(name, 0) for name in names), default=0)

    @property
    def memory_frames(self) -> int:
        """How many frames before a frame are looked at where there are so many."""
        days = MEMORY_DAYS + 1
        return max(self.history_frames, self.delay_frames + days * self.calendar.clock.frames_per_day)

    def count(self, incidents: pd.DataFrame, grid: Grid, first_frame: int, end_frame: int) -> Frames:
        """Count the frames [first_frame, end_frame) and those before that predicting them looks at.

        No frame lies before the first incident (`incidents` is sorted by time): nothing is known of that time. Frames
        shorter than an hour count times that are heaped on full and half hours where `spread_heaped_times` puts them.
        Frames of days that the data policy leaves out are told and hold what `fill_unobserved` puts there.
        """
        clock = self.calendar.clock
        data_start = int(clock.frames(incidents["time"].iloc[:1])[0])
        counted = incidents
        if clock.frames_per_hour > 1:
            past = incidents[clock.frames(incidents["time"]) < end_frame]
            counted = spread_heaped_times(past, clock.zone_name)
        frames = count_frames(counted, grid, clock, max(data_start, first_frame - self.memory_frames), end_frame)
        return fill_unobserved(frames, self.calendar.observed(np.arange(frames.first_frame, frames.end_frame)))

    def read(self, frames: Frames, numbers: NDArray[np.int64], totals: DayTotals | None = None) -> ModelInputs:
        """Return the inputs for the frames of the given numbers, shape (n,).

        Period and trend step back by 24 and 168 absolute hours; across a change of the clocks they are one hour off
        for a day or a week, the external features never.

        Parameters
        ----------
        totals : the days that recent means and levels are taken from; those of `frames` if not given.

        Raises
        ------
        IndexError
            The frames do not reach back `history_frames` before a frame.
        """
        days = frames.day_totals if totals is None else totals
        known_ends = numbers - self.delay_frames
        return ModelInputs(
            closeness=self.read_closeness(frames, numbers),
            period=_stack(frames, numbers, self._period_lags),
            trend=_stack(frames, numbers, self._trend_lags),
            recent=days.decayed_means(known_ends, RECENT_HALF_LIVES_DAYS),
            level=days.level_means(known_ends, LEVEL_WEEKS),
            external=self.calendar.external(numbers),
            hour_of_week=self.calendar.hours_of_week(numbers),
        )

    def read_closeness(self, frames: Frames, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the input `closeness` for the frames of the given numbers; see `read`."""
        return _stack(frames, numbers, self.closeness_lags)

    @property
    def closeness_lags(self) -> NDArray[np.int64]:
        """How many frames each closeness map lies back, shape (closeness_frames,)."""
        return 1 + self.delay_frames + np.arange(self.spec.closeness_frames)

    @property
    def _period_lags(self) -> NDArray[np.int64]:
        return self._whole_lags(self.calendar.clock.frames_per_day, self.spec.period_days)

    @property
    def _trend_lags(self) -> NDArray[np.int64]:
        return self._whole_lags(DAYS_PER_WEEK * self.calendar.clock.frames_per_day, self.spec.trend_weeks)

    def _whole_lags(self, length: int, count: int) -> NDArray[np.int64]:
        """Return `count` multiples of a length, the first of them long enough ago to be known."""
        first = max(1, -(-(1 + self.delay_frames) // length))
        return length * (first + np.arange(count))


def _stack(frames: Frames, numbers: NDArray[np.int64], lags: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return past frames as channels, shape (n, n_rows, n_columns, n_lags)."""
    return np.moveaxis(frames.at(numbers[:, None] - lags[None, :]), 1, -1)
