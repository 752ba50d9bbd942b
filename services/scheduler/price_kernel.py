"""The cheapest shift of a car at given prices of places, compiled: dynamic programming backward over the periods.

`rest[t, b, z]`, shape (T, m, Z), is what a shift counts after period t, in which it is in b with memory z.
"""

from typing import Any

import numpy as np
from numba import njit

NOWHERE = -1


@njit(cache=True, nogil=True)
def price_places(prices: Any, counts: Any, row_begin: Any, kind: int, places: Any) -> None:
    """Write what a car of a kind pays for being in each place, shape (T, m): the negative of what it earns."""
    places[:] = 0.0
    for period in range(len(places)):
        for row in range(row_begin[period], row_begin[period + 1]):
            if counts[kind, row] != 0:
                places[period] -= counts[kind, row] * prices[row]


@njit(cache=True, nogil=True)
def cheapest_shift(kinds: Any, kind: int, places: Any, rest: Any, path: Any) -> float:
    """Write the cheapest shift of a kind into `path`, shape (T,), and `rest`; return what it counts with places."""
    cost, first, last = kinds.costs[kinds.cost_index[kind]], kinds.first[kind], kinds.last[kind]
    allowed = kinds.allowed[kind]
    rest[last] = 0.0
    for period in range(last - 1, first - 1, -1):
        if kinds.no_return:
            _rest_without_returns(rest[period], rest[period + 1], cost, places[period + 1], allowed[period + 1])
        else:
            limit = kinds.longest
            _rest_of_stays(rest[period], rest[period + 1], cost, places[period + 1], allowed[period + 1], limit)
    least, here = np.inf, NOWHERE
    for b in range(len(cost)):
        memory = kinds.entry_memory[kind, b]
        if memory >= 0 and kinds.from_start[kind, b] + places[first, b] + rest[first, b, memory] < least:
            least, here = kinds.from_start[kind, b] + places[first, b] + rest[first, b, memory], b
    if here != NOWHERE:
        _follow(kinds, kind, places, rest, path, here)
    return least


@njit(cache=True, nogil=True)
def next_memory(kinds: Any, here: int, memory: int, onward: int) -> int:
    """Return the memory in the next sector, -1 where the presence rule forbids it."""
    if kinds.no_return:
        return -1 if onward == memory else here
    if onward != here or kinds.longest == 0:
        return 0
    return memory + 1 if memory + 1 < kinds.longest else -1


@njit(cache=True, nogil=True)
def _follow(kinds: Any, kind: int, places: Any, rest: Any, path: Any, here: int) -> None:
    cost, memory = kinds.costs[kinds.cost_index[kind]], kinds.entry_memory[kind, here]
    path[:] = NOWHERE
    path[kinds.first[kind]] = here
    for period in range(kinds.first[kind] + 1, kinds.last[kind] + 1):
        least, best, best_memory = np.inf, NOWHERE, -1
        for c in range(len(cost)):
            onward = next_memory(kinds, here, memory, c)
            if onward < 0 or not kinds.allowed[kind, period, c]:
                continue
            value = cost[here, c] + places[period, c] + rest[period, c, onward]
            if value < least:
                least, best, best_memory = value, c, onward
        here, memory = best, best_memory
        path[period] = here


@njit(cache=True, nogil=True)
def _rest_without_returns(rest: Any, after: Any, cost: Any, place: Any, allowed: Any) -> None:
    sectors = len(cost)
    for b in range(sectors):
        least, second, best = np.inf, np.inf, NOWHERE
        for c in range(sectors):
            value = cost[b, c] + place[c] + after[c, b] if allowed[c] else np.inf
            if value < least:
                second, least, best = least, value, c
            elif value < second:
                second = value
        rest[b, :] = least
        if best != NOWHERE:
            rest[b, best] = second


@njit(cache=True, nogil=True)
def _rest_of_stays(rest: Any, after: Any, cost: Any, place: Any, allowed: Any, longest: int) -> None:
    for b in range(len(cost)):
        leave = np.inf
        for c in range(len(cost)):
            if c != b and allowed[c]:
                leave = min(leave, cost[b, c] + place[c] + after[c, 0])
        for memory in range(rest.shape[1]):
            rest[b, memory] = leave
            if allowed[b] and (longest == 0 or memory + 1 < longest):
                stay = cost[b, b] + place[b] + after[b, memory + 1 if longest else 0]
                rest[b, memory] = min(leave, stay)


@njit(cache=True, nogil=True)
def bound_at(prices: Any, needs: Any, signs: Any, sizes: Any, kinds: Any, rest: Any, paths: Any, least: Any) -> float:
    """Return what every schedule counts at least; write the cheapest shift of each kind, (K, T), and what it counts.

    `rest` is as above for each kind, shape (K, T, m, Z); `least` has shape (K,).
    """
    places = np.empty((paths.shape[1], prices.shape[1]))
    bound = 0.0
    for row in range(len(prices)):
        bound += signs[row] * (prices[row] * needs[row]).sum()
    for kind in range(len(sizes)):
        price_places(prices, kinds.counts, kinds.row_begin, kind, places)
        least[kind] = cheapest_shift(kinds, kind, places, rest[kind], paths[kind])
        bound += sizes[kind] * least[kind]
    return bound


@njit(cache=True, nogil=True)
def least_through(prices: Any, kinds: Any, kind: int, rest: Any, entries: Any, drives: Any) -> None:
    """Write what a kind's cheapest shift through each first sector (m,) and each drive (T - 1, m, m) counts at prices.

    `rest` is that of `cheapest_shift` at the same prices; drives are given by their earlier period.
    """
    periods, sectors, memories = rest.shape
    cost, first = kinds.costs[kinds.cost_index[kind]], kinds.first[kind]
    places = np.empty((periods, sectors))
    price_places(prices, kinds.counts, kinds.row_begin, kind, places)
    entries[:] = np.inf
    drives[:] = np.inf
    reached = np.full((sectors, memories), np.inf)
    for b in range(sectors):
        memory = kinds.entry_memory[kind, b]
        if memory >= 0:
            reached[b, memory] = kinds.from_start[kind, b] + places[first, b]
            entries[b] = reached[b, memory] + rest[first, b, memory]
    for period in range(first, kinds.last[kind]):
        onward = np.full((sectors, memories), np.inf)
        for a in range(sectors):
            for memory in range(memories):
                if reached[a, memory] == np.inf:
                    continue
                for b in range(sectors):
                    after = next_memory(kinds, a, memory, b)
                    if after >= 0 and kinds.allowed[kind, period + 1, b]:
                        value = reached[a, memory] + cost[a, b] + places[period + 1, b]
                        onward[b, after] = min(onward[b, after], value)
                        drives[period, a, b] = min(drives[period, a, b], value + rest[period + 1, b, after])
        reached = onward
