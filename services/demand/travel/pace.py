"""What is added to driving minutes: mobilisation, and a factor for the hour of the day."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from services.demand.arrays import FloatArray, IntArray

HOURS_PER_DAY = 24
LEAST_FACTOR, MOST_FACTOR = 0.1, 10.0


@dataclass(frozen=True)
class Pace:
    """How fast cars of an area set off and drive.

    Parameters
    ----------
    mobilisation_minutes
        Minutes that pass before a standing car that is sent drives off.
    hour_factors
        Driving minutes are multiplied by these, one for each local hour of the day, each from 0.1 to 10.

    >>> Pace(hour_factors=(1.0,) * 12 + (1.5,) * 12).day_factor
    1.25
    """

    mobilisation_minutes: float = 0.0
    hour_factors: tuple[float, ...] = (1.0,) * HOURS_PER_DAY

    def __post_init__(self) -> None:
        if not 0 <= self.mobilisation_minutes <= 60:
            raise ValueError(f"Expected mobilisation_minutes of 0 to 60, got {self.mobilisation_minutes}.")
        if len(self.hour_factors) != HOURS_PER_DAY:
            raise ValueError(f"Expected {HOURS_PER_DAY} hour_factors, got {len(self.hour_factors)}.")
        if not all(LEAST_FACTOR <= factor <= MOST_FACTOR for factor in self.hour_factors):
            raise ValueError(f"Expected hour_factors of {LEAST_FACTOR} to {MOST_FACTOR:g}, got {self.hour_factors}.")

    @property
    def is_even(self) -> bool:
        """Whether all hours of the day are alike."""
        return len(set(self.hour_factors)) == 1

    @property
    def day_factor(self) -> float:
        """Mean factor of a day."""
        return float(np.mean(self.hour_factors))

    def factors(self, local_hours: IntArray) -> FloatArray:
        """Return the factor of each local hour of the day, shape (n,)."""
        return np.array(self.hour_factors)[local_hours]

    def span_factor(self, start_time: datetime, span_minutes: float, time_zone: str) -> float:
        """Return the mean factor of the minutes of a span."""
        minutes = np.arange(max(1, int(np.ceil(span_minutes))), dtype=np.float64)
        return float(self.factors(local_hours(start_time, minutes, time_zone)).mean())


STEADY_PACE = Pace()
"""Cars drive off at once, and drive alike at all hours."""


def local_hours(start_time: datetime, minutes: FloatArray, time_zone: str) -> IntArray:
    """Return the local hour of the day of minutes that have passed since an instant, shape (n,).

    Minutes are counted on, so that where the clocks go back an hour comes twice.

    >>> start = datetime.fromisoformat("2014-11-02T04:30:00+00:00")
    >>> local_hours(start, np.array([0.0, 60.0, 120.0, 180.0]), "America/New_York").tolist()
    [0, 1, 1, 2]
    """
    times = pd.Timestamp(start_time) + pd.to_timedelta(minutes, unit="min")
    return np.asarray(pd.DatetimeIndex(times).tz_convert(ZoneInfo(time_zone)).hour, dtype=np.int64)
