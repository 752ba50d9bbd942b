"""Swaps among twins, compiled: cars that differ only in start and history swap a stretch of their shift.

Such a swap keeps cover, duty, pins and bans, and changes the energy only at the ends of the stretch: a move is judged
in constant time, tens of nanoseconds. The arrays are passed one by one, since handing tuples of arrays from function to
function costs more than a move.
"""

import math
from typing import Any

import numpy as np
from numba import njit

from services.scheduler.annealing_kernel import score_car

NOWHERE = -1
TAIL_SHARE = 0.6
SHORT_PERIODS = 3
"""Stretches that are no tail have up to so many periods."""
MOST_TEMPERATURES = 30.0
"""A move that costs more is hopeless whatever rules it mends."""


@njit(cache=True, nogil=True, inline="always")
def _uniform(random: Any) -> Any:
    """Return a uniform number in [0, 1); xorshift64 on (1,), uint64."""
    x = random[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    random[0] = x
    return (x >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, nogil=True, inline="always")
def _drive(cost: Any, origin: int, target: int) -> Any:
    return cost[origin, target] if origin != NOWHERE and target != NOWHERE else 0.0


@njit(cache=True, nogil=True, inline="always")
def _equal(path: Any, left: int, right: int, index: int) -> int:
    """Return 1 where car `left` two periods before `index` is where car `right` is then."""
    if index < 2 or index >= path.shape[1]:
        return 0
    sector = path[right, index]
    return int(sector != NOWHERE and path[left, index - 2] == sector)


@njit(cache=True, nogil=True, inline="always")
def _returns(path: Any, car: int, other: int, index: int, shift: int) -> int:
    """Return how many returns arise where two cars swap at a joint; `shift` 0: into `index`, 1: into the next."""
    there = index + shift
    arise = _equal(path, car, other, there) + _equal(path, other, car, there)
    return arise - _equal(path, car, car, there) - _equal(path, other, other, there)


@njit(cache=True, nogil=True, inline="always")
def _run_back(path: Any, car: int, index: int, most: int) -> int:
    """Return how long a car has been in its sector at the end of `index` - 1, at most `most`."""
    length = 0
    while length < most and index - 1 - length >= 0 and path[car, index - 1 - length] == path[car, index - 1]:
        length += 1
    return length


@njit(cache=True, nogil=True, inline="always")
def _run_ahead(path: Any, car: int, index: int, most: int) -> int:
    length = 0
    while length < most and index + length < path.shape[1] and path[car, index + length] == path[car, index]:
        length += 1
    return length


@njit(cache=True, nogil=True, inline="always")
def _stay_excess(path: Any, left: int, right: int, index: int, longest: int) -> int:
    """Return by how many periods the stay across a joint is longer than the rule and its two parts allow."""
    if index < 1 or path[left, index - 1] == NOWHERE or path[left, index - 1] != path[right, index]:
        return 0
    # A stay cannot be longer than the shift; what either part breaks alone is broken before and after.
    back = _run_back(path, left, index, path.shape[1])
    ahead = _run_ahead(path, right, index, path.shape[1])
    return max(0, back + ahead - longest) - max(0, back - longest) - max(0, ahead - longest)


@njit(cache=True, nogil=True, inline="always")
def _stays(path: Any, car: int, other: int, index: int, longest: int) -> int:
    arise = _stay_excess(path, car, other, index, longest) + _stay_excess(path, other, car, index, longest)
    return arise - _stay_excess(path, car, car, index, longest) - _stay_excess(path, other, other, index, longest)


@njit(cache=True, nogil=True, inline="always")
def _drives(path: Any, cost: Any, car: int, other: int, index: int, origin: int, origin_of_other: int) -> Any:
    """Return what the drives into `index` cost more once both cars go on as the other does."""
    target, target_of_other = path[car, index], path[other, index]
    before = _drive(cost, origin, target) + _drive(cost, origin_of_other, target_of_other)
    return _drive(cost, origin, target_of_other) + _drive(cost, origin_of_other, target) - before


@njit(cache=True, nogil=True)
def swap_twins(
    board: Any, position: Any, random: Any, best_path: Any, best: float, temperature: float, moves: int
) -> float:
    """Try so many swaps of twins at one temperature.

    Returns the energy of the best schedule without broken rules, kept in `best_path`; `best` is that so far. The
    weight of the largest travel must be 0.
    """
    value = position.counted.sum()
    broken = position.broken.sum() + position.missing[0]
    best = _swap_twins(
        position.path, best_path, board.costs, board.home, board.twin, board.start, board.first, board.last,
        board.history_length, board.no_return, board.max_consecutive, board.penalty,
        random, value, broken, best, temperature, moves,
    )  # fmt: skip
    for car in range(len(board.home)):
        score_car(board, position, car)
    return best


@njit(cache=True, nogil=True)
def _swap_twins(
    path: Any, best_path: Any, costs: Any, home: Any, twin: Any, start: Any, first: Any, last: Any,
    past: int, no_return: bool, longest: int, penalty: float,
    random: Any, value: float, broken: int, best: float, temperature: float, moves: int,
) -> float:  # fmt: skip
    cars = len(home)
    for _ in range(moves):
        car, other = int(_uniform(random) * cars), int(_uniform(random) * cars)
        if car == other or twin[car] != twin[other]:
            continue
        begin = first[car] + int(_uniform(random) * (last[car] - first[car] + 1))
        origin = start[car] if begin == first[car] else path[car, past + begin - 1]
        tail = longest > 0 or _uniform(random) < TAIL_SHARE
        end = last[car] if tail else min(last[car], begin + int(_uniform(random) * SHORT_PERIODS))
        if path[car, past + begin] == path[other, past + begin] and begin == end:
            continue
        joint, rejoin, cost = past + begin, past + end + 1, costs[home[car]]
        origin_of_other = start[other] if begin == first[car] else path[other, joint - 1]
        change = _drives(path, cost, car, other, joint, origin, origin_of_other)
        if end < last[car]:
            change += _drives(path, cost, car, other, rejoin, path[car, rejoin - 1], path[other, rejoin - 1])
        if broken == 0 and change >= temperature * MOST_TEMPERATURES:
            continue
        arise = 0
        if no_return:
            arise = _joint_returns(path, car, other, joint, rejoin)
        elif longest > 0:
            arise = _stays(path, car, other, joint, longest)
        total = change + penalty * arise
        if total > 0 and _uniform(random) >= math.exp(-total / temperature):
            continue
        for index in range(joint, rejoin):
            path[car, index], path[other, index] = path[other, index], path[car, index]
        value, broken = value + change, broken + arise
        if broken == 0 and value < best - 1e-9:
            best = value
            best_path[:] = path
    return best


@njit(cache=True, nogil=True, inline="always")
def _joint_returns(path: Any, car: int, other: int, joint: int, rejoin: int) -> int:
    arise = _returns(path, car, other, joint, 0) + _returns(path, car, other, rejoin, 1)
    if rejoin > joint + 1:
        arise += _returns(path, car, other, joint, 1) + _returns(path, car, other, rejoin, 0)
    return arise
