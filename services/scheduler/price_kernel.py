"""The cheapest shift of a car at given prices of places, compiled: dynamic programming backward over the periods."""

from typing import Any

import numpy as np
from numba import njit

NOWHERE = -1


@njit(cache=True, nogil=True)
def fill_to_go(to_go: Any, cost: Any, price: Any, allowed: Any, first: int, last: int, no_return: bool) -> None:
    """Write ``to_go[t, a, b]``, shape (T, m, m): what a shift counts from the drive into b at t on, coming from a.

    `cost` (m, m) is of drives, `price` (T, m) of places. Infinite where the car may not be; defined after `first`.
    """
    sectors = len(cost)
    least, second = np.zeros(sectors), np.zeros(sectors)
    onward = np.full(sectors, NOWHERE)
    for period in range(last, first, -1):
        if period < last:
            _two_least(to_go[period + 1], least, second, onward)
        for b in range(sectors):
            for a in range(sectors):
                rest = second[b] if no_return and onward[b] == a else least[b]
                to_go[period, a, b] = cost[a, b] + price[period, b] + rest if allowed[period, b] else np.inf


@njit(cache=True, nogil=True)
def fill_entry(entry: Any, to_go: Any, first_cost: Any, allowed: Any, before: Any, span: Any, no_return: bool) -> None:
    """Write what a whole shift counts that begins in each sector, shape (m,).

    `first_cost` (m,) is of the drive to and the price of the first place, `before` (2,) the sectors of the two periods
    before, the latest first, and `span` (2,) the first and last period.
    """
    sectors = len(first_cost)
    for b in range(sectors):
        entry[b] = np.inf
        if not allowed[span[0], b] or (no_return and b == before[1]):
            continue
        rest = 0.0
        if span[1] > span[0]:
            rest = np.inf
            for c in range(sectors):
                if not (no_return and c == before[0]):
                    rest = min(rest, to_go[span[0] + 1, b, c])
        entry[b] = first_cost[b] + rest


@njit(cache=True, nogil=True)
def follow(path: Any, entry: Any, to_go: Any, before: Any, span: Any, no_return: bool) -> None:
    """Write the sectors of the cheapest shift into `path`, shape (T,), between its first and last period."""
    path[span[0]] = np.argmin(entry)
    earlier = before[0]
    for period in range(span[0] + 1, span[1] + 1):
        here = path[period - 1]
        best, least = NOWHERE, np.inf
        for c in range(len(entry)):
            if to_go[period, here, c] < least and not (no_return and c == earlier):
                best, least = c, to_go[period, here, c]
        path[period] = best
        earlier = here


@njit(cache=True, nogil=True)
def _two_least(to_go: Any, least: Any, second: Any, onward: Any) -> None:
    """Write, for each sector (row), the least and second least to go and where the least goes."""
    for b in range(len(least)):
        least[b] = second[b] = np.inf
        onward[b] = NOWHERE
        for c in range(len(least)):
            value = to_go[b, c]
            if value < least[b]:
                second[b], least[b], onward[b] = least[b], value, c
            elif value < second[b]:
                second[b] = value
