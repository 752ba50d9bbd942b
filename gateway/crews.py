"""Crews by quarter hour: who is on duty, who is on a break, who comes to be counted on."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from officers.gateway.v1.gateway_pb2 import CrewStart
from officers.scheduler.v1.scheduler_pb2 import MinuteSpan

QUARTER_MINUTES = 15
"""Duty, breaks and cover are counted in quarter hours."""

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


def duty_by_quarter(crews: Sequence[CrewStart], shift_minutes: int) -> BoolArray:
    """Return whether each crew is on duty in each quarter hour, shape (n_crews, n_quarters)."""
    duties = [[MinuteSpan(start_minute=crew.start_minute, minutes=crew.minutes)] for crew in crews]
    return _by_quarter(duties, shift_minutes)


def breaks_by_quarter(crews: Sequence[CrewStart], shift_minutes: int) -> BoolArray:
    """Return whether each crew is on a break in each quarter hour, shape (n_crews, n_quarters)."""
    return _by_quarter([crew.breaks for crew in crews], shift_minutes)


def count_cars(crews: Sequence[CrewStart], by_quarter: BoolArray) -> IntArray:
    """Return the cars of those crews that are marked in each quarter hour, shape (n_quarters,)."""
    cars: IntArray = np.array([crew.cars for crew in crews], np.int64) @ by_quarter
    return cars


def most_on_duty(crews: Sequence[CrewStart], shift_minutes: int) -> int:
    """Return the most cars on duty at once."""
    return int(count_cars(crews, duty_by_quarter(crews, shift_minutes)).max(initial=0))


def cars_by_period(crews: Sequence[CrewStart], shift_minutes: int, period_minutes: int) -> IntArray:
    """Return the cars that are on duty for some part of each period, shape (n_periods,)."""
    shape = (len(crews), shift_minutes // period_minutes, period_minutes // QUARTER_MINUTES)
    placed: BoolArray = np.any(duty_by_quarter(crews, shift_minutes).reshape(shape), axis=2)
    return count_cars(crews, placed)


def _by_quarter(spans_of_crews: Iterable[Iterable[MinuteSpan]], shift_minutes: int) -> BoolArray:
    rows = []
    for spans in spans_of_crews:
        row = np.zeros(shift_minutes // QUARTER_MINUTES, np.bool_)
        for span in spans:
            row[span.start_minute // QUARTER_MINUTES : (span.start_minute + span.minutes) // QUARTER_MINUTES] = True
        rows.append(row)
    return np.array(rows, np.bool_).reshape(len(rows), shift_minutes // QUARTER_MINUTES)
