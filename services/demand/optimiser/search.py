"""Local search on the simulator: moves one car at a time between two sectors."""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from services.demand.arrays import IntArray
from services.demand.optimiser.score import Scorer
from services.demand.optimiser.staffing import Staffing
from services.demand.optimiser.time_limit import TimeLimit

SIMULATED_CALLS = 15_000_000
"""Calls that one search may simulate; a count, not a time, so that a seed gives one result."""


class Scope(Enum):
    """Where a move takes effect."""

    SHIFT = "the whole shift"
    BLOCK = "one block"


@dataclass(frozen=True)
class _Move:
    blocks: slice
    giver: int
    taker: int


def improve(cars: IntArray, scope: Scope, scorer: Scorer, staffing: Staffing, limit: TimeLimit, seed: int) -> IntArray:
    """Move cars while that lowers the penalty: first improvement over moves in random order.

    Parameters
    ----------
    cars
        Where to start, cars per block and sector, shape (n_blocks, n_sectors).

    Returns
    -------
    Cars per block and sector, same shape; no worse on the scorer's calls than the start.
    """
    moves = _list_moves(cars, scope)
    np.random.default_rng((seed, len(moves))).shuffle(moves)
    trials_left = SIMULATED_CALLS // max(scorer.call_count, 1)
    best, least = cars, scorer.score(cars).penalty
    since_gain = position = 0
    while since_gain < len(moves) and trials_left > 0 and not limit.over():
        moved = _apply(moves[position], best, staffing)
        position, since_gain = (position + 1) % len(moves), since_gain + 1
        if moved is None:
            continue
        trials_left -= 1
        penalty = scorer.score(moved).penalty
        if penalty < least - 1e-12:
            best, least, since_gain = moved, penalty, 0
    return best


def _list_moves(cars: IntArray, scope: Scope) -> list[_Move]:
    block_count, sector_count = cars.shape
    blocks = [slice(None)] if scope is Scope.SHIFT else [slice(block, block + 1) for block in range(block_count)]
    pairs = [(giver, taker) for giver in range(sector_count) for taker in range(sector_count) if giver != taker]
    return [_Move(where, giver, taker) for where in blocks for giver, taker in pairs]


def _apply(move: _Move, cars: IntArray, staffing: Staffing) -> IntArray | None:
    """Return the cars after a move; None: the limits forbid it."""
    gives = (cars[move.blocks, move.giver] > staffing.minimum[move.giver]).all()
    takes = (cars[move.blocks, move.taker] < staffing.maximum[move.taker]).all()
    if not (gives and takes):
        return None
    moved = cars.copy()
    moved[move.blocks, move.giver] -= 1
    moved[move.blocks, move.taker] += 1
    return moved
