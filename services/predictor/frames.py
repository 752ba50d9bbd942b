"""Frames: counts of incidents per grid cell and hour."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.predictor.area import Grid
from services.predictor.hour_clock import HourClock


@dataclass(frozen=True)
class Frames:
    """Consecutive hourly frames.

    Attributes
    ----------
    first_hour : the hour of `counts[0]` on the area's `HourClock`.
    counts : shape (n_hours, n_rows, n_columns), incidents (or expected incidents) per cell and hour.
    """

    first_hour: int
    counts: NDArray[np.float32]

    @property
    def end_hour(self) -> int:
        """The hour after the last frame."""
        return self.first_hour + len(self.counts)

    def at(self, hours: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the frames of the given hours, shape (*hours.shape, n_rows, n_columns).

        Raises
        ------
        IndexError
            An hour lies outside the frames.
        """
        positions = hours - self.first_hour
        if positions.size and (positions.min() < 0 or positions.max() >= len(self.counts)):
            raise IndexError(f"Expected hours from {self.first_hour} to {self.end_hour - 1}.")
        return self.counts[positions]

    def until(self, end_hour: int) -> "Frames":
        """Return the frames before `end_hour`."""
        return Frames(self.first_hour, self.counts[: max(0, end_hour - self.first_hour)])


def count_frames(incidents: pd.DataFrame, grid: Grid, clock: HourClock, first_hour: int, end_hour: int) -> Frames:
    """Count incidents per cell and hour.

    Parameters
    ----------
    incidents : rows with time (UTC), latitude and longitude (degrees).
    first_hour, end_hour : the frames cover [first_hour, end_hour); incidents outside are not looked at.
    """
    hours = clock.hours(incidents["time"])
    cells = grid.cells(incidents["latitude"].to_numpy(float), incidents["longitude"].to_numpy(float))
    seen = (hours >= first_hour) & (hours < end_hour) & (cells >= 0)
    flat = (hours[seen] - first_hour) * grid.cell_count + cells[seen]
    counts = np.bincount(flat, minlength=(end_hour - first_hour) * grid.cell_count)
    return Frames(first_hour, counts.reshape(-1, grid.row_count, grid.column_count).astype(np.float32))
