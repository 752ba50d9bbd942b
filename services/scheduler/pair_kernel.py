"""Exact heat bath on pairs of twins, compiled: two cars exchange sectors in any set of periods at once.

Twins may do the same at the same cost. Let r_t say whether the two change roles between the periods t - 1 and t. The
change of the energy is a chain,

    sum over t of  r_t gain_t  +  penalty breaches_t(r_{t-1}, r_t),

since a drive depends on one r, and a return within two periods or a stay of three on two of them. Filtering forward
and sampling backward draws r from its exact distribution among all 2^T combinations, so that swaps in one period, of
stretches and of the rest of the shift are one move without rejections. C. K. Carter and R. Kohn, Biometrika 81 (1994)
541; the arrays are passed one by one, since handing tuples of arrays on costs more than a move.
"""

import math
from typing import Any

import numpy as np
from numba import njit

from services.scheduler.annealing_kernel import score_car

NOWHERE = -1

HOPELESS = -20.0
"""Logarithm of odds that are taken for zero."""

MOST_LOG_ODDS = 200.0

LONGEST_STAY = 2
"""The longest stay whose rule is a chain of single r; cars with a longer one are no business of this kernel."""


@njit(cache=True, nogil=True, inline="always")
def uniform(random: Any) -> Any:
    """Return a uniform number in [0, 1); xorshift64 on (1,), uint64."""
    x = random[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    random[0] = x
    return (x >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, nogil=True, inline="always")
def _gain(cost: Any, origin: int, origin_of_other: int, a: int, b: int) -> Any:
    """Return what is saved if two cars that come from two origins exchange their targets."""
    gain = 0.0
    if origin != NOWHERE:
        gain += cost[origin, a] - cost[origin, b]
    if origin_of_other != NOWHERE:
        gain += cost[origin_of_other, b] - cost[origin_of_other, a]
    return gain


@njit(cache=True, nogil=True, inline="always")
def _count_returns(mine: Any, its: Any, index: int, counts: Any) -> bool:
    """Write how often the two return within two periods in `index`; it matters whether r before and r there differ.

    Counts are for r before and r there, (0, 0) to (1, 1), less the smallest. Return whether they differ.
    """
    if index < 2:
        return False
    a, b, first, first_of_other = mine[index], its[index], mine[index - 2], its[index - 2]
    same, crossed = int(first == a) + int(first_of_other == b), int(first == b) + int(first_of_other == a)
    if same == crossed:
        return False
    least = min(same, crossed)
    counts[index, 0], counts[index, 3] = same - least, same - least
    counts[index, 1], counts[index, 2] = crossed - least, crossed - least
    return True


@njit(cache=True, nogil=True, inline="always")
def _count_stays(mine: Any, its: Any, index: int, longest: int, counts: Any) -> bool:
    """Write how often the two stay longer than one period, or two, in `index`, as `_count_returns` does."""
    a, b, a_before, b_before = mine[index], its[index], mine[index - 1], its[index - 1]
    same_a, same_b, cross_a, cross_b = a_before == a, b_before == b, a_before == b, b_before == a
    if index < longest or not (same_a or same_b or cross_a or cross_b):
        return False
    if longest == 1:
        same, crossed = int(same_a) + int(same_b), int(cross_a) + int(cross_b)
        after_same, after_crossed = same, crossed
    else:
        first, first_of_other = mine[index - 2], its[index - 2]
        same = int(same_a and first == a) + int(same_b and first_of_other == b)
        crossed = int(cross_a and first == b) + int(cross_b and first_of_other == a)
        after_same = int(same_b and first == b) + int(same_a and first_of_other == a)
        after_crossed = int(cross_b and first == a) + int(cross_a and first_of_other == b)
    least = min(min(same, crossed), min(after_same, after_crossed))
    counts[index, 0], counts[index, 1] = same - least, crossed - least
    counts[index, 2], counts[index, 3] = after_same - least, after_crossed - least
    return same + crossed + after_same + after_crossed > 4 * least


@njit(cache=True, nogil=True)
def mix_twins(
    board: Any, position: Any, random: Any, mates: Any, best_path: Any, best: float, temperature: float, moves: int
) -> float:
    """Draw so many pairs of twins anew at one temperature.

    `mates` (3, n) holds the cars by twin, and for each car where its twins begin there and how many they are. Returns
    the energy of the best schedule without broken rules, kept in `best_path`; `best` is that so far. The weight of the
    largest travel must be 0, and the longest stay at most `LONGEST_STAY`.
    """
    value = position.counted.sum()
    broken = position.broken.sum() + position.missing[0]
    best = _mix_twins(
        position.path, best_path, board.costs, board.home, mates, board.start, board.first, board.last,
        board.history_length, board.no_return, board.max_consecutive, board.penalty,
        random, value, broken, best, temperature, moves,
    )  # fmt: skip
    for car in range(len(board.home)):
        score_car(board, position, car)
    return best


@njit(cache=True, nogil=True, error_model="numpy")
def _mix_twins(
    path: Any, best_path: Any, costs: Any, home: Any, mates: Any, start: Any, first: Any, last: Any,
    past: int, no_return: bool, longest: int, penalty: float,
    random: Any, value: float, broken: int, best: float, temperature: float, moves: int,
) -> float:  # fmt: skip
    cars, length = path.shape
    gains, changes = np.zeros(length), np.zeros(length + 1, np.int64)
    odds, counts, binds = np.zeros((length, 2)), np.zeros((length + 1, 4), np.int64), np.zeros(length + 1, np.bool_)
    weights = np.exp(-min(penalty / temperature, 150.0) * np.arange(3))
    for _ in range(moves):
        car = int(uniform(random) * cars)
        other = mates[0, mates[1, car] + int(uniform(random) * mates[2, car])]
        if car == other:
            continue
        begin, end = past + first[car], past + last[car] + 1
        mine, its = path[car], path[other]
        most = _fill_gains(mine, its, costs[home[car]], begin, end, start[car], start[other], gains)
        if past == 0 and start[car] == start[other]:  # to exchange names all along changes nothing
            gains[begin] = HOPELESS * temperature * 2
        if broken == 0 and most < HOPELESS * temperature:
            continue
        for index in range(begin, end):
            if no_return:
                binds[index] = _count_returns(mine, its, index, counts)
            else:
                binds[index] = longest > 0 and _count_stays(mine, its, index, longest, counts)
        binds[end] = False
        if not _filter(gains, counts, binds, weights, odds, 1 / temperature, begin, end):
            continue
        if not _sample(random, counts, binds, weights, odds, changes, begin, end):
            continue
        value -= _exchange(mine, its, gains, changes, begin, end)
        for index in range(begin, end):
            if binds[index]:
                now = 2 * changes[index - 1] * int(index > begin) + changes[index]
                broken += counts[index, now] - counts[index, 0]
        if broken == 0 and value < best - 1e-9:
            best = value
            best_path[:] = path
    return best


@njit(cache=True, nogil=True, inline="always")
def _fill_gains(
    mine: Any, its: Any, cost: Any, begin: int, end: int, origin: int, origin_of_other: int, gains: Any
) -> Any:
    """Write what is saved by changing roles before each period; return the most."""
    a_before, b_before = mine[begin], its[begin]
    gains[begin] = _gain(cost, origin, origin_of_other, a_before, b_before)
    most = gains[begin]
    for index in range(begin + 1, end):
        a, b = mine[index], its[index]
        gain = (cost[a_before, a] + cost[b_before, b]) - (cost[a_before, b] + cost[b_before, a])
        gains[index] = gain
        most = max(most, gain)
        a_before, b_before = a, b
    return most


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _filter(
    gains: Any, counts: Any, binds: Any, weights: Any, odds: Any, coldness: float, begin: int, end: int
) -> bool:
    """Write the distribution of each r given the periods up to its own; return whether any may be 1."""
    keep, change, some = 1.0, 0.0, False
    for index in range(begin, end):
        log_odds = gains[index] * coldness
        odd = math.exp(min(log_odds, MOST_LOG_ODDS)) if log_odds > HOPELESS else 0.0
        if binds[index]:
            stays = keep * weights[counts[index, 0]] + change * weights[counts[index, 2]]
            odd *= keep * weights[counts[index, 1]] + change * weights[counts[index, 3]]
            total = stays + odd
            keep, change = stays / total, odd / total
        elif odd > 0.0:
            keep = 1.0 / (1.0 + odd)
            change = odd * keep
        else:
            keep, change = 1.0, 0.0
        odds[index, 0], odds[index, 1] = keep, change
        some = some or change > 0.0
    return some


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _sample(random: Any, counts: Any, binds: Any, weights: Any, odds: Any, changes: Any, begin: int, end: int) -> bool:
    """Draw each r given the ones after it; return whether any is 1."""
    some, after = False, 0
    for index in range(end - 1, begin - 1, -1):
        change = odds[index, 1]
        if change > 0.0:
            if binds[index + 1]:
                change *= weights[counts[index + 1, 2 + after]]
                change /= change + odds[index, 0] * weights[counts[index + 1, after]]
            after = int(uniform(random) < change)
            some = some or after == 1
        else:
            after = 0
        changes[index] = after
    return some


@njit(cache=True, nogil=True, inline="always")
def _exchange(mine: Any, its: Any, gains: Any, changes: Any, begin: int, end: int) -> Any:
    """Let the two change roles where drawn; return what is saved."""
    saved, crossed = 0.0, 0
    for index in range(begin, end):
        if changes[index]:
            saved += gains[index]
            crossed ^= 1
        if crossed:
            mine[index], its[index] = its[index], mine[index]
    return saved
