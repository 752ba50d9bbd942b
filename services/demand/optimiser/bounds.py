"""What can be proved of plans: a bound that no static plan beats, and how far a plan's program is from its optimum.

Both are statistical: solved for 20 batches of scenarios, they come with one-sided 95 % confidence (Mak, Morton and Wood
1999). There is neither from fewer scenarios than batches.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array, eye_array
from scipy.stats import t as student

from services.demand.arrays import FloatArray, IntArray
from services.demand.optimiser.linear_model import LinearModel, solve_model
from services.demand.optimiser.program import overlapping_sets, solve_program, stack
from services.demand.optimiser.sample import sample_block
from services.demand.optimiser.staffing import Staffing
from services.demand.optimiser.time_limit import TimeLimit
from services.demand.simulator.case import DispatchCase
from services.demand.simulator.rules import DispatchRules, Territory
from services.demand.simulator.simulate import own_sectors

BATCHES = 20
SCENARIOS_PER_BATCH = 5
SECONDS_PER_BATCH = 30.0
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Bound:
    """A bound from `BATCHES` batches or more: the estimate, and what it is with one-sided 95 % confidence."""

    value: float
    confident: float
    batches: int


@dataclass(frozen=True)
class NoBound:
    """There is no bound, and why in words; the rest of a sentence about it."""

    reason: str


OUT_OF_TIME = NoBound("not proved in time")
CARS_ON_THE_MOVE = NoBound("none where rules send cars that are on their way back or to another call")


def static_bound(case: DispatchCase, rules: DispatchRules, staffing: Staffing, limit: TimeLimit) -> Bound | NoBound:
    """Return a failure rate that no plan with cars at home in fixed sectors can beat, whichever of them are sent.

    For each batch the linear program::

        min  1/S · Σ_r z_r,   Σ_l x_l = X,   Σ_l y_rl + z_r ≥ 1,   Σ_{q: now ∈ K(l,q)} y_ql ≤ x_l

    over pairs with T_lr ≤ τ_r that territories allow. A car from l that serves q in time is busy at least during
    K(l,q) = [t_q + τ_q − T_lq, t_q + T_lq + g_q + back_ql), from the latest start that is in time to the end of the
    earliest service and way back. Cars beyond a call's first are not counted, calls may be served in parts, and
    everything is known beforehand, so that the value is a lower bound; the mean over batches is at most the best static
    plan's expectation.

    A car that is sent on its way back, or taken from its way to a call, may be nearer to a call than its sector is.
    Where rules allow either, pairs with T_lr > τ_r count too and nothing is proved.

    Returns
    -------
    `NoBound` where such rules hold, where there are fewer scenarios than batches, or where the limit came before all
    batches were solved.
    """
    if rules.sends_returning or rules.preempts:
        return CARS_ON_THE_MOVE
    if case.calls.scenario_count < BATCHES:
        return _too_few(case.calls.scenario_count)
    supply = int(staffing.supply.max())
    values = []
    for scenarios in _batches(case.calls.scenario_count):
        value = _solve_static(case, rules, scenarios, supply, staffing, limit)
        if value is None:
            return OUT_OF_TIME
        values.append(value)
    return _confident(np.array(values) * case.calls.scenario_count / max(case.calls.call_count, 1), sign=-1)


def program_gap(
    case: DispatchCase,
    rules: DispatchRules,
    staffing: Staffing,
    cars: IntArray,
    limit: TimeLimit,
    urgent_weight: float = 1.0,
) -> Bound | NoBound:
    """Return how far the programs' objective under a plan is above its optimum, per call; with confidence at most so.

    This certifies the two-stage program (clairvoyant, without queues), never the simulator's failure rate.

    Parameters
    ----------
    urgent_weight
        How many other calls an urgent one counts as, as in the programs that the plan comes from.

    Returns
    -------
    `NoBound` where there are fewer scenarios than batches, or where the limit came before all batches were solved.
    """
    if case.calls.scenario_count < BATCHES:
        return _too_few(case.calls.scenario_count)
    gaps = []
    for scenarios in _batches(case.calls.scenario_count):
        gap, calls = 0.0, 0
        for block in range(staffing.block_count):
            start = block * staffing.block_minutes
            sample = sample_block(case, rules, scenarios, start, start + staffing.block_minutes, urgent_weight)
            if not sample.call_count:
                continue
            supply = int(staffing.supply[block])
            planned = solve_program(sample, supply, _fixed(staffing, cars[block]), limit)
            best = solve_program(sample, supply, staffing, limit)
            if planned is None or best is None:
                return OUT_OF_TIME
            gap += (planned.objective - best.objective * (1 - best.gap)) * sample.call_count
            calls += sample.call_count
        gaps.append(gap / max(calls, 1))
    return _confident(np.array(gaps), sign=+1)


def _fixed(staffing: Staffing, cars: IntArray) -> Staffing:
    """Allow nothing but some cars per sector."""
    return replace(staffing, supply=np.full_like(staffing.supply, cars.sum()), minimum=cars, maximum=cars)


def _batches(scenario_count: int) -> list[IntArray]:
    """Return disjoint batches of at least `BATCHES` scenarios, fewer scenarios in each where there are not enough."""
    size = min(SCENARIOS_PER_BATCH, scenario_count // BATCHES)
    return [np.arange(size * batch, size * (batch + 1)) for batch in range(BATCHES)]


def _too_few(scenario_count: int) -> NoBound:
    return NoBound(f"none from {scenario_count} scenarios, at least {BATCHES} are needed")


def _confident(values: FloatArray, sign: int) -> Bound:
    """Return the mean, and it moved by the one-sided Student interval in the given direction."""
    half_width = student.ppf(CONFIDENCE, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return Bound(float(values.mean()), float(values.mean() + sign * half_width), len(values))


def _solve_static(
    case: DispatchCase, rules: DispatchRules, scenarios: IntArray, supply: int, staffing: Staffing, limit: TimeLimit
) -> float | None:
    """Return late calls per scenario of the program's optimum."""
    chosen = np.flatnonzero(np.isin(case.calls.scenario, scenarios) & case.counted)
    in_time = case.to_call_minutes[chosen] <= case.calls.target_minutes[chosen, np.newaxis]
    if rules.territory is Territory.ADJACENT_ONLY:
        in_time &= own_sectors(case, rules)[case.calls.sector[chosen]]
    calls, sectors = np.nonzero(in_time)
    together, owners = _compulsory(case, chosen, calls, sectors)
    model = _static_model(together, owners, calls, len(chosen), supply, staffing)
    solution = solve_model(model, limit, SECONDS_PER_BATCH, 0.0)
    return None if solution is None else solution.bound / len(scenarios)


