"""Draws how many calls come in each hour of each scenario: shared day and hour factors, independent or stratified."""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray
from scipy.stats import poisson

from services.predictor.dispersion import CountDispersion, draw_factors

FloatArray = NDArray[np.float64]


class Sampling(Enum):
    """How the scenarios of one set relate to each other.

    INDEPENDENT scenarios are independent draws. STRATIFIED ones share out the quantiles of each day's factor and of the
    number of calls evenly (Latin hypercube, McKay, Beckman and Conover 1979): each by itself is distributed as an
    independent one, together they vary less around the mean, so that averages over a set are closer to what is
    expected.
    """

    INDEPENDENT = "independent"
    STRATIFIED = "stratified"


@dataclass(frozen=True)
class HourlyMeans:
    """Expected calls of the whole area per stretch of time, and the local day of each; every array of shape (n,)."""

    means: FloatArray
    days: NDArray[np.int64]


def draw_call_counts(
    hourly: HourlyMeans,
    dispersion: CountDispersion,
    scenario_count: int,
    sampling: Sampling,
    generator: np.random.Generator,
) -> NDArray[np.int64]:
    """Draw the number of groups of calls per scenario and stretch, shape (scenario_count, n).

    Given the factors G of the days and H of the hours, the number of groups of a scenario is Poisson with mean
    Λ = Σ_h μ_h G H_h / (mean group size), and each group falls into an hour in proportion to its part of Λ.
    """
    _, day_positions = np.unique(hourly.days, return_inverse=True)
    day_count = int(day_positions.max()) + 1 if len(day_positions) else 0
    uniforms = _quantiles(scenario_count, day_count + 1, sampling, generator)
    day_factors = draw_factors(dispersion.day_variance, uniforms[:, 1:])
    hour_uniforms = generator.random((scenario_count, len(hourly.means)))
    hour_factors = draw_factors(dispersion.hour_variance, hour_uniforms)
    rates = hourly.means * day_factors[:, day_positions] * hour_factors / dispersion.mean_group_size
    totals = rates.sum(axis=1)
    counts = poisson.ppf(uniforms[:, 0], totals).astype(np.int64)
    shares = rates / np.where(totals > 0, totals, 1.0)[:, None]
    shares[totals <= 0] = 1.0 / max(1, rates.shape[1])
    return np.asarray(generator.multinomial(counts, shares), dtype=np.int64)


def _quantiles(scenario_count: int, dimensions: int, sampling: Sampling, generator: np.random.Generator) -> FloatArray:
    """Return quantiles, shape (scenario_count, dimensions); stratified: one per equal part of [0, 1), shuffled."""
    uniforms = generator.random((scenario_count, dimensions))
    if sampling is Sampling.INDEPENDENT:
        return uniforms
    strata = generator.permuted(np.tile(np.arange(scenario_count), (dimensions, 1)), axis=1).T
    return np.asarray((strata + uniforms) / scenario_count)
