"""What calls to expect, from scenarios: for cars that are moved to where they add most."""

import numpy as np

from services.demand.arrays import FloatArray
from services.demand.simulator.case import DispatchCase
from services.demand.simulator.rules import DispatchRules, Territory
from services.demand.simulator.simulate import own_sectors
from services.demand.simulator.stationing import Stationing, measure_reach

BLOCK_MINUTES = 60.0
PSEUDO_CALLS = 3.0
"""Calls of the whole span that each sector's share of an hour counts besides."""
NEXT_TO_NO_CALLS = 1e-6
"""Of all scenarios, in an hour without any: shares are of something."""


def expect_calls(case: DispatchCase, rules: DispatchRules) -> Stationing:
    """Return where calls are to be expected hour by hour, and what cars have in reach, measured on scenarios."""
    may_go = case.same_team
    if rules.territory is Territory.ADJACENT_ONLY:
        may_go = may_go & own_sectors(case, rules)
    return Stationing(demand=hourly_calls(case), block_minutes=BLOCK_MINUTES, reach=measure_reach(case, may_go))


def hourly_calls(case: DispatchCase) -> FloatArray:
    """Return calls per hour of the span and sector, mean over scenarios, shape (n_hours, n_sectors).

    Few calls in an hour are supplemented by the span's shares; an hour without any has those, of next to no calls.
    """
    hours = (case.calls.minute // BLOCK_MINUTES).astype(np.int64)
    counts = np.zeros((max(1, int(np.ceil(case.calls.span_minutes / BLOCK_MINUTES))), case.sector_count))
    np.add.at(counts, (hours, case.calls.sector), 1.0)
    whole = counts.sum(axis=0) + 1.0 / case.sector_count
    totals = counts.sum(axis=1, keepdims=True)
    smooth = (
        (counts + PSEUDO_CALLS * whole / whole.sum()) / (totals + PSEUDO_CALLS) * np.maximum(totals, NEXT_TO_NO_CALLS)
    )
    hourly: FloatArray = smooth / case.calls.scenario_count
    return hourly
