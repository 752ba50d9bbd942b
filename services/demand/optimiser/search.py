"""Local search on the simulator, led by what a car more or less is worth in each sector.

One car more in each sector and one car less are scored first. What a move from one sector to another gains is about the
sum of the two, so that instead of all pairs only the most promising ones are scored: twice as many scores as there are
sectors, not their square.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from services.demand.arrays import FloatArray, IntArray
from services.demand.optimiser.score import Scorer
from services.demand.optimiser.staffing import Staffing
from services.demand.optimiser.time_limit import TimeLimit

TRIED_AT_ONCE = 4
TRIED_MOVES = 8
"""Moves scored for each table of gains before it counts as exhausted."""
JOINT_MOVES = 4
"""The most promising single moves, whose pairs are tried together where none of them gains alone."""
LEAST_GAIN = 1e-9


@dataclass(frozen=True)
class Move:
    """Moves a car from one sector to another in some blocks."""

    blocks: slice
    giver: int
    taker: int

    def apply(self, cars: IntArray) -> IntArray:
        """Return the cars after the move."""
        moved = cars.copy()
        moved[self.blocks, self.giver] -= 1
        moved[self.blocks, self.taker] += 1
        return moved


@dataclass(frozen=True)
class Judges:
    """Who scores in a search, and how much.

    Parameters
    ----------
    judge
        Decides, on all training calls.
    guide
        Says which moves are promising, on as few calls as that takes; may be the judge.
    most_calls
        How many calls both may score together: a number, so that a seed gives one result.
    limit
        Ends the search where it comes first.
    """

    judge: Scorer[IntArray]
    guide: Scorer[IntArray]
    most_calls: int
    limit: TimeLimit

    def over(self) -> bool:
        """Tell whether to stop."""
        scored = self.judge.scored_calls + (0 if self.guide is self.judge else self.guide.scored_calls)
        return scored >= self.most_calls or self.limit.over()


def runs_of_blocks(block_count: int, longest: int) -> tuple[slice, ...]:
    """Return all runs of consecutive blocks of at most a length, the longest first: cars then drive less.

    >>> runs_of_blocks(3, 2)
    (slice(0, 2, None), slice(1, 3, None), slice(0, 1, None), slice(1, 2, None), slice(2, 3, None))
    """
    lengths = range(min(longest, block_count), 0, -1)
    return tuple(slice(first, first + length) for length in lengths for first in range(block_count - length + 1))


def improve(cars: IntArray, scopes: Sequence[slice], judges: Judges, staffing: Staffing) -> IntArray:
    """Move cars while that lowers the penalty.

    Parameters
    ----------
    cars
        Where to start, cars per block and sector, shape (n_blocks, n_sectors).
    scopes
        The runs of blocks in which a move takes effect; taken in turn until none of them gains.

    Returns
    -------
    Cars per block and sector, same shape; no worse on the judge's calls than the start.
    """
    least = judges.judge.penalty(cars)
    since_gain = 0
    for blocks in _in_turn(scopes):
        if since_gain == len(scopes) or judges.over():
            break
        found, penalty = _improve_blocks(cars, least, blocks, judges, staffing)
        since_gain = 0 if penalty < least - LEAST_GAIN else since_gain + 1
        cars, least = found, penalty
    return cars


def add_greedily(placed: IntArray, cars: int, judges: Judges, staffing: Staffing) -> IntArray | None:
    """Add one car after the other where it lowers the penalty most, in all blocks alike.

    Parameters
    ----------
    placed
        Cars to start with, at least the minimum, shape (n_sectors,).
    cars
        How many there are to be in all.

    Returns
    -------
    Cars per block and sector, shape (n_blocks, n_sectors). None: the budget ended before all cars were placed.
    """
    while placed.sum() < cars:
        if judges.over():
            return None
        open_sectors = np.flatnonzero(placed < staffing.maximum).tolist()
        plans = [np.tile(_with_one_more(placed, sector), (staffing.block_count, 1)) for sector in open_sectors]
        placed = _with_one_more(placed, open_sectors[int(np.argmin(judges.guide.penalties(plans)))])
    return np.tile(placed, (staffing.block_count, 1))


def _with_one_more(cars: IntArray, sector: int) -> IntArray:
    more = cars.copy()
    more[sector] += 1
    return more


def _in_turn(scopes: Sequence[slice]) -> Iterator[slice]:
    while True:
        yield from scopes


def _improve_blocks(
    cars: IntArray, least: float, blocks: slice, judges: Judges, staffing: Staffing
) -> tuple[IntArray, float]:
    """Improve the cars of some blocks until no promising move gains; return them with their penalty."""
    while not judges.over():
        promised = _promise(cars, blocks, judges.guide, staffing)
        better = _take_best(cars, least, promised, blocks, judges.judge, staffing)
        if better is None:
            break
        cars, least = better
    return cars, least


def _promise(cars: IntArray, blocks: slice, guide: Scorer[IntArray], staffing: Staffing) -> FloatArray:
    """Return what a move of every pair of sectors is about to change, shape (n_sectors, n_sectors), row = giver."""
    givers = np.flatnonzero((cars[blocks] > staffing.minimum).all(axis=0)).tolist()
    takers = np.flatnonzero((cars[blocks] < staffing.maximum).all(axis=0)).tolist()
    fewer, more = np.full(staffing.sector_count, np.inf), np.full(staffing.sector_count, np.inf)
    plans = [cars]
    plans += [_changed(cars, blocks, sector, -1) for sector in givers]
    plans += [_changed(cars, blocks, sector, +1) for sector in takers]
    penalties = guide.penalties(plans)
    changes = penalties[1:] - penalties[0]
    fewer[givers], more[takers] = changes[: len(givers)], changes[len(givers) :]
    promised: FloatArray = fewer[:, np.newaxis] + more[np.newaxis, :]
    np.fill_diagonal(promised, np.inf)
    return promised


def _changed(cars: IntArray, blocks: slice, sector: int, by: int) -> IntArray:
    changed = cars.copy()
    changed[blocks, sector] += by
    return changed


def _take_best(
    cars: IntArray, least: float, promised: FloatArray, blocks: slice, judge: Scorer[IntArray], staffing: Staffing
) -> tuple[IntArray, float] | None:
    """Score the most promising moves, some at once, then pairs of them; None: none of them gains."""
    order = np.argsort(promised, axis=None, kind="stable")[:TRIED_MOVES]
    order = order[np.isfinite(promised.ravel()[order])]
    moves = [Move(blocks, *map(int, divmod(index, staffing.sector_count))) for index in order]
    plans = [move.apply(cars) for move in moves]
    plans += [
        other.apply(one.apply(cars))
        for position, one in enumerate(moves[:JOINT_MOVES])
        for other in moves[position + 1 : JOINT_MOVES]
        if one.giver != other.giver and one.taker != other.taker
    ]
    allowed = [plan for plan in plans if staffing.allows(plan)]
    for start in range(0, len(allowed), TRIED_AT_ONCE):
        some = allowed[start : start + TRIED_AT_ONCE]
        penalties = judge.penalties(some)
        if penalties.min() < least - LEAST_GAIN:
            return some[int(np.argmin(penalties))], float(penalties.min())
    return None
