"""Fits how much the factors of days, blocks of six hours and hours vary, from totals of all three."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from services.predictor.dispersion import PARTS_OF_DAY, FloatArray, IntArray, Stretches, parts_of_day
from services.predictor.dispersion_totals import bounded_totals, firsts, log_likelihoods, starts, totals

PRIOR_VARIANCE = 1.0
"""Of the logarithm of what a part of the day varies more or less than the mean part."""
FIRST_VARIANCE, LARGEST_VARIANCE = 0.01, 2.0
FURTHEST_LOGARITHMS = -2.5, 2.5


@dataclass(frozen=True)
class City:
    """Incidents of the whole area per frame; arrays of shape (n,).

    Attributes
    ----------
    counts, means : recorded and expected, the means at the recorded level.
    stretches : what the frames belong to, one after the other.
    weights : what the log-likelihood of a frame's totals counts.
    seasons : what the variances of factors are multiplied by.
    """

    counts: FloatArray
    means: FloatArray
    stretches: Stretches
    weights: FloatArray
    seasons: FloatArray

    @property
    def kinds(self) -> tuple[IntArray, IntArray, IntArray]:
        """The day, the block and the hour of each frame."""
        return self.stretches.days, self.stretches.blocks, self.stretches.hours


@dataclass(frozen=True)
class Factors:
    """Variances of the factors of days, blocks and hours; that of blocks is multiplied by those of parts of the day."""

    day_variance: float
    block_variance: float
    hour_variance: float
    block_parts: tuple[float, ...]


def fit_block_parts(city: City, excess: float) -> tuple[float, ...]:
    """Return which part of the day varies more than another: factors with a geometric mean of 1.

    Their logarithms have a normal prior. All days count alike, whatever their weights: which part varies more is a
    pattern that many days tell better than a few. Totals far from their means are brought nearer first: one New Year's
    night is no rule about nights.

    Parameters
    ----------
    excess : variance over mean of totals, less one, beside what all cells share.
    """
    kinds = [_Totals.of(city, kind, excess, are_bounded=True) for kind in city.kinds]
    return _fit(kinds, excess, None).block_parts


def fit_factors(city: City, excess: float, block_parts: tuple[float, ...]) -> Factors:
    """Return the variances that make totals of days, blocks and hours the likeliest, given the parts of the day.

    Totals of the three kinds count the same calls, and none of them has exactly the distribution that is assumed: each
    kind counts as much as one total a day, so that all three are met and hours do not outvote days.
    """
    return _fit([_Totals.of(city, kind, excess, are_bounded=False) for kind in city.kinds], excess, block_parts)


@dataclass(frozen=True)
class _Totals:
    """Totals of one kind, shape (n,), and how much of each factor's variance is left in them.

    The relative variance of a total is Σ variance · (part / total)² over the parts that have a factor of their own:
    `days` and `hours` hold the sums for the factors of days and hours, shape (n,), `blocks` those of blocks by part of
    the day, shape (n, 4).
    """

    recorded: FloatArray
    expected: FloatArray
    weights: FloatArray
    seasons: FloatArray
    days: FloatArray
    blocks: FloatArray
    hours: FloatArray
    day_count: int

    @classmethod
    def of(cls, city: City, numbers: IntArray, excess: float, *, are_bounded: bool) -> "_Totals":
        """Sum up frames of the same number; `are_bounded`: see `bounded_totals`, and all weights are 1."""
        recorded, expected = (totals(values, numbers).astype(np.float64) for values in (city.counts, city.means))
        weights = firsts(city.weights, numbers)
        if are_bounded:
            recorded, weights = bounded_totals(recorded, expected, excess), np.ones(len(weights))
        parts = parts_of_day(city.stretches.blocks)
        by_part = np.stack([_left(city, city.stretches.blocks, numbers, parts == part) for part in range(PARTS_OF_DAY)])
        days, hours = (_left(city, kind, numbers, None) for kind in (city.stretches.days, city.stretches.hours))
        return cls(
            recorded,
            expected,
            weights,
            firsts(city.seasons, numbers),
            days,
            by_part.T,
            hours,
            len(starts(city.stretches.days)),
        )

    @property
    def per_day(self) -> float:
        """Totals a day."""
        return len(self.recorded) / self.day_count

    def log_likelihood(self, excess: float, factors: Factors) -> float:
        """Return the weighted log-likelihood, but for a constant."""
        of_blocks = factors.block_variance * (self.blocks @ np.asarray(factors.block_parts))
        variances = factors.day_variance * self.days + of_blocks + factors.hour_variance * self.hours
        return float(self.weights @ log_likelihoods(self.recorded, self.expected, excess, variances * self.seasons))


def _left(city: City, parts: IntArray, wholes: IntArray, counted: NDArray[np.bool_] | None) -> FloatArray:
    """Return Σ (part / whole)² over the counted parts of each whole; a whole within a part counts as that part."""
    if len(starts(parts)) < len(starts(wholes)):
        parts = wholes
    squares = np.square(totals(city.means, parts))
    if counted is not None:
        squares = squares * counted[starts(parts)]
    return np.asarray(totals(squares, wholes[starts(parts)]) / np.square(totals(city.means, wholes)))


def _fit(kinds: Sequence[_Totals], excess: float, block_parts: tuple[float, ...] | None) -> Factors:
    """Return the likeliest factors; `block_parts` are found as well where none are given."""
    free = PARTS_OF_DAY if block_parts is None else 0

    def factors(values: FloatArray) -> Factors:
        day, block, hour = values[:3] * FIRST_VARIANCE
        return Factors(day, block, hour, block_parts or tuple(np.exp(values[3:])))

    def loss(values: FloatArray) -> float:
        likelihoods = sum(kind.log_likelihood(excess, factors(values)) / kind.per_day for kind in kinds)
        return float(np.square(values[3:]).sum() / (2 * PRIOR_VARIANCE) - likelihoods)

    start = [*(3 * [1.0]), *(free * [0.0])]
    bounds = [*(3 * [(0.0, LARGEST_VARIANCE / FIRST_VARIANCE)]), *(free * [FURTHEST_LOGARITHMS])]
    found = minimize(loss, start, method="L-BFGS-B", bounds=bounds).x
    day, block, hour = (float(value) for value in found[:3] * FIRST_VARIANCE)
    centred = np.exp(found[3:] - found[3:].mean()) if free else ()
    return Factors(day, block, hour, block_parts or tuple(float(value) for value in centred))
