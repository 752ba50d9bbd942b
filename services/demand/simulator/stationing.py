"""Where free cars wait between calls, when they may leave their timetable's sectors."""

from dataclasses import dataclass

import numpy as np

from services.demand.arrays import BoolArray, FloatArray, IntArray
from services.demand.simulator.case import DispatchCase

LEAST_MISS = 1e-6
"""A car is never quite sure to be in time: chances are divided by."""


@dataclass(frozen=True, eq=False)
class Stationing:
    """Rules by which free cars are sent to other sectors (move-up).

    Parameters
    ----------
    demand
        Calls to expect per hour, shape (n_blocks, n_sectors), weighted if some count more.
    block_minutes
        Length of a block; the last one goes on.
    reach
        Chance that a car standing in the row's sector may go to a call in the column's and is in time, shape
        (n_sectors, n_sectors).
    busy_share
        Chance that a car is not there when it is needed, above 0 and below 1.
    horizon_minutes
        How long a move should pay: a move that takes so long gains nothing.
    least_gain
        Least gain that is worth a move: share of the expected calls that come into reach.
    rest_minutes
        A standing car is not moved again within so long; one that comes from a call may be sent anywhere.
    most_moves_per_hour
        Most moves that begin within any 60 minutes, of all cars of the area together; 0: no limit.
    """

    demand: FloatArray
    block_minutes: float
    reach: FloatArray
    busy_share: float = 0.3
    horizon_minutes: float = 45.0
    least_gain: float = 0.003
    rest_minutes: float = 20.0
    most_moves_per_hour: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.busy_share < 1:
            raise ValueError(f"Expected busy_share above 0 and below 1, got {self.busy_share}.")
        if not (self.horizon_minutes > 0 and self.block_minutes > 0):
            raise ValueError("Expected horizon_minutes and block_minutes above 0.")
        if not (self.least_gain >= 0 and self.rest_minutes >= 0):
            raise ValueError("Expected least_gain and rest_minutes of at least 0.")
        if self.most_moves_per_hour < 0:
            raise ValueError(f"Expected most_moves_per_hour of at least 0, got {self.most_moves_per_hour}.")

    @property
    def miss(self) -> FloatArray:
        """Chance that a car in the row's sector does not answer a call in the column's in time."""
        miss: FloatArray = np.clip(1.0 - (1.0 - self.busy_share) * self.reach, LEAST_MISS, 1.0)
        return miss

    @property
    def shares(self) -> FloatArray:
        """Demand of each block as shares that sum to 1; equal shares where nothing is expected."""
        totals = self.demand.sum(axis=1, keepdims=True)
        even = np.full_like(self.demand, 1.0 / self.demand.shape[1])
        shares: FloatArray = np.divide(self.demand, totals, out=even, where=totals > 0)
        return shares


def measure_reach(case: DispatchCase, own: BoolArray) -> FloatArray:
    """Return the share of each sector's calls that a car in any sector reaches within target.

    Parameters
    ----------
    own
        Whether a car of the column's sector may go to a call in the row's, shape (n_sectors, n_sectors).

    Returns
    -------
    Shape (n_sectors, n_sectors), row = where the car stands. A sector without calls is as well reached as its
    neighbours on average.
    """
    calls: IntArray = np.bincount(case.calls.sector, minlength=case.sector_count)
    in_time = case.to_call_minutes <= case.calls.target_minutes[:, np.newaxis]
    reached = np.zeros((case.sector_count, case.sector_count))
    np.add.at(reached, case.calls.sector, in_time)
    share = reached / np.maximum(calls, 1)[:, np.newaxis]
    share[calls == 0] = reached.sum(axis=0) / max(case.calls.call_count, 1)
    return np.ascontiguousarray((share * own).T)
