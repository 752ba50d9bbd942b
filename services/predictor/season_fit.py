"""Fits which season of the year varies more than another."""

import numpy as np
from scipy.optimize import minimize

from services.predictor.dispersion import FloatArray, IntArray, Stretches, season_factors
from services.predictor.dispersion_totals import bounded_totals, firsts, log_likelihoods, totals

PRIOR_VARIANCE = 0.25
"""Of cosine and sine: a year tells little of its seasons, and scenarios that are too narrow promise too much."""
LARGEST_SEASON = 1.5
"""The most by which the logarithm of a variance may be above or below that of the mean season."""
FIRST_VARIANCE, LEAST_VARIANCE, LARGEST_VARIANCE = 0.01, 1e-4, 2.0


def fit_season(counts: FloatArray, means: FloatArray, stretches: Stretches, excess: float) -> tuple[float, float]:
    """Return the cosine and sine of the seasons (see `season_factors`) that make totals the likeliest.

    Totals of days, blocks and hours count the same calls: each kind counts as much as one total a day, a third of it,
    so that the evidence is never overstated. Cosine and sine have a normal prior; days, blocks and hours each have a
    variance of their own beside. Totals far from their means are brought nearer first: some days whose records are
    lost, or a flood, make no season.

    Parameters
    ----------
    counts, means : recorded and expected calls of the whole area per frame, shape (n,); none: no season. The means are
        brought to the recorded level first.
    excess : variance over mean of totals, less one, beside what all cells share.
    """
    if not counts.any():
        return 0.0, 0.0
    means = means * (counts.sum() / means.sum())
    kinds = (stretches.days, stretches.blocks, stretches.hours)
    parts = [_bounded(counts, means, kind, excess) for kind in kinds]
    days = [firsts(stretches.days, kind) for kind in kinds]

    def loss(values: FloatArray) -> float:
        cosine, sine = values[:2]
        likelihoods = (
            log_likelihoods(recorded, expected, excess, np.exp(log) * season_factors(of_days, cosine, sine)).mean()
            for (recorded, expected), of_days, log in zip(parts, days, values[2:], strict=True)
        )
        return float((cosine**2 + sine**2) / (2 * PRIOR_VARIANCE) - len(days[0]) / len(kinds) * sum(likelihoods))

    start = np.array([0.0, 0.0, *np.full(len(kinds), np.log(FIRST_VARIANCE))])
    bounds = [
        *(2 * [(-LARGEST_SEASON, LARGEST_SEASON)]),
        *(len(kinds) * [(np.log(LEAST_VARIANCE), np.log(LARGEST_VARIANCE))]),
    ]
    cosine, sine = minimize(loss, start, method="L-BFGS-B", bounds=bounds).x[:2]
    within = LARGEST_SEASON / max(float(np.hypot(cosine, sine)), LARGEST_SEASON)
    return float(cosine * within), float(sine * within)


def _bounded(counts: FloatArray, means: FloatArray, numbers: IntArray, excess: float) -> tuple[FloatArray, FloatArray]:
    """Return totals, those far from their means brought nearer, and their means."""
    recorded, expected = (totals(values, numbers).astype(np.float64) for values in (counts, means))
    return bounded_totals(recorded, expected, excess), expected
