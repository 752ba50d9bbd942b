"""Whether records reach back as far as a model looks, no further."""

from collections.abc import Iterable

import numpy as np

from services.predictor.features import FeatureReader
from services.predictor.frames import Frames
from serving.errors import FailedPrecondition


def with_history(frames: Frames, reader: FeatureReader, first_frame: int, names: Iterable[str]) -> Frames:
    """Return frames that inputs from `first_frame` on can be read off.

    Where records begin too late for inputs that the model does not take, frames that are not looked at come before.

    Parameters
    ----------
    names : inputs that the model takes.

    Raises
    ------
    FailedPrecondition
        Records begin too late for one that it does take.
    """
    needed = reader.history_of(names)
    if first_frame - needed < frames.first_frame:
        days = -(-needed // frames.frames_per_day)
        raise FailedPrecondition("TOO_FEW_DAYS", f"The model needs incidents of {days} days before the first hour.")
    missing = frames.first_frame - (first_frame - reader.history_frames)
    if missing <= 0:
        return frames
    before = np.zeros((missing, *frames.counts.shape[1:]), np.float32)
    observed = np.ones(len(frames.counts), dtype=bool) if frames.observed is None else frames.observed
    return Frames(
        frames.first_frame - missing,
        np.concatenate([before, frames.counts]),
        frames.frames_per_day,
        np.concatenate([np.zeros(missing, dtype=bool), observed]),
    )
