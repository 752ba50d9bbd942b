"""The most likely set: points placed where each may be expected to match an incident. For display and F1 only.

It has no randomness and far less spread than incidents: nothing may be optimised on it. Scenarios are for that.
"""

from dataclasses import dataclass
from math import lcm

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.predictor.area import Area, Grid
from services.predictor.matching import Window
from services.predictor.matching_gain import GainMap, Picks, Reach
from services.predictor.plane import LocalPlane
from services.predictor.scenarios import IntensityMaps

MINUTES_PER_HOUR = 60
STEPS_MINUTES = (5, 10, 15, 20, 30)
FINE_CELLS_PER_DISTANCE = 5.0
PSEUDO_POINTS = 2.0
"""Points that stand, spread evenly, behind the past points of a cell."""
LEAST_SHARE = 0.7
"""How far below what raises a day's own F1 gains are looked at: the cut is made over all days together."""
BLOCK_HOURS = 24

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class MostLikelySet:
    """Points for display and F1, never a scenario; every array of shape (n,), in order of time.

    Attributes
    ----------
    minutes : from the start of the maps.
    gains : expected number of incidents (at most 1) that the point matches within the window.
    expected_f1 : F1 that may be expected within the window; up to a fifth too high where recorded minutes do not heap
        on multiples of five, because time is looked at in steps.
    """

    window: Window
    minutes: FloatArray
    latitudes: FloatArray
    longitudes: FloatArray
    gains: FloatArray
    expected_f1: float


def most_likely_set(area: Area, known: pd.DataFrame, maps: IntensityMaps, window: Window) -> MostLikelySet:
    """Choose the points with the highest expected F1 within a window.

    Points are chosen greedily by expected one-to-one matching gain (`GainMap`) and cut off where expected F1,
    2 · Σ gains / (points + expected incidents), is highest. Within a cell incidents are expected near past ones, within
    an hour at the minutes at which past ones were recorded: records heap on the full and half hour.

    Parameters
    ----------
    known : past incidents that may be looked at.
    maps : of hours or of halves, thirds, quarters … of hours, from a full hour on.
    """
    step_minutes = _step_minutes(window)
    fine = _FineGrid.of(area.grid, window)
    density = fine.density(known)
    frame_minutes = lcm(maps.frame_minutes, step_minutes)  # so that steps divide frames, whatever the model's are
    values = _summed(maps, frame_minutes)
    profile = _minute_profile(known, area.time_zone, frame_minutes, step_minutes)
    block = BLOCK_HOURS * MINUTES_PER_HOUR // frame_minutes
    picks = [
        _pick_block(values[start : start + block], density, profile, fine.reach(window, step_minutes))
        for start in range(0, len(values), block)
    ]
    steps_per_block = BLOCK_HOURS * MINUTES_PER_HOUR // step_minutes
    steps = np.concatenate([pick.steps + position * steps_per_block for position, pick in enumerate(picks)])
    rows = np.concatenate([pick.rows for pick in picks])
    columns = np.concatenate([pick.columns for pick in picks])
    gains = np.concatenate([pick.gains for pick in picks])
    kept, expected_f1 = _best_prefix(gains, float(maps.values.sum(dtype=np.float64)))
    kept = kept[np.argsort(steps[kept], kind="stable")]
    latitudes, longitudes = fine.centres(rows[kept], columns[kept])
    return MostLikelySet(window, steps[kept] * float(step_minutes), latitudes, longitudes, gains[kept], expected_f1)


def _step_minutes(window: Window) -> int:
    """Return the time step: at most half the window's minutes."""
    return max((step for step in STEPS_MINUTES if step <= window.minutes / 2), default=STEPS_MINUTES[0])


