"""Moves on schedules, compiled: swap two cars for a stretch of periods, or move one car for a stretch.

Swaps for one period and swaps of the rest of the shift keep every car in one sector and every demand met; moves of
single cars place spare cars and mend broken rules. Rules of cover, cap and presence are penalties, so that a search
may begin anywhere; duty, pins and bans always hold.
"""

import math
from typing import Any

import numpy as np
from numba import njit

NOWHERE = -1


@njit(cache=True, nogil=True)
def _random(state: Any) -> Any:
    """Return a uniform number in [0, 1); xorshift64 on state (1,), uint64."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return (x >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, nogil=True)
def _below(state: Any, limit: int) -> int:
    return int(_random(state) * limit)


@njit(cache=True, nogil=True)
def score_car(board: Any, position: Any, car: int) -> None:
    """Write what a car's drives count, its minutes and its breaches into the position."""
    path, past = position.path[car], board.history_length
    cost = board.costs[board.home[car]]
    counted, driven, broken, run = 0.0, 0.0, 0, 0
    previous = board.start[car]
    for index in range(len(path)):
        sector = path[index]
        if sector == NOWHERE:
            run = 0
            continue
        run = run + 1 if index > 0 and path[index - 1] == sector else 1
        if index < past:
            continue
        if previous != NOWHERE:
            counted += cost[previous, sector]
            driven += board.minutes[previous, sector]
        if board.no_return and index >= 2 and path[index - 2] == sector:
            broken += 1
        if board.max_consecutive > 0 and run > board.max_consecutive:
            broken += 1
        previous = sector
    position.counted[car], position.driven[car], position.broken[car] = counted, driven, broken


@njit(cache=True, nogil=True)
def _scores(position: Any, car: int) -> Any:
    return position.counted[car], position.driven[car], position.broken[car]


@njit(cache=True, nogil=True)
def _set_scores(position: Any, car: int, scores: Any) -> None:
    position.counted[car], position.driven[car], position.broken[car] = scores


@njit(cache=True, nogil=True)
def _place(board: Any, position: Any, car: int, period: int, sector: int, sign: int) -> None:
    """Count a car in (sign 1) or out (sign -1) of a sector, and keep the missing up to date."""
    demand, cap = board.demand[period, sector], board.cap[period, sector]
    for quarter in range(board.available.shape[2]):
        if board.available[car, period, quarter]:
            cover = position.cover[period, quarter, sector]
            position.missing[0] += max(0, demand - cover - sign) - max(0, demand - cover)
            position.cover[period, quarter, sector] = cover + sign
    load = position.load[period, sector]
    position.missing[0] += max(0, load + sign - cap) - max(0, load - cap)
    position.load[period, sector] = load + sign


@njit(cache=True, nogil=True)
def _set_sector(board: Any, position: Any, car: int, period: int, sector: int) -> None:
    index = board.history_length + period
    _place(board, position, car, period, position.path[car, index], -1)
    position.path[car, index] = sector
    _place(board, position, car, period, sector, 1)


@njit(cache=True, nogil=True)
def swap(board: Any, position: Any, car: int, other: int, first: int, last: int) -> None:
    """Swap the sectors of two cars in the periods first..last; doing it twice changes nothing."""
    alike = board.kind[car] == board.kind[other]
    for period in range(first, last + 1):
        index = board.history_length + period
        sector, sector_of_other = position.path[car, index], position.path[other, index]
        if alike:
            position.path[car, index], position.path[other, index] = sector_of_other, sector
        elif sector != sector_of_other:
            _set_sector(board, position, car, period, sector_of_other)
            _set_sector(board, position, other, period, sector)


@njit(cache=True, nogil=True)
def _may_swap(board: Any, position: Any, car: int, other: int, first: int, last: int) -> bool:
    different = False
    for period in range(first, last + 1):
        index = board.history_length + period
        sector, sector_of_other = position.path[car, index], position.path[other, index]
        different = different or sector != sector_of_other
        if not board.allowed[car, period, sector_of_other] or not board.allowed[other, period, sector]:
            return False
    return different


