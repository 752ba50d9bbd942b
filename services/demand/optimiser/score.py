"""Scores cars per sector and block in the simulator."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from services.demand.arrays import FloatArray, IntArray
from services.demand.optimiser.objective import Objective, Penalty
from services.demand.optimiser.stations import station_cars
from services.demand.simulator.case import DispatchCase
from services.demand.simulator.placement import Placement
from services.demand.simulator.rules import DEFAULT_RULES, DispatchRules
from services.demand.simulator.simulate import Outcome, Simulator

DEFAULT_OBJECTIVE = Objective()


@dataclass(frozen=True)
class Score:
    """What cars are worth on a call set.

    Parameters
    ----------
    penalty
        What is to be small, see `Objective`.
    failure_rate
        Share of the calls answered late or never.
    mean_response_minutes
        Of the answered calls; NaN where none was.
    scenario_losses
        What each scenario adds to the objective's mean, shape (n_scenarios,).
    """

    penalty: float
    failure_rate: float
    mean_response_minutes: float
    scenario_losses: FloatArray = field(compare=False, repr=False)


Station = Callable[[IntArray], Placement]
"""Turns cars per block and sector into a placement."""


class Scorer:
    """Scores cars per sector and block on one call set: all of them on the same calls (common random numbers).

    Parameters
    ----------
    case
        The calls.
    block_minutes
        Length of a block.
    rules, objective
        How calls are dispatched, and what is to be small.
    station
        Gives the numbers to single cars; by default with the least travel.
    workers
        Threads that several scores are computed in; they change nothing but the time.
    """

    def __init__(
        self,
        case: DispatchCase,
        block_minutes: int,
        rules: DispatchRules = DEFAULT_RULES,
        objective: Objective = DEFAULT_OBJECTIVE,
        station: Station | None = None,
        workers: int = 1,
    ) -> None:
        self.call_count = case.calls.call_count
        self.scored_calls = 0
        self._simulator = Simulator(case, rules)
        self._penalty = Penalty(objective, case.calls)
        self._station = station or (lambda cars: station_cars(cars, case.between_minutes, block_minutes))
        self._pool = ThreadPoolExecutor(workers) if workers > 1 else None

    def penalty(self, cars: IntArray) -> float:
        """Return the penalty of cars per block and sector, shape (n_blocks, n_sectors)."""
        self.scored_calls += self.call_count
        return self._penalty.of(self._simulate(cars))

    def penalties(self, plans: Sequence[IntArray]) -> FloatArray:
        """Return the penalties of several plans, shape (n_plans,)."""
        self.scored_calls += self.call_count * len(plans)
        outcomes = self._pool.map(self._simulate, plans) if self._pool else map(self._simulate, plans)
        return np.fromiter((self._penalty.of(outcome) for outcome in outcomes), float, len(plans))

    def score(self, cars: IntArray) -> Score:
        """Score cars per block and sector in full."""
        outcome = self._simulate(cars)
        return Score(
            penalty=self._penalty.of(outcome),
            failure_rate=outcome.failure_rate,
            mean_response_minutes=outcome.mean_response_minutes,
            scenario_losses=self._penalty.scenario_losses(outcome),
        )

    def _simulate(self, cars: IntArray) -> Outcome:
        return self._simulator.simulate(self._station(cars))
