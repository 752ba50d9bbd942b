"""Scores plans in the simulator."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

from services.demand.arrays import BoolArray, FloatArray
from services.demand.optimiser.objective import Objective, Penalty
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
    scenario_failures, scenario_calls
        Counted calls of each scenario that were late or never answered, and all of them; shape (n_scenarios,).
    """

    penalty: float
    failure_rate: float
    mean_response_minutes: float
    scenario_failures: FloatArray = field(compare=False, repr=False)
    scenario_calls: FloatArray = field(compare=False, repr=False)


Plan = TypeVar("Plan")
"""What is scored: cars per block and sector, or a roster of crews."""


class Scorer(Generic[Plan]):
    """Scores plans on one call set: all of them on the same calls (common random numbers).

    Parameters
    ----------
    case
        The calls.
    station
        Says where a plan's cars are.
    rules, objective
        How calls are dispatched, and what is to be small.
    workers
        Threads that several scores are computed in; they change nothing but the time.
    """

    def __init__(
        self,
        case: DispatchCase,
        station: Callable[[Plan], Placement],
        rules: DispatchRules = DEFAULT_RULES,
        objective: Objective = DEFAULT_OBJECTIVE,
        workers: int = 1,
    ) -> None:
        self.call_count = case.calls.call_count
        self.scored_calls = 0
        self._simulator = Simulator(case, rules)
        self._penalty = Penalty(objective, case)
        self._station = station
        self._pool = ThreadPoolExecutor(workers) if workers > 1 else None

    def penalty(self, plan: Plan) -> float:
        """Return the penalty of a plan."""
        self.scored_calls += self.call_count
        return self._penalty.of(self._simulate(plan))

    def penalties(self, plans: Sequence[Plan]) -> FloatArray:
        """Return the penalties of several plans, shape (n_plans,)."""
        self.scored_calls += self.call_count * len(plans)
        outcomes = self._pool.map(self._simulate, plans) if self._pool else map(self._simulate, plans)
        return np.fromiter((self._penalty.of(outcome) for outcome in outcomes), float, len(plans))

    def score(self, plan: Plan) -> Score:
        """Score a plan in full."""
        outcome = self._simulate(plan)
        return Score(
            penalty=self._penalty.of(outcome),
            failure_rate=outcome.failure_rate,
            mean_response_minutes=outcome.mean_response_minutes,
            scenario_failures=self._by_scenario(outcome.counted & ~outcome.within_target),
            scenario_calls=self._by_scenario(outcome.counted),
        )

    def _by_scenario(self, calls: BoolArray) -> FloatArray:
        """Count the calls of each scenario for which something is true."""
        call_set = self._simulator.case.calls
        return np.bincount(call_set.scenario, calls, call_set.scenario_count).astype(np.float64)

    def _simulate(self, plan: Plan) -> Outcome:
        return self._simulator.simulate(self._station(plan))
