"""Frames: counts of incidents per grid cell and stretch of time."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.predictor.area import Grid
from services.predictor.day_totals import DayTotals
from services.predictor.frame_clock import FrameClock

FRAMES_PER_DAY = 24


@dataclass(frozen=True)
class Frames:
    """Consecutive frames.

    Attributes
    ----------
    first_frame : the number of `counts[0]` on the area's `FrameClock`.
    counts : shape (n_frames, n_rows, n_columns), incidents (or expected incidents) per cell and frame.
    frames_per_day : 24 for frames of an hour.
    observed : frames of days that are looked at, shape (n_frames,); None: all. See `unobserved_frames`.
    """

    first_frame: int
    counts: NDArray[np.float32]
    frames_per_day: int = FRAMES_PER_DAY
    observed: NDArray[np.bool_] | None = None

    @property
    def end_frame(self) -> int:
        """The number after the last frame's."""
        return self.first_frame + len(self.counts)

    @cached_property
    def day_totals(self) -> DayTotals:
        """Counts per cell and day; counted once."""
        return DayTotals.of_counts(self.first_frame, self.counts, self.frames_per_day, self.observed)

    def at(self, frames: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the frames of the given numbers, shape (*frames.shape, n_rows, n_columns).

        Raises
        ------
        IndexError
            A number lies outside the frames.
        """
        positions = frames - self.first_frame
        if positions.size and (positions.min() < 0 or positions.max() >= len(self.counts)):
            raise IndexError(f"Expected frames from {self.first_frame} to {self.end_frame - 1}.")
        return self.counts[positions]

    def until(self, end_frame: int) -> "Frames":
        """Return the frames before `end_frame`."""
        size = max(0, end_frame - self.first_frame)
        observed = None if self.observed is None else self.observed[:size]
        return Frames(self.first_frame, self.counts[:size], self.frames_per_day, observed)


def count_frames(incidents: pd.DataFrame, grid: Grid, clock: FrameClock, first_frame: int, end_frame: int) -> Frames:
    """Count incidents per cell and frame.

    Parameters
    ----------
    incidents : rows with time (UTC), latitude and longitude (degrees).
    first_frame, end_frame : the frames cover [first_frame, end_frame); incidents outside are not looked at.
    """
    numbers = clock.frames(incidents["time"])
    cells = grid.cells(incidents["latitude"].to_numpy(float), incidents["longitude"].to_numpy(float))
    seen = (numbers >= first_frame) & (numbers < end_frame) & (cells >= 0)
    counts = np.zeros((max(0, end_frame - first_frame), grid.row_count, grid.column_count), dtype=np.float32)
    # Added one by one: a histogram over all cells and frames would hold eight bytes for each of them once more.
    np.add.at(counts.reshape(-1), (numbers[seen] - first_frame) * grid.cell_count + cells[seen], np.float32(1))
    return Frames(first_frame, counts, clock.frames_per_day)
