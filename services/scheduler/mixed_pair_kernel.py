"""Exact heat bath on pairs of any two cars, compiled: they exchange sectors in any set of periods at once.

As `pair_kernel`, for cars of different homes, breaks, duty, pins or bans. Here s_t says whether the two exchange their
sectors in period t. Cover, pins and bans weigh single s_t, drives two of them, the presence rule as many as it looks
back, so that the state of the chain is the last few s. What the chain does not see, the largest travel of a car and
stays longer than `LONGEST_MEMORY`, is judged afterwards by Metropolis' rule.
"""

import math
from typing import Any

import numpy as np
from numba import njit

from services.scheduler.annealing_kernel import energy, score_car, swap
from services.scheduler.pair_kernel import uniform

NOWHERE = -1

LONGEST_MEMORY = 4
"""Periods that the state of the chain holds at most: 16 states."""


@njit(cache=True, nogil=True, error_model="numpy")
def mix_any(
    board: Any, position: Any, random: Any, best_path: Any, best: float, temperature: float, moves: int
) -> float:
    """Draw so many pairs of cars anew at one temperature.

    Returns the energy of the best schedule without broken rules, kept in `best_path`; `best` is that so far.
    """
    cars, length = position.path.shape
    memory = _memory(board)
    filtered, costs = np.zeros((length + 1, 1 << memory)), np.zeros((length, 4))
    exchanged = np.zeros(length, np.int64)
    for _ in range(moves):
        car, other = int(uniform(random) * cars), int(uniform(random) * cars)
        begin = max(board.first[car], board.first[other])
        end = min(board.last[car], board.last[other])
        if car == other or end < begin:
            continue
        begin, end = begin + board.history_length, end + board.history_length
        _filter(board, position, car, other, begin, end, memory, temperature, filtered, costs)
        if not _sample(
            board, position, random, car, other, begin, end, memory, temperature, filtered, costs, exchanged
        ):
            continue
        if not _settle(board, position, random, car, other, begin, end, temperature, exchanged):
            continue
        if position.missing[0] == 0 and position.broken.sum() == 0:
            value = energy(board, position)
            if value < best - 1e-9:
                best = value
                best_path[:] = position.path
    return best


@njit(cache=True, nogil=True, inline="always")
def _memory(board: Any) -> int:
    """Return how many periods back the state looks."""
    if board.no_return:
        return 2
    return max(1, board.max_consecutive) if board.max_consecutive <= LONGEST_MEMORY else 1


@njit(cache=True, nogil=True)
def _drive(board: Any, path: Any, car: int, index: int, exchanged_before: int, exchanged: int, other: int) -> float:
    """Return what a car's drive into `index` costs, if it has the other's sector before and there."""
    target = path[other if exchanged else car, index]
    if index == board.history_length + board.first[car]:
        origin = board.start[car]
    else:
        origin = path[other if exchanged_before else car, index - 1]
    if origin == NOWHERE or target == NOWHERE:
        return 0.0
    return float(board.costs[board.home[car], origin, target])


@njit(cache=True, nogil=True)
def _cover_change(board: Any, position: Any, car: int, other: int, period: int) -> int:
    """Return how many more cars are missing if two cars exchange their sectors in a period."""
    index, change = board.history_length + period, 0
    a, b = position.path[car, index], position.path[other, index]
    for quarter in range(board.available.shape[2]):
        gives = int(board.available[car, period, quarter]) - int(board.available[other, period, quarter])
        if gives == 0 or a == b:
            continue
        cover_a, cover_b = position.cover[period, quarter, a], position.cover[period, quarter, b]
        needed_a, needed_b = board.demand[period, a], board.demand[period, b]
        change += max(0, needed_a - cover_a + gives) - max(0, needed_a - cover_a)
        change += max(0, needed_b - cover_b - gives) - max(0, needed_b - cover_b)
    return change


@njit(cache=True, nogil=True)
def _fill_costs(board: Any, position: Any, car: int, other: int, index: int, begin: int, end: int, costs: Any) -> None:
    """Write what a step costs but for presence, by s before and s there; infinite where it must not be."""
    path, period = position.path, index - board.history_length
    inside = begin <= index <= end
    single = 0.0
    if inside:
        a, b = path[car, index], path[other, index]
        if board.allowed[car, period, b] and board.allowed[other, period, a]:
            single = board.penalty * _cover_change(board, position, car, other, period)
        else:
            single = np.inf
    for before in range(2):
        for now in range(2):
            place = 2 * before + now
            if (now and not inside) or (before and index == begin):
                costs[index, place] = np.inf
                continue
            drives = _drive(board, path, car, index, before, now, other)
            drives += _drive(board, path, other, index, before, now, car)
            costs[index, place] = drives + (single if now else 0.0)


@njit(cache=True, nogil=True, inline="always")
def _sector(path: Any, car: int, other: int, index: int, bits: int, ago: int) -> Any:
    """Return where a car is so many periods before `index`, by the bits of s up to there."""
    return path[other if (bits >> ago) & 1 else car, index - ago]


