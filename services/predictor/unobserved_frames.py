"""Frames of days that a data policy leaves out: nothing is known of them, so they are neither fitted nor scored."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from services.predictor.frames import Frames

WEEKS = 8
"""Weeks before a frame whose mean stands in for it."""


def fill_unobserved(frames: Frames, observed: NDArray[np.bool_]) -> Frames:
    """Return the frames with the means of earlier ones in the place of those that are not looked at.

    Frames that are looked at see what lies before them, left-out days too (closeness, period, trend): zeros there
    would pass for days without incidents. A frame is filled with the mean at the same time of the eight weeks before,
    without a week before with the mean of all earlier frames; nothing later is looked at.

    Parameters
    ----------
    observed : frames of days that are looked at, shape (n_frames,).
    """
    if observed.all():
        return frames
    counts, known = frames.counts.copy(), observed.copy()
    weeks_back = 7 * frames.frames_per_day * np.arange(1, WEEKS + 1)
    for position in np.flatnonzero(~observed):
        before = position - weeks_back[weeks_back <= position]
        before = before[known[before]]
        if len(before) == 0:
            before = np.flatnonzero(known[:position])
        if len(before):
            counts[position] = counts[before].mean(axis=0)
            known[position] = True
    return replace(frames, counts=counts, observed=observed)
