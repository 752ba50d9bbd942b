"""What Poisson deviance to expect where the predicted intensities are right: its mean and variance per cell."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

LEAST_MEAN, MOST_MEAN = 1e-6, 1e4
TABLE_SIZE = 800

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class ExpectedDeviance:
    """Deviance of many cells and frames together, where each count is Poisson with the predicted mean.

    Attributes
    ----------
    mean : expected mean deviance per cell and frame.
    standard_error : its standard deviation from one such set of counts to the next.
    """

    mean: float
    standard_error: float


def expected_deviance(intensities: NDArray[np.floating]) -> ExpectedDeviance:
    """Return what mean deviance per cell and frame to expect.

    Parameters
    ----------
    intensities : expected incidents per cell and frame, any shape; raised to 1e-6 where lower.
    """
    logs, means, variances = _table()
    wanted = np.log(np.clip(np.asarray(intensities, dtype=np.float64).ravel(), LEAST_MEAN, MOST_MEAN))
    mean = np.exp(np.interp(wanted, logs, np.log(means))).mean()
    variance = np.exp(np.interp(wanted, logs, np.log(variances))).sum() / len(wanted) ** 2
    return ExpectedDeviance(float(mean), float(np.sqrt(variance)))


@cache
def _table() -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return logarithms of Poisson means, and mean and variance of the unit deviance there."""
    levels = np.geomspace(LEAST_MEAN, MOST_MEAN, TABLE_SIZE)
    moments = np.array([deviance_moments(float(level)) for level in levels])
    return np.log(levels), moments[:, 0], moments[:, 1]


def deviance_moments(level: float) -> tuple[float, float]:
    """Return mean and variance of 2 (y log(y/μ) − y + μ) for y ~ Poisson(μ), summed over counts y.

    >>> round(deviance_moments(100.0)[0], 3)  # tends to 1, as for a normal variable
    1.002
    """
    spread = 12.0 * np.sqrt(level) + 40.0
    counts = np.arange(max(0.0, np.floor(level - spread)), level + spread)
    shares = np.exp(xlogy(counts, level) - level - gammaln(counts + 1))
    deviances = 2.0 * (xlogy(counts, counts / level) - counts + level)
    mean = float(shares @ deviances)
    return mean, float(shares @ np.square(deviances - mean))
