"""Greedy choice of points by expected one-to-one matching gain on a fine grid of places and times."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST_GAIN = 1e-4
"""Points that may hardly be expected to match anything are never chosen."""

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Reach:
    """Which fine cells lie within a window of a fine cell.

    Attributes
    ----------
    disc : shape (2 · row_reach + 1, 2 · column_reach + 1), true where a cell's centre is within the distance, which is
        one run in every row.
    steps : time steps before and after that are within the window.
    """

    disc: NDArray[np.bool_]
    steps: int

    @property
    def row_reach(self) -> int:
        """Rows north and south."""
        return int(self.disc.shape[0] // 2)

    @property
    def column_reach(self) -> int:
        """Columns east and west."""
        return int(self.disc.shape[1] // 2)


@dataclass(frozen=True)
class Picks:
    """Chosen points in the order of choice, with the expected gain of each; every array of shape (n,)."""

    steps: IntArray
    rows: IntArray
    columns: IntArray
    gains: FloatArray


class GainMap:
    """Expected incidents that are not claimed yet, and what a point at each place and time would match.

    A point claims the incidents within its window. The expected unclaimed incidents there, B, hold at least one with
    probability 1 − exp(−B) (Poisson), which is the point's expected gain; once chosen, it claims that much of B, taken
    evenly from the window. Gains only fall as points are chosen, so that the greedy choice is the usual one for
    submodular gains (Nemhauser, Wolsey and Fisher 1978).

    Parameters
    ----------
    expected : shape (n_steps, n_rows, n_columns), expected incidents.
    """

    def __init__(self, expected: FloatArray, reach: Reach) -> None:
        self._reach = reach
        self._spreads = (reach.steps, reach.row_reach, reach.column_reach)
        self._left = np.pad(expected, [(spread, spread) for spread in self._spreads])
        self._within = self._window_sums(self._left)
        self._highest = self._within.reshape(len(self._within), -1).max(axis=1)

    def pick(self, least_share: float) -> Picks:
        """Choose points one by one, the highest gain first.

        A point raises expected F1, 2 · Σ gains / (points + expected), where its gain is above half of it.

        Parameters
        ----------
        least_share : ends where a gain is below this share of what would raise the expected F1 of all points so far.
        """
        expected = float(self._left.sum())
        chosen: list[tuple[int, int, int, float]] = []
        total = 0.0
        while True:
            step = int(np.argmax(self._highest))
            gain = -float(np.expm1(-self._highest[step]))
            if gain < LEAST_GAIN or gain * (len(chosen) + expected) <= least_share * total:
                break
            total += gain
            row, column = divmod(int(np.argmax(self._within[step])), self._within.shape[2])
            chosen.append((step, row, column, gain))
            self._claim((step, row, column), gain)
        figures = np.array(chosen, dtype=np.float64).reshape(-1, 4).T
        steps, rows, columns = (figure.astype(np.int64) for figure in figures[:3])
        return Picks(steps, rows, columns, figures[3])

    def _claim(self, place: tuple[int, int, int], gain: float) -> None:
        """Take a chosen point's gain from what is left around it, and from what all points nearby would match.

        `_left` has a margin of one reach on each side: the window of point p begins at p.
        """
        window = tuple(slice(at, at + 2 * spread + 1) for at, spread in zip(place, self._spreads, strict=True))
        taken = self._left[window] * (self._reach.disc * (gain / self._within[place]))
        self._left[window] -= taken
        # Points up to two reaches away lose what their window has in common with this one's.
        lost = self._window_sums(np.pad(taken, [(2 * spread, 2 * spread) for spread in self._spreads]))
        firsts = [at - 2 * spread for at, spread in zip(place, self._spreads, strict=True)]
        lows = [max(first, 0) for first in firsts]
        highs = [
            min(first + size, whole) for first, size, whole in zip(firsts, lost.shape, self._within.shape, strict=True)
        ]
        near = tuple(slice(low, high) for low, high in zip(lows, highs, strict=True))
        part = tuple(slice(low - first, high - first) for low, high, first in zip(lows, highs, firsts, strict=True))
        self._within[near] = np.maximum(self._within[near] - lost[part], 0.0)
        self._highest[near[0]] = self._within[near[0]].max(axis=(1, 2))

    def _window_sums(self, values: FloatArray) -> FloatArray:
        """Sum over the window that begins at each place; each axis gets shorter by twice its reach."""
        reach = self._reach
        ends = np.cumsum(np.pad(values, ((1, 0), (0, 0), (0, 0))), axis=0)
        length = 2 * reach.steps + 1
        spans = ends[length:] - ends[:-length]
        row_count, column_count = spans.shape[1] - 2 * reach.row_reach, spans.shape[2] - 2 * reach.column_reach
        east_ends = np.cumsum(np.pad(spans, ((0, 0), (0, 0), (1, 0))), axis=2)
        sums = np.zeros((len(spans), row_count, column_count))
        for row, run in enumerate(reach.disc):
            first, end = int(np.argmax(run)), len(run) - int(np.argmax(run[::-1]))
            rows = east_ends[:, row : row + row_count]
            sums += rows[:, :, end : end + column_count]
            sums -= rows[:, :, first : first + column_count]
        return sums
