"""Windows of weeks against the weeks before them."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.special import xlogy

REFERENCE_WEEKS = 12
TRIMMED_WEEKS = 2
"""Of the reference weeks, so many with the highest and with the lowest share are not counted, so that a single odd
week does not make the following ones look odd."""

Counts = NDArray[np.float64]


def window_sums(weekly: NDArray[np.int64], width: int) -> Counts:
    """Sum windows of `width` weeks, each after 12 reference weeks, shape (..., n_windows)."""
    tail = weekly[..., REFERENCE_WEEKS:]
    sums: Counts = sliding_window_view(tail, width, axis=-1).sum(axis=-1).astype(np.float64)
    return sums


def reference_weeks(part: NDArray[np.int64], rest: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """Return the reference weeks of every window but those of extreme share, shape (n_windows, 8).

    Parameters
    ----------
    part, rest : weekly counts, shape (n_weeks,).
    """
    windows = len(part) - REFERENCE_WEEKS - width + 1
    share = sliding_window_view((part + 0.5) / (part + rest + 1.0), REFERENCE_WEEKS)[:windows]
    ordered = np.argsort(share, axis=-1, kind="stable")
    kept: NDArray[np.int64] = np.arange(windows)[:, None] + ordered[:, TRIMMED_WEEKS : REFERENCE_WEEKS - TRIMMED_WEEKS]
    return kept


def signed_roots(part: Counts, rest: Counts, part_before: Counts, rest_before: Counts) -> Counts:
    """Return the signed root of the likelihood-ratio statistic of 2x2 tables: standard normal where nothing changed.

    Positive where the part's share has risen; zero where a table has an empty margin.
    """
    now, before = part + rest, part_before + rest_before
    parts, rests, total = part + part_before, rest + rest_before, now + before
    statistic = 2.0 * (
        sum(xlogy(cell, cell) for cell in (part, rest, part_before, rest_before))
        - sum(xlogy(margin, margin) for margin in (now, before, parts, rests))
        + xlogy(total, total)
    )
    rises = part * rest_before - rest * part_before
    roots: Counts = np.sign(rises) * np.sqrt(np.maximum(statistic, 0.0))
    return roots


def robust_scale(scores: Counts) -> float:
    """Return the standard deviation of scores as their median absolute value gives it, at least 1.

    Real records scatter more than Poisson counts; scores divided by this scale are comparable between areas.
    """
    return max(1.0, 1.4826 * float(np.median(np.abs(scores)))) if scores.size else 1.0
