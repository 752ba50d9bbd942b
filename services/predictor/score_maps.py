"""Scores of maps: hot spots, reliability, and totals by sector and by type."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.predictor.scores import mean_poisson_deviance

AREA_SHARES = (0.01, 0.05, 0.1, 0.2)
RELIABILITY_BINS = 12

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class HotSpotScore:
    """What the cells with the highest daily intensities hold: PAI = (n/N) / (a/A), PEI = PAI / PAI in hindsight."""

    area_share: float
    hit_rate: float
    pai: float
    pei: float


@dataclass(frozen=True)
class ReliabilityBin:
    """Mean predicted and recorded incidents of cells and frames with similar predicted intensity."""

    predicted: float
    recorded: float
    standard_error: float
    count: int


@dataclass(frozen=True)
class GroupScore:
    """Scores of a sector's or a type's totals per frame; relative to the reference predictor's deviance, less one."""

    name: str
    actual_count: int
    predicted_count: float
    mean_poisson_deviance: float
    relative_deviance: float


def hot_spot_scores(
    counts: NDArray[np.floating], intensities: NDArray[np.floating], days: IntArray, covered: NDArray[np.bool_]
) -> tuple[HotSpotScore, ...]:
    """Score daily maps.

    Parameters
    ----------
    counts, intensities : shape (n_frames, n_rows, n_columns).
    days : position of the day of each frame, in rising order.
    covered : cells that sectors cover, shape (n_rows, n_columns); only these count as area.
    """
    recorded, predicted = (_by_day(values, days)[:, covered.ravel()] for values in (counts, intensities))
    by_prediction = np.take_along_axis(recorded, np.argsort(-predicted, axis=1, kind="stable"), axis=1)
    in_hindsight = -np.sort(-recorded, axis=1)
    total, cell_count = max(float(recorded.sum()), 1e-9), recorded.shape[1]
    scores = []
    for share in AREA_SHARES:
        cells = int(np.ceil(share * cell_count))
        hit_rate = float(by_prediction[:, :cells].sum()) / total
        best = max(float(in_hindsight[:, :cells].sum()) / total, 1e-9)
        scores.append(HotSpotScore(cells / cell_count, hit_rate, hit_rate * cell_count / cells, hit_rate / best))
    return tuple(scores)


def reliability(
    counts: NDArray[np.floating], intensities: NDArray[np.floating], covered: NDArray[np.bool_]
) -> tuple[ReliabilityBin, ...]:
    """Group cells and frames by predicted intensity, each group with an equal part of the predicted incidents."""
    predicted = intensities[:, covered].ravel().astype(np.float64)
    recorded = counts[:, covered].ravel().astype(np.float64)
    order = np.argsort(predicted, kind="stable")
    parts = np.cumsum(predicted[order])
    edges = np.searchsorted(parts, parts[-1] * np.arange(1, RELIABILITY_BINS) / RELIABILITY_BINS)
    groups = [group for group in np.split(order, edges) if len(group)]
    return tuple(
        ReliabilityBin(
            float(predicted[group].mean()),
            float(recorded[group].mean()),
            float(recorded[group].std() / np.sqrt(len(group))),
            len(group),
        )
        for group in groups
    )


def group_scores(
    names: Sequence[str], counts: NDArray[np.integer], predicted: FloatArray, reference: FloatArray
) -> tuple[GroupScore, ...]:
    """Score totals per frame of sectors or types; all arrays have shape (n_frames, n_groups)."""
    scores = []
    for position, name in enumerate(names):
        recorded = counts[:, position].astype(np.float32)
        own = mean_poisson_deviance(recorded, predicted[:, position].astype(np.float32))
        other = mean_poisson_deviance(recorded, reference[:, position].astype(np.float32))
        total = float(predicted[:, position].sum())
        scores.append(GroupScore(name, int(recorded.sum()), total, own, own / max(other, 1e-12) - 1))
    return tuple(scores)


def _by_day(values: NDArray[np.floating], days: IntArray) -> FloatArray:
    """Sum frames by day, shape (n_days, n_cells)."""
    starts = np.searchsorted(days, np.unique(days))
    return np.add.reduceat(values.reshape(len(values), -1), starts, axis=0).astype(np.float64)
