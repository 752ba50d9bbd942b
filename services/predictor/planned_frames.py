"""Predictions as plans need them: the latest frames are not known yet when a shift is planned."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from services.predictor.features import FeatureReader, ModelInputs
from services.predictor.frames import Frames
from serving.errors import Cancelled
from serving.work import Stop, never_stop

Predict = Callable[[ModelInputs], NDArray[np.float32]]
"""Maps inputs of n frames to intensities, shape (n, n_rows, n_columns)."""


def predict_ahead(
    reader: FeatureReader, frames: Frames, numbers: NDArray[np.int64], predict: Predict, size: int, stop: Stop
) -> NDArray[np.float32]:
    """Predict each frame from what is known before it, `size` of them at once.

    Raises
    ------
    Cancelled
        `stop` asked to end.
    """
    return _predict(reader, frames, frames, numbers, predict, size, stop)


def predict_planned(
    reader: FeatureReader,
    frames: Frames,
    numbers: NDArray[np.int64],
    expected: NDArray[np.float32],
    predict: Predict,
    size: int,
    stop: Stop = never_stop,
) -> NDArray[np.float32]:
    """Predict frames with the latest frames as the model itself expects them, instead of as recorded.

    Parameters
    ----------
    numbers, expected : consecutive frames and what `predict_ahead` returned for them.

    Raises
    ------
    Cancelled
        `stop` asked to end.
    """
    counts = frames.counts.copy()
    counts[numbers - frames.first_frame] = expected
    return _predict(reader, frames, replace(frames, counts=counts), numbers, predict, size, stop)


def _predict(
    reader: FeatureReader,
    frames: Frames,
    latest: Frames,
    numbers: NDArray[np.int64],
    predict: Predict,
    size: int,
    stop: Stop,
) -> NDArray[np.float32]:
    """Predict frames, their closeness read off `latest` and all else off what was recorded."""
    parts = []
    for start in range(0, len(numbers), size):
        if stop():
            raise Cancelled("The prediction was stopped.")
        part = numbers[start : start + size]
        inputs = reader.read(frames, part)
        parts.append(predict(replace(inputs, closeness=reader.read_closeness(latest, part))))
    return np.concatenate(parts)
