"""Counting past calls."""

from datetime import date, datetime, time

import pyarrow as pa
import pytest

from services.demand.history import HistoryWindow, count_past_calls

# New York is five hours behind UTC in winter and four in summer.
INCIDENTS = [
    ("2014-06-01T12:30:00", "NE"),  # 08:30 local
    ("2014-06-01T11:59:00", "NE"),  # 07:59
    ("2014-12-01T12:30:00", "SW"),  # 07:30
    ("2014-12-01T13:00:00", "SW"),  # 08:00
    ("2014-12-02T03:00:00", "SE"),  # 22:00 the day before
    ("2015-01-01T04:59:00", "SE"),  # 23:59 on the last training day
    ("2015-01-01T05:00:00", "SE"),  # midnight: no longer training
]


@pytest.fixture
def incidents():
    times = pa.array([datetime.fromisoformat(text) for text, _ in INCIDENTS], pa.timestamp("us", tz="UTC"))
    return pa.table({"time": times, "sector": [sector for _, sector in INCIDENTS]})


@pytest.mark.parametrize(
    ("until", "start", "minutes", "counts"),
    [
        (None, None, 720, [2, 0, 2, 2]),
        (None, time(8), 720, [1, 0, 0, 1]),
        (None, time(20), 720, [1, 0, 2, 1]),
        (date(2015, 1, 2), time(20), 720, [1, 0, 3, 1]),
        (date(2014, 12, 1), None, 720, [2, 0, 0, 0]),
        (None, time(8), 1440, [2, 0, 2, 2]),
        (date(2013, 1, 1), None, 720, [0, 0, 0, 0]),
    ],
)
def test_counts_by_local_day_and_hour(square_area, incidents, until, start, minutes, counts):
    window = HistoryWindow(until, start, minutes)
    assert count_past_calls(square_area, incidents, window).tolist() == counts


def test_sectors_that_the_area_does_not_have_are_left_out(square_area, incidents):
    strange = incidents.set_column(1, "sector", pa.array(["nowhere"] * len(INCIDENTS)))
    assert count_past_calls(square_area, strange, HistoryWindow(None, None, 60)).tolist() == [0, 0, 0, 0]
