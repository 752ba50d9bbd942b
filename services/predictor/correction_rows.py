"""Rows to fit a correction of the weekly table on: each compared with a table that has not seen its time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from services.predictor.correction_features import FEATURE_INPUTS, CorrectionFeatures
from services.predictor.standard_conditions import condition_scales, standard_conditions
from services.predictor.training_set import TrainingSet, Watch
from services.predictor.weekly_table import weekly_table
from serving.errors import Cancelled

FOLDS = 4
QUIET_ROWS = 200_000
"""About how many rows without incident are drawn."""
WARM_UP_DAYS = 35
"""Days of records before a frame's recent means say enough."""
BATCH_CELLS = 300_000
ROWS_STREAM = 11
"""Keeps these draws apart from others with the same seed."""
REMEMBERED = "correction_rows"


@dataclass(frozen=True)
class CorrectionRows:
    """Cells and frames of the window.

    A factor f(features) on its intensity has the Poisson log-likelihood Σ weight · (target · log f − f).

    Attributes
    ----------
    features : shape (n, n_features), see `CorrectionFeatures`.
    targets : recorded / expected, shape (n,).
    weights : expected incidents that the row stands for, shape (n,).
    """

    features: NDArray[np.float32]
    targets: NDArray[np.float64]
    weights: NDArray[np.float64]


def correction_rows(training: TrainingSet, watch: Watch) -> CorrectionRows:
    """Return the rows of a training set; made once.

    The window is cut into four stretches. Each is compared with the weekly table of the other three, so that a table
    that knows its own incidents does not pass for a good one. Cells with incidents are all taken, those without drawn
    in proportion to what was expected there, each standing for as much.

    Raises
    ------
    Cancelled
        `watch.stop` asked to end.
    """
    if REMEMBERED not in training.fits:
        generator = np.random.default_rng([training.seed % 2**64, ROWS_STREAM])
        parts = [part for fold in _folds(training) for part in _fold_rows(training, fold, generator, watch)]
        columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
        training.fits[REMEMBERED] = CorrectionRows(columns[0], columns[1], columns[2])
    rows: CorrectionRows = training.fits[REMEMBERED]
    return rows


def feature_layer(training: TrainingSet, table: NDArray[np.float64], name: str) -> CorrectionFeatures:
    """Return the features of a training set's frames compared with a weekly table."""
    return CorrectionFeatures.of_table(table, training.frames.frames_per_day, training.reader.closeness_lags, name)


def _folds(training: TrainingSet) -> list[NDArray[np.int64]]:
    return [fold for fold in np.array_split(training.window_frames, FOLDS) if len(fold)]


def _warm(training: TrainingSet) -> NDArray[np.int64]:
    """Return the sample frames after the warm-up, all of them where that would leave less than half."""
    start = training.frames.first_frame + WARM_UP_DAYS * training.frames.frames_per_day
    warm = training.sample_frames[training.sample_frames >= start]
    return warm if 2 * len(warm) >= len(training.sample_frames) else training.sample_frames


def _fold_rows(
    training: TrainingSet, fold: NDArray[np.int64], generator: np.random.Generator, watch: Watch
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float64]]]:
    """Yield features, targets and weights of one stretch, batch by batch."""
    others = np.setdiff1d(training.window_frames, fold)
    table = weekly_table(training, others if len(others) else fold)
    layer, conditions = feature_layer(training, table, "features"), standard_conditions(condition_scales(training))
    share = QUIET_ROWS / (table.mean(axis=0).sum() * len(training.window_frames))
    warm = np.intersect1d(fold, _warm(training))
    batch = int(np.clip(BATCH_CELLS // table[0].size, 1, 256))
    for start in range(0, len(warm), batch):
        if watch.stop():
            raise Cancelled("The training was stopped.")
        numbers = warm[start : start + batch]
        inputs = training.reader.read(training.frames, numbers)
        expected = table[inputs.hour_of_week]
        recorded = training.frames.at(numbers).astype(np.float64)
        chances = np.where(recorded > 0, 1.0, np.minimum(expected * share, 1.0))
        taken = generator.random(chances.shape) < chances
        tensors = {name: tf.constant(value) for name, value in inputs.named(FEATURE_INPUTS).items()}
        features = layer({**tensors, "external": conditions(tensors["external"])})
        chosen = tf.boolean_mask(features, taken).numpy()
        yield chosen, recorded[taken] / expected[taken], expected[taken] / chances[taken]
