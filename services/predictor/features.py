"""What a model sees of the past when it predicts an hour: closeness, period, trend and external features."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.predictor.calendar_features import HOURS_PER_WEEK, Calendar
from services.predictor.frames import Frames
from services.predictor.model_spec import ModelSpec

HOURS_PER_DAY = 24


@dataclass(frozen=True)
class ModelInputs:
    """Inputs for n hours to predict; counts are raw incidents per cell and hour.

    Attributes
    ----------
    closeness : the last hourly frames, most recent first, shape (n, n_rows, n_columns, closeness_frames).
    period : the same hour on previous days, most recent first, shape (n, n_rows, n_columns, period_days).
    trend : the same hour in previous weeks, most recent first, shape (n, n_rows, n_columns, trend_weeks).
    external : features of the hour itself, shape (n, 8); see `calendar_features`.
    hour_of_week : local hour of the week, shape (n,).
    """

    closeness: NDArray[np.float32]
    period: NDArray[np.float32]
    trend: NDArray[np.float32]
    external: NDArray[np.float32]
    hour_of_week: NDArray[np.int32]

    def named(self) -> dict[str, NDArray[np.float32] | NDArray[np.int32]]:
        """Return the inputs by the names of the model's signature."""
        return {
            "closeness": self.closeness,
            "period": self.period,
            "trend": self.trend,
            "external": self.external,
            "hour_of_week": self.hour_of_week,
        }

    def __len__(self) -> int:
        return len(self.hour_of_week)


@dataclass(frozen=True)
class FeatureReader:
    """Reads model inputs off frames; every frame used lies before the hour to predict."""

    spec: ModelSpec
    calendar: Calendar

    @property
    def history_hours(self) -> int:
        """How many frames before an hour are needed."""
        spec = self.spec
        return max(spec.closeness_frames, spec.period_days * HOURS_PER_DAY, spec.trend_weeks * HOURS_PER_WEEK)

    def read(self, frames: Frames, hours: NDArray[np.int64]) -> ModelInputs:
        """Return the inputs for the given hours, shape (n,).

        Period and trend step back by 24 and 168 absolute hours; across a change of the clocks they are one hour off
        for a day or a week, the external features never.

        Raises
        ------
        IndexError
            The frames do not reach back `history_hours` before an hour.
        """
        spec = self.spec
        return ModelInputs(
            closeness=_stack(frames, hours, 1 + np.arange(spec.closeness_frames)),
            period=_stack(frames, hours, HOURS_PER_DAY * (1 + np.arange(spec.period_days))),
            trend=_stack(frames, hours, HOURS_PER_WEEK * (1 + np.arange(spec.trend_weeks))),
            external=self.calendar.external(hours),
            hour_of_week=self.calendar.hours_of_week(hours),
        )


def _stack(frames: Frames, hours: NDArray[np.int64], lags: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return past frames as channels, shape (n, n_rows, n_columns, n_lags)."""
    return np.moveaxis(frames.at(hours[:, None] - lags[None, :]), 1, -1)
