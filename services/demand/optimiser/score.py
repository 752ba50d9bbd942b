"""Scores cars per sector and block in the simulator."""

from dataclasses import dataclass
from math import isnan

from services.demand.arrays import IntArray
from services.demand.optimiser.staffing import Staffing
from services.demand.optimiser.stations import station_cars
from services.demand.simulator.case import DispatchCase
from services.demand.simulator.simulate import Simulator

RESPONSE_WEIGHT = 0.001
"""Share of failures that a minute of mean response weighs as much as: it decides where failures hardly differ."""


@dataclass(frozen=True)
class Score:
    """What cars are worth on a call set.

    Parameters
    ----------
    failure_rate
        Share of the calls answered late or never.
    mean_response_minutes
        Of the answered calls; NaN where none was.
    """

    failure_rate: float
    mean_response_minutes: float

    @property
    def penalty(self) -> float:
        """What is to be small: the failure rate, and a little of the mean response."""
        response_minutes = 0.0 if isnan(self.mean_response_minutes) else self.mean_response_minutes
        return self.failure_rate + RESPONSE_WEIGHT * response_minutes


class Scorer:
    """Scores cars per sector and block on one call set: all of them on the same calls (common random numbers)."""

    def __init__(self, case: DispatchCase, staffing: Staffing) -> None:
        self.call_count = case.calls.call_count
        self._simulator = Simulator(case)
        self._block_minutes = float(staffing.block_minutes)

    def score(self, cars: IntArray) -> Score:
        """Score cars per block and sector, shape (n_blocks, n_sectors)."""
        is_static = bool((cars == cars[0]).all())
        placement = station_cars(
            cars[:1] if is_static else cars, self._simulator.case.between_minutes, self._block_minutes
        )
        outcome = self._simulator.simulate(placement)
        return Score(outcome.failure_rate, outcome.mean_response_minutes)