@njit(cache=True, nogil=True)
def _may_move(board: Any, car: int, sector: int, first: int, last: int) -> Any:
    return board.allowed[car, first : last + 1, sector].all()


@njit(cache=True, nogil=True)
def energy(board: Any, position: Any) -> Any:
    """Return the objective plus the penalties of broken rules."""
    value = position.counted.sum() + board.penalty * (position.broken.sum() + position.missing[0])
    if board.fairness_weight > 0:
        value += board.fairness_weight * position.driven.max()
    return value


@njit(cache=True, nogil=True)
def _energy_of(board: Any, position: Any, car: int, other: int) -> Any:
    """Return the part of the energy that a move of two cars changes."""
    value = position.counted[car] + board.penalty * (position.broken[car] + position.missing[0])
    if other != car:
        value += position.counted[other] + board.penalty * position.broken[other]
    if board.fairness_weight > 0:
        value += board.fairness_weight * position.driven.max()
    return value


@njit(cache=True, nogil=True)
def _stretch(random: Any, begin: int, last: int) -> int:
    """Return the last period of a stretch from `begin`: one period, the rest of the shift, or in between."""
    kind = _random(random)
    if kind < 0.4:
        return begin
    return last if kind < 0.85 else begin + _below(random, last - begin + 1)


@njit(cache=True, nogil=True)
def anneal(
    board: Any, position: Any, random: Any, best_path: Any, best: float, hot: float, cold: float, moves: int
) -> float:
    """Try so many moves while the temperature falls from `hot` to `cold`.

    Returns the energy of the best schedule without broken rules, kept in `best_path`; `best` is that so far.
    """
    value = energy(board, position)
    breaches = position.broken.sum() + position.missing[0]
    cooling = math.exp(math.log(cold / hot) / moves)
    temperature = hot
    for _ in range(moves):
        temperature *= cooling
        if _try_move(board, position, random, temperature):
            breaches = position.broken.sum() + position.missing[0]
            if breaches == 0:
                value = energy(board, position)
                if value < best - 1e-9:
                    best = value
                    best_path[:] = position.path
    return best


@njit(cache=True, nogil=True)
def _try_move(board: Any, position: Any, random: Any, temperature: float) -> bool:
    """Propose one move; keep it by Metropolis' rule. Return whether the position has changed."""
    cars, sectors = len(board.home), board.demand.shape[1]
    car = _below(random, cars)
    share_alone = 0.15 if board.has_spare or position.missing[0] > 0 else 0.01
    moves_alone = cars == 1 or _random(random) < share_alone
    other = car if moves_alone else _below(random, cars)
    begin = max(board.first[car], board.first[other])
    end = min(board.last[car], board.last[other])
    if end < begin or (other == car and not moves_alone):
        return False
    begin += _below(random, end - begin + 1)
    end = _stretch(random, begin, end)
    if moves_alone:
        return _try_to_move(board, position, random, temperature, car, _below(random, sectors), begin, end)
    return _try_to_swap(board, position, random, temperature, car, other, begin, end)


@njit(cache=True, nogil=True)
def _try_to_swap(
    board: Any, position: Any, random: Any, temperature: float, car: int, other: int, begin: int, end: int
) -> bool:
    if board.twin[car] == board.twin[other] and board.fairness_weight == 0 and board.max_consecutive == 0:
        return _try_to_swap_twins(board, position, random, temperature, car, other, begin, end)
    if not _may_swap(board, position, car, other, begin, end):
        return False
    before = _energy_of(board, position, car, other)
    score, score_of_other = _scores(position, car), _scores(position, other)
    swap(board, position, car, other, begin, end)
    score_car(board, position, car)
    score_car(board, position, other)
    change = _energy_of(board, position, car, other) - before
    if change <= 0 or _random(random) < math.exp(-change / temperature):
        return True
    swap(board, position, car, other, begin, end)
    _set_scores(position, car, score)
    _set_scores(position, other, score_of_other)
    return False


