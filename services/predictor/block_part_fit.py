"""Fits which part of the day varies more than another."""

import numpy as np
from scipy.optimize import minimize

from services.predictor.dispersion import PARTS_OF_DAY, FloatArray, Stretches, parts_of_day, season_factors
from services.predictor.dispersion_totals import bounded_totals, firsts, log_likelihoods

PRIOR_VARIANCE = 0.25
"""Of the logarithm of a part's variance over the mean one."""
FIRST_LOGARITHM = float(np.log(0.01))
VARIANCES, FURTHEST = (1e-4, 2.0), 2.5
"""Bounds of the mean variance and of the logarithm of a part's over it."""


def fit_block_parts(
    counts: FloatArray, means: FloatArray, stretches: Stretches, excess: float, season: tuple[float, float]
) -> tuple[float, ...]:
    """Return the factors of the parts of the day (see `CountDispersion`) that make totals of blocks the likeliest.

    Their logarithms have a normal prior and a sum of 0. As with seasons, totals far from their means are brought nearer
    first: one New Year's night is no rule about nights.

    Parameters
    ----------
    counts, means : recorded and expected calls of the whole area per frame, shape (n,).
    excess : variance over mean of totals, less one, beside what all cells share.
    season : cosine and sine of the seasons.
    """
    recorded, expected = bounded_totals(counts, means, stretches.blocks, excess)
    parts = parts_of_day(firsts(stretches.blocks, stretches.blocks))
    seasons = season_factors(firsts(stretches.days, stretches.blocks), *season)

    def logarithms(values: FloatArray) -> FloatArray:
        return np.append(values, -values.sum())

    def loss(values: FloatArray) -> float:
        of_parts = logarithms(values[1:])
        likelihoods = log_likelihoods(recorded, expected, excess, np.exp(values[0] + of_parts[parts]) * seasons)
        return float(np.square(of_parts).sum() / (2 * PRIOR_VARIANCE) - likelihoods.sum())

    start = np.array([FIRST_LOGARITHM, *np.zeros(PARTS_OF_DAY - 1)])
    bounds = [tuple(np.log(VARIANCES)), *((PARTS_OF_DAY - 1) * [(-FURTHEST, FURTHEST)])]
    found = minimize(loss, start, method="L-BFGS-B", bounds=bounds).x
    return tuple(float(factor) for factor in np.exp(logarithms(found[1:])))
