"""Draws how many calls come in each hour of each scenario: shared factors of days, blocks and hours, or stratified."""

from enum import Enum

import numpy as np
from numpy.typing import NDArray
from scipy.stats import poisson

from services.predictor.dispersion import CountDispersion, Stretches, draw_factors

FloatArray = NDArray[np.float64]


class Sampling(Enum):
    """How the scenarios of one set relate to each other.

    INDEPENDENT scenarios are independent draws. STRATIFIED ones share out the quantiles of the factors of days and
    blocks and of the number of calls evenly (Latin hypercube, McKay, Beckman and Conover 1979): each by itself is
    distributed as an independent one, together they vary less around the mean, so that averages over a set are closer
    to what is expected.
    """

    INDEPENDENT = "independent"
    STRATIFIED = "stratified"


def draw_call_counts(
    means: FloatArray,
    stretches: Stretches,
    dispersion: CountDispersion,
    scenario_count: int,
    sampling: Sampling,
    generator: np.random.Generator,
) -> NDArray[np.int64]:
    """Draw the number of groups of calls per scenario and stretch of time, shape (scenario_count, n).

    Given the factors of days, blocks and hours, the number of groups of a scenario is Poisson with mean
    Λ = Σ μ G B H / (mean group size), and each group falls into a stretch in proportion to its part of Λ.

    Parameters
    ----------
    means : expected calls of the whole area per stretch, shape (n,).
    """
    kinds = (stretches.days, stretches.blocks, stretches.hours)
    parts = [np.unique(numbers, return_index=True, return_inverse=True) for numbers in kinds]
    day_count, block_count, hour_count = (len(numbers) for numbers, _, _ in parts)
    uniforms = _quantiles(scenario_count, day_count + block_count + 1, sampling, generator)
    days, blocks = np.split(uniforms[:, 1:], [day_count], axis=1)
    quantiles = (days, blocks, generator.random((scenario_count, hour_count)))
    season = dispersion.season(stretches.days)
    of_parts = season * dispersion.block_factors(stretches.blocks)
    variances = (
        dispersion.day_variance * season,
        dispersion.block_variance * of_parts,
        dispersion.hour_variance * season,
    )
    factors = np.ones((scenario_count, len(means)))
    for (_, firsts, positions), variance, drawn in zip(parts, variances, quantiles, strict=True):
        factors *= draw_factors(variance[firsts], drawn)[:, positions]
    rates = means * factors / dispersion.mean_group_size
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
