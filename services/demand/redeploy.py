"""Answers "where should the free cars wait now": a few moves, each with what it gains.

The value of free cars is the share of the calls to expect that they have in reach (see
`services.demand.simulator.restation`, which moves cars in replays by the same rule).
"""

from dataclasses import dataclass

import numpy as np

from services.demand.arrays import BoolArray, FloatArray, IntArray
from services.demand.simulator.stationing import Stationing

DEFAULT_MOVES = 3


@dataclass(frozen=True, eq=False)
class Fleet:
    """Where cars are now; arrays of shape (n_cars,).

    Parameters
    ----------
    sectors
        Where each car waits, or will wait once it is free.
    free_in_minutes
        0: free now.
    may_move
        Whether the car may be moved; busy cars never are.
    """

    sectors: IntArray
    free_in_minutes: FloatArray
    may_move: BoolArray

    @property
    def car_count(self) -> int:
        """Number of cars."""
        return len(self.sectors)


@dataclass(frozen=True)
class SuggestedMove:
    """Moves a car, given by its position, to a sector.

    Parameters
    ----------
    minutes
        The drive.
    gain
        Share of the calls to expect that come into reach, in all, after the moves before it.
    """

    car: int
    from_sector: int
    to_sector: int
    minutes: float
    gain: float


@dataclass(frozen=True)
class Redeployment:
    """Moves, best first, and the share of the calls to expect that free cars have in reach before and after them."""

    moves: tuple[SuggestedMove, ...]
    coverage_before: float
    coverage_after: float


def redeploy(fleet: Fleet, stationing: Stationing, drive_minutes: FloatArray, most_moves: int) -> Redeployment:
    """Suggest moves, one after the other, while each gains at least `stationing.least_gain`.

    A car that will be free within the horizon counts for the rest of it, where it will wait then.

    Parameters
    ----------
    stationing
        What to expect (its first block) and what cars have in reach.
    drive_minutes
        From each car to each sector, shape (n_cars, n_sectors); infinite: the car may not go there.
    """
    shares, miss = stationing.shares[0], _misses(fleet, stationing)
    before = _coverage(shares, miss)
    movable = fleet.may_move & (fleet.free_in_minutes <= 0)
    at = fleet.sectors.copy()
    moves: list[SuggestedMove] = []
    while len(moves) < most_moves and movable.any():
        gains = _gains(shares, miss, movable, stationing, drive_minutes)
        gains[np.arange(fleet.car_count), at] = -np.inf
        car, sector = map(int, np.unravel_index(np.argmax(gains), gains.shape))
        if not gains[car, sector] > stationing.least_gain:
            break
        minutes = float(drive_minutes[car, sector])
        moves.append(SuggestedMove(car, int(at[car]), sector, minutes, float(gains[car, sector])))
        at[car], movable[car] = sector, False
        miss[car] = _partly(stationing.miss[sector], minutes / stationing.horizon_minutes)
    return Redeployment(tuple(moves), before, _coverage(shares, miss))


def _misses(fleet: Fleet, stationing: Stationing) -> FloatArray:
    """Return the chance that each car is not in time for a call in each sector, shape (n_cars, n_sectors)."""
    return _partly(stationing.miss[fleet.sectors], fleet.free_in_minutes[:, np.newaxis] / stationing.horizon_minutes)


def _partly(miss: FloatArray, away_share: FloatArray | float) -> FloatArray:
    """Return the chances of a car that is away for a share of the time."""
    partly: FloatArray = 1.0 - (1.0 - miss) * np.clip(1.0 - away_share, 0.0, 1.0)
    return partly


def _coverage(shares: FloatArray, miss: FloatArray) -> float:
    return float(shares @ (1.0 - miss.prod(axis=0)))


def _gains(
    shares: FloatArray, miss: FloatArray, movable: BoolArray, stationing: Stationing, drive_minutes: FloatArray
) -> FloatArray:
    """Return what moving each car to each sector gains, shape (n_cars, n_sectors)."""
    without = shares * miss.prod(axis=0) / miss
    lost = (without * (1.0 - miss)).sum(axis=1)
    added = without @ (1.0 - stationing.miss).T
    staying = np.clip(1.0 - drive_minutes / stationing.horizon_minutes, 0.0, 1.0)
    gains: FloatArray = np.where(movable[:, np.newaxis], added * staying - lost[:, np.newaxis], -np.inf)
    return gains