def _summed(maps: IntensityMaps, frame_minutes: int) -> NDArray[np.float32]:
    """Sum consecutive maps to frames of so many minutes, of which the last one may be cut short."""
    starts = np.arange(0, len(maps.values), frame_minutes // maps.frame_minutes)
    summed: NDArray[np.float32] = np.add.reduceat(maps.values, starts, axis=0)
    return summed


@dataclass(frozen=True)
class _FineGrid:
    """A grid whose cells are parts of those of another: `parts` rows and columns per cell."""

    coarse: Grid
    parts: tuple[int, int]

    @classmethod
    def of(cls, grid: Grid, window: Window) -> "_FineGrid":
        height_m, width_m = _cell_metres(grid)
        wanted_m = window.distance_m / FINE_CELLS_PER_DISTANCE
        return cls(grid, (int(np.ceil(height_m / wanted_m)), int(np.ceil(width_m / wanted_m))))

    @property
    def grid(self) -> Grid:
        """The fine cells."""
        coarse, (row_parts, column_parts) = self.coarse, self.parts
        return Grid(
            south_latitude=coarse.south_latitude,
            west_longitude=coarse.west_longitude,
            cell_height_degrees=coarse.cell_height_degrees / row_parts,
            cell_width_degrees=coarse.cell_width_degrees / column_parts,
            row_count=coarse.row_count * row_parts,
            column_count=coarse.column_count * column_parts,
        )

    def density(self, known: pd.DataFrame) -> FloatArray:
        """Return the share of its coarse cell that each fine cell has, shape (n_rows, n_columns)."""
        grid = self.grid
        cells = grid.cells(known["latitude"].to_numpy(float), known["longitude"].to_numpy(float))
        counts = np.bincount(cells[cells >= 0], minlength=grid.cell_count).reshape(grid.row_count, -1)
        raised = counts + PSEUDO_POINTS / np.prod(self.parts)
        return np.asarray(raised / self.spread(self.pooled(raised)))

    def pooled(self, fine: FloatArray) -> FloatArray:
        """Sum fine cells to coarse ones."""
        shape = (self.coarse.row_count, self.parts[0], self.coarse.column_count, self.parts[1])
        return np.asarray(fine.reshape(shape).sum(axis=(1, 3)))

    def spread(self, coarse: FloatArray) -> FloatArray:
        """Repeat the last two axes of coarse values for their fine cells."""
        return np.repeat(np.repeat(coarse, self.parts[0], axis=-2), self.parts[1], axis=-1)

    def reach(self, window: Window, step_minutes: int) -> Reach:
        """Return which fine cells and steps lie within a window."""
        height_m, width_m = _cell_metres(self.grid)
        rows, columns = int(window.distance_m // height_m), int(window.distance_m // width_m)
        north = np.arange(-rows, rows + 1)[:, None] * height_m
        east = np.arange(-columns, columns + 1) * width_m
        return Reach(np.hypot(north, east) <= window.distance_m, int(window.minutes // step_minutes))

    def centres(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> tuple[FloatArray, FloatArray]:
        """Return latitudes and longitudes of the middles of fine cells."""
        grid = self.grid
        latitudes: FloatArray = np.asarray(grid.south_latitude + (rows + 0.5) * grid.cell_height_degrees)
        longitudes: FloatArray = np.asarray(grid.west_longitude + (columns + 0.5) * grid.cell_width_degrees)
        return latitudes, longitudes


def _cell_metres(grid: Grid) -> tuple[float, float]:
    """Return height and width of a cell in the middle of a grid."""
    plane = LocalPlane.of_grid(grid)
    corner = plane.to_metres(
        np.array([plane.latitude + grid.cell_height_degrees]), np.array([plane.longitude + grid.cell_width_degrees])
    )
    return float(corner[0, 1]), float(corner[0, 0])


def _minute_profile(known: pd.DataFrame, zone: str, frame_minutes: int, step_minutes: int) -> FloatArray:
    """Return the share of a frame's incidents at each step, shape (frames per hour, steps per frame + 1).

    A recorded minute counts for the nearest step; the last step of a frame is the first of the next.
    """
    minutes = known["time"].dt.tz_convert(zone).dt.minute.to_numpy()
    frames = minutes // frame_minutes
    steps = np.rint((minutes % frame_minutes) / step_minutes).astype(np.int64)
    counts = np.ones((MINUTES_PER_HOUR // frame_minutes, frame_minutes // step_minutes + 1))
    np.add.at(counts, (frames, steps), 1.0)
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def _pick_block(values: NDArray[np.float32], density: FloatArray, profile: FloatArray, reach: Reach) -> Picks:
    """Choose points for some frames, until gains are too low to raise F1."""
    frames_per_hour, steps = profile.shape[0], profile.shape[1] - 1
    coarse = np.zeros((len(values) * steps + 1, *values.shape[1:]))
    for frame, intensities in enumerate(values.astype(np.float64)):
        first = frame * steps
        coarse[first : first + steps + 1] += profile[frame % frames_per_hour][:, None, None] * intensities
    parts = density.shape[0] // values.shape[1], density.shape[1] // values.shape[2]
    fine = np.repeat(np.repeat(coarse, parts[0], axis=1), parts[1], axis=2) * density
    return GainMap(fine, reach).pick(LEAST_SHARE)


def _best_prefix(gains: FloatArray, expected: float) -> tuple[NDArray[np.int64], float]:
    """Return the positions of the highest gains that make expected F1 highest, and that F1."""
    order = np.argsort(-gains, kind="stable")
    f1 = 2 * np.cumsum(gains[order]) / (np.arange(1, len(gains) + 1) + expected)
    if len(f1) == 0:
        return order, 0.0
    best = int(np.argmax(f1))
    return order[: best + 1], float(f1[best])
