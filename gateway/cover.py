"""How many cars a schedule can count on in a period in which crews come, go and take breaks."""

from collections.abc import Sequence

import numpy as np

from gateway.crews import (
    QUARTER_MINUTES,
    BoolArray,
    IntArray,
    breaks_by_quarter,
    count_cars,
    duty_by_quarter,
)
from officers.gateway.v1.gateway_pb2 import CrewStart


def cars_on_break(crews: Sequence[CrewStart], shift_minutes: int, period_minutes: int) -> IntArray:
    """Return the cars on duty that cannot be counted on in each quarter hour, shape (n_quarters,).

    These are the cars on a break. A car stays in its sector for a whole period, so that cars whose breaks fall in the
    same period cannot always stand in for each other: of three cars with a break of a quarter hour each, at different
    times, no one covers a sector alone, and only two of them together do. Where a period can cover fewer sectors than
    there are free cars in its scarcest quarter hour, the difference counts as on a break throughout the period.
    """
    on_duty, on_break = duty_by_quarter(crews, shift_minutes), breaks_by_quarter(crews, shift_minutes)
    away = count_cars(crews, on_break)
    free = count_cars(crews, on_duty) - away
    of_car = np.repeat(np.arange(len(crews)), [crew.cars for crew in crews])
    available = (on_duty & ~on_break)[of_car]
    quarters = period_minutes // QUARTER_MINUTES
    for start in range(0, len(free), quarters):
        period = slice(start, start + quarters)
        covers = count_covers(available[:, period])
        if covers < free[period].min():
            away[period] += free[period] - covers
    return away


def count_covers(available: BoolArray) -> int:
    """Return how many groups of cars there are, each of which covers every quarter hour of a period.

    Groups are made side by side, quarter hour by quarter hour: a group without a car takes the one that covers most of
    what is left of the period. Without breaks that finds as many as there can be (then cars are intervals, whose covers
    can be taken apart); with breaks it may find fewer.

    Parameters
    ----------
    available
        Whether each car counts in each quarter hour, shape (n_cars, n_quarters).

    >>> breaks = np.array([[0, 1, 1, 1], [1, 0, 1, 1], [1, 1, 0, 1]], bool)
    >>> count_covers(breaks), count_covers(breaks[:2])
    (1, 1)
    """
    throughout = available.all(axis=1)
    others = available[~throughout]
    found, too_many = 0, int(others.sum(axis=0).min(initial=len(others))) + 1
    while too_many - found > 1:
        count = (found + too_many) // 2
        found, too_many = (count, too_many) if _can_cover(others, count) else (found, count)
    return int(throughout.sum()) + found


def _can_cover(available: BoolArray, group_count: int) -> bool:
    covered = np.zeros((group_count, available.shape[1]), np.bool_)
    unused = np.ones(len(available), np.bool_)
    for quarter in range(available.shape[1]):
        for group in np.flatnonzero(~covered[:, quarter]):
            candidates = np.flatnonzero(unused & available[:, quarter])
            if not len(candidates):
                return False
            left = available[candidates, quarter:] & ~covered[group, quarter:]
            chosen = candidates[np.argmax(left.sum(axis=1))]
            covered[group] |= available[chosen]
            unused[chosen] = False
    return True