@njit(cache=True, nogil=True)
def _breaches_of(board: Any, path: Any, car: int, other: int, index: int, bits: int) -> int:
    """Return 1 where a car breaks the presence rule in `index`."""
    here = _sector(path, car, other, index, bits, 0)
    if here == NOWHERE:
        return 0
    if board.no_return:
        return int(index >= 2 and _sector(path, car, other, index, bits, 2) == here)
    longest = board.max_consecutive
    if longest == 0 or longest > LONGEST_MEMORY or index < longest:
        return 0
    for ago in range(1, longest + 1):
        if _sector(path, car, other, index, bits, ago) != here:
            return 0
    return 1


@njit(cache=True, nogil=True)
def _step(board: Any, path: Any, car: int, other: int, index: int, bits: int, costs: Any) -> float:
    """Return what a step costs; the last bit is s there, the one before it s before, and so on."""
    cost = costs[index, bits & 3]
    if cost == np.inf:
        return float(cost)
    breaches = _breaches_of(board, path, car, other, index, bits) + _breaches_of(board, path, other, car, index, bits)
    return float(cost + board.penalty * breaches)


@njit(cache=True, nogil=True)
def _stop(length: int, end: int, memory: int) -> int:
    """Return where the chain ends: the periods after the last exchange still see it."""
    return min(length, end + 1 + memory)


@njit(cache=True, nogil=True, error_model="numpy")
def _filter(
    board: Any, position: Any, car: int, other: int, begin: int, end: int, memory: int, temperature: float,
    filtered: Any, costs: Any,
) -> None:  # fmt: skip
    """Write the distribution of the state after each period given the periods up to it."""
    path, states = position.path, 1 << memory
    filtered[begin, :] = 0.0
    filtered[begin, 0] = 1.0
    for index in range(begin, _stop(path.shape[1], end, memory)):
        _fill_costs(board, position, car, other, index, begin, end, costs)
        least = np.inf
        for bits in range(2 * states):
            if filtered[index, bits >> 1] > 0.0:
                least = min(least, _step(board, path, car, other, index, bits, costs))
        filtered[index + 1, :] = 0.0
        total = 0.0
        for bits in range(2 * states):
            if filtered[index, bits >> 1] > 0.0:
                cost = _step(board, path, car, other, index, bits, costs)
                weight = filtered[index, bits >> 1] * math.exp((least - cost) / temperature)
                filtered[index + 1, bits & (states - 1)] += weight
                total += weight
        for state in range(states):
            filtered[index + 1, state] /= total


@njit(cache=True, nogil=True, error_model="numpy")
def _sample(
    board: Any, position: Any, random: Any, car: int, other: int, begin: int, end: int, memory: int,
    temperature: float, filtered: Any, costs: Any, exchanged: Any,
) -> bool:  # fmt: skip
    """Draw s backwards; return whether the two cars exchange different sectors anywhere."""
    path = position.path
    last = _stop(path.shape[1], end, memory)
    state, some = _draw(random, filtered[last]), False
    for index in range(last - 1, begin - 1, -1):
        exchanged[index] = state & 1
        some = some or (state & 1 == 1 and path[car, index] != path[other, index])
        # The oldest bit of the state before is lost on the way: it was 0 or 1.
        zero = state >> 1
        one = zero | (1 << (memory - 1))
        cost_of_zero = _step(board, path, car, other, index, 2 * zero + (state & 1), costs)
        cost_of_one = _step(board, path, car, other, index, 2 * one + (state & 1), costs)
        state = zero
        if filtered[index, one] > 0.0 and cost_of_one < np.inf:
            odds = filtered[index, zero] / filtered[index, one] * math.exp((cost_of_one - cost_of_zero) / temperature)
            if cost_of_zero == np.inf or uniform(random) * (1.0 + odds) < 1.0:
                state = one
    return some


@njit(cache=True, nogil=True)
def _draw(random: Any, shares: Any) -> int:
    left = uniform(random)
    chosen = 0
    for place in range(len(shares)):
        if shares[place] > 0.0:
            chosen = place
            left -= shares[place]
            if left < 0.0:
                break
    return chosen


@njit(cache=True, nogil=True)
def _settle(
    board: Any, position: Any, random: Any, car: int, other: int, begin: int, end: int,
    temperature: float, exchanged: Any,
) -> bool:  # fmt: skip
    """Exchange as drawn and judge what the chain has not seen; return whether it is kept."""
    before = _unseen(board, position, car, other)
    _exchange(board, position, car, other, begin, end, exchanged)
    change = _unseen(board, position, car, other) - before
    if change <= 0 or uniform(random) < math.exp(-change / temperature):
        return True
    _exchange(board, position, car, other, begin, end, exchanged)
    return False


@njit(cache=True, nogil=True)
def _unseen(board: Any, position: Any, car: int, other: int) -> float:
    """Return the part of the energy that the chain does not see."""
    unseen = 0.0
    if board.fairness_weight > 0:
        unseen += board.fairness_weight * position.driven.max()
    if board.max_consecutive > LONGEST_MEMORY:
        unseen += board.penalty * (position.broken[car] + position.broken[other])
    return unseen


@njit(cache=True, nogil=True)
def _exchange(board: Any, position: Any, car: int, other: int, begin: int, end: int, exchanged: Any) -> None:
    for index in range(begin, end + 1):
        if exchanged[index]:
            period = index - board.history_length
            swap(board, position, car, other, period, period)
    score_car(board, position, car)
    score_car(board, position, other)
