"""How each place's week differs from the common one, as a random field over the map that is kriged from counts."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.predictor.week_basis import WeekBasis

LEAST_ROOT = 0.3
"""Factors (1 + η / 2)² stay above its square."""
TOLERANCE = 1e-3
LARGEST_STEPS = 200
LEAST = 1e-300

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class FieldPrior:
    """What is known of the field before counts.

    Attributes
    ----------
    variance : of the relative difference between a place's week and the common one, summed over the basis, at least 0.
    regional_share : of it that neighbouring cells have in common, the rest is each cell's own; 0 to 1.
    reach_cells : standard deviation of the Gaussian kernel by which common parts are alike, in cells, positive.
    """

    variance: float
    regional_share: float
    reach_cells: float


def week_factors(recorded: FloatArray, expected: FloatArray, basis: WeekBasis, prior: FieldPrior) -> FloatArray:
    """Return by how much each hour of a cell's week is above or below what is expected there.

    recorded = Poisson(expected · (1 + Σ a_j φ_j)), where the maps a_j have mean 0 and covariance
    variance · share_j · ((1 − regional) · δ + regional · kernel). The best linear unbiased prediction of a (kriging;
    Matheron 1963) needs no more than means and variances: the score Σ_h (recorded − expected) φ_j has mean n a_j and
    variance n in a cell with n expected incidents, and the functions φ_j do not mix. Factors are (1 + η / 2)², which is
    1 + η where η = Σ a_j φ_j is small and never negative, brought to the cell's total.

    Parameters
    ----------
    recorded, expected : incidents, shape (168, n_rows, n_columns); each cell's in proportion to the profile.

    Returns
    -------
    Shape (168, n_rows, n_columns), positive, mean 1 under the profile.
    """
    coefficients = krige(basis.scores(recorded - expected), expected.sum(axis=0), basis.shares, prior)
    factors = np.square(np.maximum(1 + basis.shapes(coefficients) / 2, LEAST_ROOT))
    return np.asarray(factors / np.tensordot(basis.profile, factors, axes=1))


def krige(scores: FloatArray, information: FloatArray, shares: FloatArray, prior: FieldPrior) -> FloatArray:
    """Return the posterior means of independent fields, shape (n_rows, n_columns, n_fields).

    With covariance K and information D the mean is K √D (1 + √D K √D)⁻¹ D^(−½) scores, by conjugate gradients for all
    fields at once; the kernel is a product over rows and columns, so that a step costs cells × (rows + columns).

    Parameters
    ----------
    scores : mean D a, variance D, shape (n_rows, n_columns, n_fields).
    information : D, shape (n_rows, n_columns), at least 0.
    shares : of the prior's variance that each field has, shape (n_fields,).
    """
    kernels = [_kernel(size, prior.reach_cells) for size in scores.shape[:2]]
    variances = prior.variance * shares
    roots = np.sqrt(information)[..., None]

    def covary(fields: FloatArray) -> FloatArray:
        rows = np.tensordot(kernels[0], fields, axes=1)
        regional = np.moveaxis(np.tensordot(rows, kernels[1], axes=(1, 0)), -1, 1)
        return np.asarray(variances * ((1 - prior.regional_share) * fields + prior.regional_share * regional))

    def curve(fields: FloatArray) -> FloatArray:
        return np.asarray(fields + roots * covary(roots * fields))

    target = np.divide(scores, roots, out=np.zeros_like(scores), where=roots > 0)
    return covary(roots * _conjugate_gradients(curve, target, 1 + np.square(roots) * variances))


def _conjugate_gradients(
    curve: Callable[[FloatArray], FloatArray], target: FloatArray, diagonal: FloatArray
) -> FloatArray:
    """Solve curve(x) = target for each field, the last axis, preconditioned by a diagonal."""
    solution, residual = np.zeros_like(target), target.copy()
    scaled = residual / diagonal
    direction, size = scaled, (residual * scaled).sum(axis=(0, 1))
    enough = TOLERANCE**2 * size.sum()
    for _ in range(LARGEST_STEPS):
        if size.sum() <= enough:
            break
        curved = curve(direction)
        step = size / np.maximum((direction * curved).sum(axis=(0, 1)), LEAST)
        solution, residual = solution + step * direction, residual - step * curved
        scaled = residual / diagonal
        before, size = size, (residual * scaled).sum(axis=(0, 1))
        direction = scaled + size / np.maximum(before, LEAST) * direction
    return solution


def _kernel(size: int, reach: float) -> FloatArray:
    """Return the Gaussian kernel of positions in a row, shape (size, size)."""
    positions = np.arange(size) / reach
    return np.asarray(np.exp(-0.5 * np.square(np.subtract.outer(positions, positions))))