def _compulsory(case: DispatchCase, chosen: IntArray, calls: IntArray, sectors: IntArray) -> tuple[csr_array, IntArray]:
    """Return which pairs need a car of their sector at once for certain, and the sector of each such group."""
    rows = chosen[calls]
    minute, travel = case.calls.minute[rows], case.to_call_minutes[rows, sectors]
    starts = minute + case.calls.target_minutes[rows] - travel
    lengths = minute + travel + case.calls.service_minutes[rows] + case.from_call_minutes[rows, sectors] - starts
    groups: list[IntArray] = []
    owners: list[int] = []
    keys = np.column_stack((sectors, case.calls.scenario[rows]))
    for sector, scenario in np.unique(keys, axis=0).tolist():
        pairs = np.flatnonzero((keys == (sector, scenario)).all(axis=1) & (lengths > 0))
        pairs = pairs[np.argsort(starts[pairs], kind="stable")]
        found = overlapping_sets(starts[pairs], lengths[pairs])
        groups += [pairs[members] for members in found]
        owners += [sector] * len(found)
    places = np.concatenate(groups) if groups else np.zeros(0, np.int64)
    numbers = np.repeat(np.arange(len(groups)), [len(members) for members in groups])
    together = csr_array((np.ones(len(places)), (numbers, places)), shape=(len(groups), len(calls)))
    return together, np.array(owners, np.int64)


def _static_model(
    together: csr_array, owners: IntArray, calls: IntArray, call_count: int, supply: int, staffing: Staffing
) -> LinearModel:
    sector_count, pair_count, group_count = staffing.sector_count, len(calls), len(owners)
    served = csr_array((np.ones(pair_count), (calls, np.arange(pair_count))), shape=(call_count, pair_count))
    at_home = csr_array((np.ones(group_count), (np.arange(group_count), owners)), shape=(group_count, sector_count))
    rows = stack(
        [
            [csr_array(np.ones((1, sector_count))), None, None],
            [None, served, csr_array(eye_array(call_count))],
            [-at_home, together, None],
        ],
        (sector_count, pair_count, call_count),
    )
    return LinearModel(
        costs=np.concatenate([np.zeros(sector_count + pair_count), np.ones(call_count)]),
        lower=np.concatenate([staffing.minimum, np.zeros(pair_count + call_count)]).astype(np.float64),
        upper=np.concatenate([np.minimum(staffing.maximum, supply), np.ones(pair_count + call_count)]).astype(float),
        is_integer=np.zeros(sector_count + pair_count + call_count, bool),
        rows=rows,
        row_lower=np.concatenate([[supply], np.ones(call_count), np.full(group_count, -np.inf)]),
        row_upper=np.concatenate([[supply], np.full(call_count, np.inf), np.zeros(group_count)]),
    )
