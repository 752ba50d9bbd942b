"""Low-rank shapes of the week: which cells share which rhythm, by non-negative factorisation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.predictor.calendar_features import HOURS_PER_DAY, HOURS_PER_WEEK

RANK = 16
STARTS = 4
"""Factorisations from different random starts; the mean of their products varies less than each."""
ITERATIONS = 80
LEAST_REACH = 0.01
"""Of the smoothed weight of hours of the week that something is expected in: below, nothing is known of an hour."""
SMOOTHING_HOURS = 0.45
"""Standard deviation of the kernel along the week."""
SHARED_WEEKDAYS = 0.9
"""Share of each weekday's rhythm that is the mean of Monday to Friday."""
WEEKDAYS = 5
LEAST = 1e-12
LEAST_RATIO = 0.05
"""No rhythm is so unlike the common one that it rules an hour out."""


@dataclass(frozen=True)
class WeekSmoother:
    """Smooths rhythms around the circle of the week and draws weekdays together."""

    kernel: NDArray[np.complex128]
    shared_weekdays: float

    @classmethod
    def make(cls, smoothing_hours: float, shared_weekdays: float) -> "WeekSmoother":
        """Make the smoother of a Gaussian kernel (its standard deviation in hours) and a share of the mean weekday."""
        hours = np.arange(HOURS_PER_WEEK)
        distances = np.minimum(hours, HOURS_PER_WEEK - hours)
        weights = np.exp(-0.5 * np.square(distances / smoothing_hours))
        return cls(np.fft.rfft(weights / weights.sum()), shared_weekdays)

    def __call__(self, rhythms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return smoothed rhythms, shape (n, 168)."""
        smooth = np.fft.irfft(np.fft.rfft(rhythms, axis=1) * self.kernel, HOURS_PER_WEEK, axis=1)
        days = smooth.reshape(len(rhythms), -1, HOURS_PER_DAY)
        weekdays = days[:, :WEEKDAYS]
        shared = self.shared_weekdays * weekdays.mean(axis=1, keepdims=True)
        days[:, :WEEKDAYS] = (1 - self.shared_weekdays) * weekdays + shared
        return np.maximum(days.reshape(rhythms.shape), 0.0)


def shared_weekdays(profile: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a weekly profile whose weekdays are half their own and half the mean weekday, shape (168,)."""
    days = profile.reshape(-1, HOURS_PER_DAY).copy()
    days[:WEEKDAYS] = 0.5 * days[:WEEKDAYS] + 0.5 * days[:WEEKDAYS].mean(axis=0)
    return days.ravel()


def rhythm_ratios(
    recorded: NDArray[np.float64], expected: NDArray[np.float64], prior_incidents: float, seed: int
) -> NDArray[np.float64]:
    """Return how much each cell's rhythm differs from the one that is expected, by low-rank factorisation.

    recorded ~ Poisson(expected ∘ (W V)) with W, V ≥ 0 of rank 16, by multiplicative updates of the Kullback-Leibler
    divergence (Lee and Seung 1999). Each row of W has a gamma prior that draws the cell to the common rhythm; V is
    smoothed along the week in every step.

    Parameters
    ----------
    recorded, expected : incidents per cell and hour of the week, shape (n_cells, 168); expected is positive but for
        hours of the week that were never looked at.
    prior_incidents : incidents that the area's common rhythm counts for in each cell, positive.

    Returns
    -------
    Factors around 1, shape (n_cells, 168), at least 0.05; 1 in hours of the week of which nothing is known, not even by
    hours beside or other weekdays.
    """
    smoother = WeekSmoother.make(SMOOTHING_HOURS, SHARED_WEEKDAYS)
    products = [
        _factorise(recorded, expected, prior_incidents, smoother, np.random.default_rng([seed % 2**64, start]))
        for start in range(STARTS)
    ]
    known = smoother((expected.sum(axis=0) > 0).astype(np.float64)[None])[0] > LEAST_REACH
    return np.where(known, np.maximum(np.mean(products, axis=0), LEAST_RATIO), 1.0)


def _factorise(
    recorded: NDArray[np.float64],
    expected: NDArray[np.float64],
    prior_incidents: float,
    smoother: WeekSmoother,
    generator: np.random.Generator,
) -> NDArray[np.float64]:
    """Return W V after a fixed number of steps from a random start."""
    weights = generator.dirichlet(np.full(RANK, 2.0), len(recorded))
    rhythms = generator.uniform(0.5, 1.5, (RANK, HOURS_PER_WEEK))
    for _ in range(ITERATIONS):
        ratio = recorded / np.maximum(weights @ rhythms, LEAST)
        gained = weights * (ratio @ rhythms.T) + prior_incidents / RANK
        weights = gained / (expected @ rhythms.T + prior_incidents)
        ratio = recorded / np.maximum(weights @ rhythms, LEAST)
        rhythms = smoother(rhythms * (weights.T @ ratio)) / np.maximum(smoother(weights.T @ expected), LEAST)
        scales = np.maximum((rhythms @ expected.sum(axis=0)) / expected.sum(), LEAST)
        rhythms, weights = rhythms / scales[:, None], weights * scales
    return np.asarray(weights @ rhythms)
