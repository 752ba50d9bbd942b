"""Draws the calls of one block that a two-stage program is built on."""

from dataclasses import dataclass

import numpy as np

from services.demand.arrays import FloatArray, IntArray
from services.demand.simulator.case import DispatchCase
from services.demand.simulator.rules import DispatchRules, Territory
from services.demand.simulator.simulate import own_sectors

SCENARIOS_PER_PROGRAM = 20
CALLS_PER_PROGRAM = 350
"""A program keeps fewer scenarios where a block has so many calls that it would be slow to solve."""


@dataclass(frozen=True, eq=False)
class BlockSample:
    """Calls of one block, sorted by scenario and time.

    Parameters
    ----------
    scenario, minute, target_minutes, service_minutes, cars_required
        Shape (n_calls,).
    weights
        What each call counts in the objective (w_c), shape (n_calls,).
    to_call_minutes, from_call_minutes
        Shape (n_calls, n_sectors).
    scenario_count
        Scenarios sampled, those without calls included.
    """

    scenario_count: int
    scenario: IntArray
    minute: FloatArray
    target_minutes: FloatArray
    service_minutes: FloatArray
    cars_required: IntArray
    weights: FloatArray
    to_call_minutes: FloatArray
    from_call_minutes: FloatArray

    @property
    def call_count(self) -> int:
        """Number of calls."""
        return len(self.minute)


def draw_scenarios(scenario_count: int, replication: int, seed: int) -> IntArray:
    """Return the scenarios of a sample replication, in the order in which they are to be used."""
    shuffled: IntArray = np.random.default_rng((seed, replication)).permutation(scenario_count)
    return shuffled[:SCENARIOS_PER_PROGRAM]


def sample_block(
    case: DispatchCase,
    rules: DispatchRules,
    scenarios: IntArray,
    start_minute: float,
    end_minute: float,
    urgent_weight: float = 1.0,
) -> BlockSample:
    """Take the calls in [start_minute, end_minute) of the first scenarios that fit into a program.

    Sectors whose cars may not go to a call are out of its reach; cars that may be sent on their way back are free from
    the scene on. Urgent calls count as `urgent_weight` others.
    """
    calls = case.calls
    in_block = (calls.minute >= start_minute) & (calls.minute < end_minute) & case.reachable
    counts = np.bincount(calls.scenario[in_block], minlength=calls.scenario_count)[scenarios]
    kept = scenarios[: max(1, int(np.searchsorted(np.cumsum(counts), CALLS_PER_PROGRAM, side="right")))]
    rows = np.flatnonzero(in_block & np.isin(calls.scenario, kept))
    way_back = case.from_call_minutes[rows]
    return BlockSample(
        scenario_count=len(kept),
        scenario=calls.scenario[rows],
        minute=calls.minute[rows],
        target_minutes=calls.target_minutes[rows],
        service_minutes=calls.service_minutes[rows],
        cars_required=calls.cars_required[rows],
        weights=np.where(calls.urgent[rows], urgent_weight, 1.0),
        to_call_minutes=np.where(own_sectors(case, rules)[calls.sector[rows]], case.to_call_minutes[rows], np.inf)
        if rules.territory is Territory.ADJACENT_ONLY
        else case.to_call_minutes[rows],
        from_call_minutes=np.zeros_like(way_back) if rules.sends_returning else way_back,
    )
