"""Counts per cell and day, and what they say of the last days, weeks and months."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MEMORY_DAYS = 364
"""Days that decayed means and levels look back at most: whole weeks, so that weekdays weigh the same."""


@dataclass(frozen=True)
class DayTotals:
    """Counts per cell of consecutive whole days of the frame numbering (day d is frames [d · n, (d + 1) · n)).

    Attributes
    ----------
    first_day : number of the first day.
    counts : shape (n_days, n_rows, n_columns), incidents per cell and day.
    frames_per_day : n.
    observed : days that are looked at, shape (n_days,); None: all. The others count neither as days nor in how far one
        looks back.
    """

    first_day: int
    counts: NDArray[np.float32]
    frames_per_day: int
    observed: NDArray[np.bool_] | None = None

    @classmethod
    def of_counts(
        cls,
        first_frame: int,
        counts: NDArray[np.float32],
        frames_per_day: int,
        observed: NDArray[np.bool_] | None = None,
    ) -> "DayTotals":
        """Sum up frames; days that the frames cover in part are left out, and so are days with an unobserved frame."""
        first_day = -(-first_frame // frames_per_day)
        day_count = max(0, (first_frame + len(counts)) // frames_per_day - first_day)
        skipped = first_day * frames_per_day - first_frame
        whole = slice(skipped, skipped + day_count * frames_per_day)
        totals = counts[whole].reshape(day_count, frames_per_day, *counts.shape[1:]).sum(axis=1)
        if observed is None:
            return cls(first_day, totals, frames_per_day)
        days = np.asarray(observed[whole].reshape(day_count, frames_per_day).all(axis=1))
        return cls(first_day, totals, frames_per_day, days)

    def decayed_means(self, known_ends: NDArray[np.int64], half_lives_days: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return means that forget by half within each half-life, over the last year's whole days.

        Parameters
        ----------
        known_ends : frame numbers, shape (n,); only days that end by then count.
        half_lives_days : shape (k,).

        Returns
        -------
        Incidents per cell and frame, shape (n, n_rows, n_columns, k); zero where no day is known.
        """
        ends, positions = np.unique(self._known_days(known_ends), return_inverse=True)
        ages = self._ages(ends)
        decay = np.exp2(-np.maximum(ages, 0)[None] / np.asarray(half_lives_days)[:, None, None])
        weights = np.where(self._seen(ages), decay, 0.0)
        sums = self._weigh(weights)
        return np.moveaxis(sums, 0, -1)[positions]

    def level_means(self, known_ends: NDArray[np.int64], weeks: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the whole area's mean over each of the last whole weeks.

        Parameters
        ----------
        known_ends : frame numbers, shape (n,); only days that end by then count.
        weeks : how many weeks each mean looks back, shape (k,), at most 52.

        Returns
        -------
        Incidents per frame, shape (n, k); where fewer days are known, their mean; zero where none is.
        """
        ends, positions = np.unique(self._known_days(known_ends), return_inverse=True)
        ages = self._ages(ends)
        weights = self._seen(ages) & (ages[None] < 7 * np.asarray(weeks)[:, None, None])
        totals = self.counts.sum(axis=(1, 2), dtype=np.float64)
        days = np.maximum(weights.sum(axis=-1), 1)
        means = (weights @ totals) / days / self.frames_per_day
        return np.asarray(means.T[positions], dtype=np.float32)

    def _known_days(self, known_ends: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the day after the last that is known, shape (n,)."""
        return np.minimum(known_ends // self.frames_per_day, self.first_day + len(self.counts))

    def _ages(self, end_days: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many observed days each day lies back, shape (n_ends, n_days); 0 is the last, negative unknown."""
        ages = np.asarray(end_days[:, None] - 1 - (self.first_day + np.arange(len(self.counts)))[None, :])
        if self.observed is None:
            return ages
        before = np.concatenate([[0], np.cumsum(self.observed)])
        ends = np.clip(end_days - self.first_day, 0, len(self.counts))
        observed_ages = before[ends][:, None] - 1 - before[:-1][None, :]
        return np.where(self.observed & (ages < MEMORY_DAYS), observed_ages, -1)

    @staticmethod
    def _seen(ages: NDArray[np.int64]) -> NDArray[np.bool_]:
        return (ages >= 0) & (ages < MEMORY_DAYS)

    def _weigh(self, weights: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return weighted means of the days per frame, shape (*weights.shape[:-1], n_rows, n_columns)."""
        shares = weights / np.maximum(weights.sum(axis=-1, keepdims=True), 1e-12) / self.frames_per_day
        flat = shares.reshape(-1, weights.shape[-1]).astype(np.float32) @ self.counts.reshape(len(self.counts), -1)
        return np.asarray(flat.reshape(*weights.shape[:-1], *self.counts.shape[1:]), dtype=np.float32)
