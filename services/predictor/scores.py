"""How good intensities are: deviance, error, level and dispersion."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

INTENSITY_FLOOR = 1e-6


def mean_poisson_deviance(counts: NDArray[np.float32], intensities: NDArray[np.float32]) -> float:
    """Return the mean Poisson deviance per cell and hour, 2 · mean(y log(y/μ) − y + μ).

    Parameters
    ----------
    counts : y, recorded incidents per cell and hour, any shape.
    intensities : μ, expected incidents, the same shape; raised to 1e-6 where lower.
    """
    recorded = np.asarray(counts, dtype=np.float64)
    expected = np.maximum(np.asarray(intensities, dtype=np.float64), INTENSITY_FLOOR)
    return float(2 * np.mean(xlogy(recorded, recorded / expected) - recorded + expected))


def frame_deviances(counts: NDArray[np.float32], intensities: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the Poisson deviance of each frame, summed over cells, shape (n_frames,)."""
    deviances = np.empty(len(counts))
    for frame, (recorded, predicted) in enumerate(zip(counts, intensities, strict=True)):
        deviances[frame] = mean_poisson_deviance(recorded, predicted) * recorded.size
    return deviances


def rmse(counts: NDArray[np.float32], intensities: NDArray[np.float32]) -> float:
    """Return the root mean squared error per cell and hour."""
    difference = np.asarray(counts, dtype=np.float64) - np.asarray(intensities, dtype=np.float64)
    return float(np.sqrt(np.mean(np.square(difference))))


def pearson_dispersion(counts: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    """Return the mean of (y − μ)²/μ over totals; 1 where they are Poisson, more where they vary more."""
    level = np.maximum(expected, INTENSITY_FLOOR)
    return float(np.mean(np.square(counts - expected) / level))
