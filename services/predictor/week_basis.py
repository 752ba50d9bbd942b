"""Shapes that a place's week may take: smooth functions of the hour of the week, few and ordered by importance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from services.predictor.calendar_features import HOURS_PER_DAY, HOURS_PER_WEEK

FUNCTIONS = 24
LENGTH = 0.9
"""Of the periodic kernel of the hour of the day: hours closer than about three are alike."""
DAY_TYPE_SHARE, DAY_SHARE = 0.25, 0.05
"""Shares of an hour's variance that weekdays and the weekend, and each day of the week, have to themselves."""
DAY_TYPE_LEVEL, DAY_LEVEL = 0.05, 0.02
"""Variances of whole weekends and whole days relative to that of hours."""
FIRST_WEEKEND_DAY = 5

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class WeekBasis:
    """Functions of the hour of the week that are orthonormal where hours weigh as much as incidents they hold.

    Attributes
    ----------
    functions : shape (168, n), each with mean 0 and mean square 1 under `profile`.
    shares : of the variance of shapes that each function explains beforehand, falling, summing to 1, shape (n,).
    profile : share of incidents that each hour of the week holds, shape (168,).
    """

    functions: FloatArray
    shares: FloatArray
    profile: FloatArray

    @classmethod
    def of_profile(cls, incidents: FloatArray) -> "WeekBasis":
        """Take the leading eigenfunctions of `hour_kernel` where hours hold so many incidents, shape (168,)."""
        profile = incidents / incidents.sum()
        centred = np.eye(HOURS_PER_WEEK) - profile[None, :]
        roots = np.sqrt(profile)
        kernel = roots[:, None] * (centred @ hour_kernel() @ centred.T) * roots
        values, vectors = eigh(kernel, subset_by_index=(HOURS_PER_WEEK - FUNCTIONS, HOURS_PER_WEEK - 1))
        shares = np.maximum(values[::-1], 0.0)
        return cls(vectors[:, ::-1] / roots[:, None], shares / shares.sum(), profile)

    def scores(self, residuals: FloatArray) -> FloatArray:
        """Return Σ over hours of residual · function, shape (n_rows, n_columns, n).

        Parameters
        ----------
        residuals : recorded less expected incidents, shape (168, n_rows, n_columns).
        """
        return np.moveaxis(np.tensordot(self.functions, residuals, axes=(0, 0)), 0, -1)

    def shapes(self, coefficients: FloatArray) -> FloatArray:
        """Return Σ coefficient · function, shape (168, n_rows, n_columns), from shape (n_rows, n_columns, n)."""
        return np.tensordot(self.functions, coefficients, axes=(1, 2))


def hour_kernel() -> FloatArray:
    """Return how alike hours of the week are in how places differ from each other, shape (168, 168).

    k(h, h') = exp(−2 sin²(π (h − h') / 24) / LENGTH²) · (what all days share + day type + day) + levels of both.
    """
    hours = np.arange(HOURS_PER_WEEK)
    days = hours // HOURS_PER_DAY
    weekends = days >= FIRST_WEEKEND_DAY
    same_type, same_day = (np.equal.outer(kind, kind).astype(float) for kind in (weekends, days))
    angles = np.pi * np.subtract.outer(hours, hours) / HOURS_PER_DAY
    near = np.exp(-2 * np.square(np.sin(angles) / LENGTH))
    shared = 1 - DAY_TYPE_SHARE - DAY_SHARE
    by_hour = near * (shared + DAY_TYPE_SHARE * same_type + DAY_SHARE * same_day)
    return np.asarray(by_hour + DAY_TYPE_LEVEL * same_type + DAY_LEVEL * same_day)