@njit(cache=True, nogil=True)
def _try_to_swap_twins(
    board: Any, position: Any, random: Any, temperature: float, car: int, other: int, begin: int, end: int
) -> bool:
    """Swap two cars that differ only in start and history; only the ends of the stretch are looked at."""
    past = board.history_length
    path, path_of_other = position.path[car], position.path[other]
    if begin == end and path[past + begin] == path_of_other[past + begin]:
        return False
    change = _travel_change(board, path, path_of_other, car, other, begin, end)
    if board.no_return:
        returns = _return_change(path, path_of_other, past + begin, past + end)
        change += board.penalty * (returns + _return_change(path_of_other, path, past + begin, past + end))
    if change > 0 and _random(random) >= math.exp(-change / temperature):
        return False
    for index in range(past + begin, past + end + 1):
        path[index], path_of_other[index] = path_of_other[index], path[index]
    score_car(board, position, car)
    score_car(board, position, other)
    return True


@njit(cache=True, nogil=True)
def _travel_change(board: Any, path: Any, path_of_other: Any, car: int, other: int, begin: int, end: int) -> float:
    """Return what the drives into and out of a swapped stretch cost more than before."""
    past, cost = board.history_length, board.costs[board.home[car]]
    at_first = begin == board.first[car]
    origin = board.start[car] if at_first else path[past + begin - 1]
    origin_of_other = board.start[other] if at_first else path_of_other[past + begin - 1]
    sector, sector_of_other = path[past + begin], path_of_other[past + begin]
    change = 0.0
    if origin != NOWHERE:
        change += cost[origin, sector_of_other] - cost[origin, sector]
    if origin_of_other != NOWHERE:
        change += cost[origin_of_other, sector] - cost[origin_of_other, sector_of_other]
    if end < board.last[car]:
        sector, sector_of_other = path[past + end], path_of_other[past + end]
        target, target_of_other = path[past + end + 1], path_of_other[past + end + 1]
        change += cost[sector_of_other, target] - cost[sector, target]
        change += cost[sector, target_of_other] - cost[sector_of_other, target_of_other]
    return change


@njit(cache=True, nogil=True)
def _return_change(path: Any, path_of_other: Any, begin: int, end: int) -> int:
    """Return how many more returns within two periods a path has with the stretch begin..end of another."""
    change = 0
    for index in (begin, begin + 1, end + 1, end + 2):
        inside, inside_before = begin <= index <= end, begin <= index - 2 <= end
        if inside == inside_before or index - 2 < 0 or index >= len(path):
            continue
        now, before = path[index], path[index - 2]
        new_now = path_of_other[index] if inside else now
        new_before = path_of_other[index - 2] if inside_before else before
        change += int(new_now == new_before and new_now != NOWHERE) - int(now == before and now != NOWHERE)
    return change


@njit(cache=True, nogil=True)
def _try_to_move(
    board: Any, position: Any, random: Any, temperature: float, car: int, sector: int, begin: int, end: int
) -> bool:
    if not _may_move(board, car, sector, begin, end):
        return False
    past = board.history_length
    old = position.path[car, past + begin : past + end + 1].copy()
    before, score = _energy_of(board, position, car, car), _scores(position, car)
    for period in range(begin, end + 1):
        _set_sector(board, position, car, period, sector)
    score_car(board, position, car)
    change = _energy_of(board, position, car, car) - before
    if change <= 0 or _random(random) < math.exp(-change / temperature):
        return True
    for period in range(begin, end + 1):
        _set_sector(board, position, car, period, old[period - begin])
    _set_scores(position, car, score)
    return False
