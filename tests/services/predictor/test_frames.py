import numpy as np
import pandas as pd
import pytest

from services.predictor.area import Grid
from services.predictor.frame_clock import FrameClock
from services.predictor.frames import Frames, count_frames

GRID = Grid(0.0, 0.0, 1.0, 1.0, 2, 3)
UTC_CLOCK = FrameClock.of_zone("UTC")


def _incidents(rows):
    frame = pd.DataFrame(rows, columns=["time", "latitude", "longitude"])
    return frame.assign(time=pd.to_datetime(frame["time"], utc=True, format="ISO8601").astype("datetime64[us, UTC]"))


def test_incidents_are_counted_by_cell_and_hour():
    incidents = _incidents(
        [("1970-01-01T00:59:59", 0.5, 0.5), ("1970-01-01T01:00", 1.5, 2.5), ("1970-01-01T01:30", 1.5, 2.5)]
    )
    frames = count_frames(incidents, GRID, UTC_CLOCK, 0, 3)
    expected = np.zeros((3, 2, 3))
    expected[0, 0, 0], expected[1, 1, 2] = 1, 2
    np.testing.assert_array_equal(frames.counts, expected)


def test_incidents_outside_hours_or_grid_are_not_counted():
    incidents = _incidents([("1970-01-01T05:00", 0.5, 0.5), ("1970-01-01T00:30", 9.0, 0.5), ("1969-12-31T23:00", 0, 0)])
    assert count_frames(incidents, GRID, UTC_CLOCK, 0, 3).counts.sum() == 0


def test_frames_are_read_by_hour_and_only_within_their_range():
    frames = Frames(10, np.arange(3, dtype=np.float32)[:, None, None])
    assert frames.at(np.array([12, 10])).ravel().tolist() == [2.0, 0.0]
    assert frames.until(12).end_frame == 12
    for hour in (9, 13):
        with pytest.raises(IndexError, match="Expected frames from 10 to 12"):
            frames.at(np.array([hour]))
