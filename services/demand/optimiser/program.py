"""The two-stage program of one block.

First stage x_l: cars in sector l. Second stage, for call r: y_rl cars sent from l, u_r not available, z_r = 1 late::

    min  1/R · Σ_r ( w z_r + ε₁ u_r + ε₂ Σ_l T_lr y_rl / d_r )
         Σ_l x_l = X,   p_l ≤ x_l ≤ U_l
         Σ_l y_rl + u_r = d_r                              every r
         Σ_l y_rl + z_r ≥ 1                                every r
         Σ_{q<r, t_r ∈ B(l,q)} y_ql + y_rl ≤ x_l           every scenario, r, l

with y_rl only where T_lr ≤ τ_r, and B(l,q) = [t_q, t_q + T_lq + g_q + T_ql) the time that a car from l is busy with q.
Recourse is clairvoyant and has no queue: x is a good start, the objective is no bound on simulated failures.
Calls may be served in parts (y and z fractional, x whole), which is several times as fast: ADR 6 says what it costs x.
Chase et al., GRAND-VISION, ICAPS 2021, corrected.
"""

import time
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array, eye_array

from services.demand.arrays import FloatArray, IntArray
from services.demand.optimiser.linear_model import LinearModel, solve_model
from services.demand.optimiser.sample import BlockSample
from services.demand.optimiser.staffing import Staffing
from services.demand.optimiser.time_limit import TimeLimit

RELATIVE_GAP = 0.01
CARS_OFF = 1e-4
"""What a solver's numbers of cars may be off by."""
SECONDS_PER_PROGRAM = 5.0
SECTORS_PER_CALL = 8
"""A call is served from one of its nearest sectors; more of them make the program slow and hardly better."""


@dataclass(frozen=True)
class ProgramWeights:
    """Weights of the objective.

    Parameters
    ----------
    late
        Of a call that no car reaches in time, times the weight of the call (w).
    missing_car
        Of a car that a call needs and does not get (ε₁).
    travel_minute
        Of a minute of travel (ε₂), above 0: failures alone leave many ties and clustered plans.
    """

    late: float = 1.0
    missing_car: float = 0.05
    travel_minute: float = 0.005

    def __post_init__(self) -> None:
        if not (self.late > 0 and self.missing_car >= 0 and self.travel_minute > 0):
            raise ValueError("Expected late > 0, missing_car >= 0 and travel_minute > 0.")


@dataclass(frozen=True, eq=False)
class ProgramSolution:
    """The answer to one program.

    Parameters
    ----------
    cars
        Cars per sector (x), shape (n_sectors,).
    used
        Most cars of each sector that are busy at once in the solution, in parts rounded up, shape (n_sectors,).
    objective
        Per call.
    gap
        (objective - bound) / objective, as proved; 0: optimal.
    """

    cars: IntArray
    used: IntArray
    objective: float
    gap: float
    wall_seconds: float


@dataclass(frozen=True, eq=False)
class _Program:
    """A program and what its variables stand for.

    Variables are x (n_sectors), y (one for each of `pairs`), u and z (n_calls each). `sharers` says which pairs may
    need a car of a sector at once: shape (n_groups, n_pairs), zeros and ones; `sharing_sectors`, shape (n_groups,).
    """

    model: LinearModel
    pair_count: int
    sharers: csr_array
    sharing_sectors: IntArray


def solve_program(
    sample: BlockSample,
    supply: int,
    staffing: Staffing,
    limit: TimeLimit,
    weights: ProgramWeights | None = None,
    *,
    in_parts: bool = False,
) -> ProgramSolution | None:
    """Solve the program of one block with `supply` cars (X); None: no solution was found in time.

    With `in_parts`, calls may be served in parts: the optimum is then at most that of whole cars.
    """
    start_time = time.monotonic()
    program = _build(sample, supply, staffing, weights or ProgramWeights(), whole=not in_parts)
    solution = solve_model(program.model, limit, SECONDS_PER_PROGRAM, RELATIVE_GAP)
    if solution is None:
        return None
    sector_count = staffing.sector_count
    sent = solution.values[sector_count : sector_count + program.pair_count]
    return ProgramSolution(
        cars=np.rint(solution.values[:sector_count]).astype(np.int64),
        used=_peak_use(program, sent, sector_count),
        objective=solution.objective / sample.call_count,
        gap=max(solution.objective - solution.bound, 0.0) / max(solution.objective, 1e-9),
        wall_seconds=time.monotonic() - start_time,
    )


def _build(sample: BlockSample, supply: int, staffing: Staffing, weights: ProgramWeights, whole: bool) -> _Program:
    calls, sectors = pairs_in_time(sample.to_call_minutes, sample.target_minutes)
    required = sample.cars_required.astype(np.float64)
    sector_count, pair_count, call_count = staffing.sector_count, len(calls), sample.call_count
    travel = weights.travel_minute * sample.to_call_minutes[calls, sectors] / required[calls]
    late, missing = weights.late * sample.weights, np.full(call_count, weights.missing_car)
    sharers, sharing_sectors = find_sharers(sample, calls, sectors)
    most = np.minimum(staffing.maximum, supply)
    total = csr_array(np.ones((1, sector_count)))
    served = csr_array((np.ones(pair_count), (calls, np.arange(pair_count))), shape=(call_count, pair_count))
    each_call = csr_array(eye_array(call_count))
    stationed = csr_array(
        (np.ones(len(sharing_sectors)), (np.arange(len(sharing_sectors)), sharing_sectors)),
        shape=(len(sharing_sectors), sector_count),
    )
    rows = stack(
        [
            [total, None, None, None],
            [None, served, each_call, None],
            [None, served, None, each_call],
            [-stationed, sharers, None, None],
        ],
        (sector_count, pair_count, call_count, call_count),
    )
    free, nothing = np.full(len(sharing_sectors), -np.inf), np.zeros(len(sharing_sectors))
    model = LinearModel(
        costs=np.concatenate([np.zeros(sector_count), travel, missing, late]),
        lower=np.concatenate([staffing.minimum, np.zeros(pair_count + 2 * call_count)]).astype(np.float64),
        upper=np.concatenate([most, required[calls], required, np.ones(call_count)]).astype(np.float64),
        is_integer=np.repeat([True, whole, False, whole], [sector_count, pair_count, call_count, call_count]),
        rows=rows,
        row_lower=np.concatenate([[supply], required, np.ones(call_count), free]),
        row_upper=np.concatenate([[supply], required, np.full(call_count, np.inf), nothing]),
    )
    return _Program(model, pair_count, sharers, sharing_sectors)


def pairs_in_time(to_call_minutes: FloatArray, target_minutes: FloatArray) -> tuple[IntArray, IntArray]:
    """Return the pairs of call and sector that may serve each other: the nearest sectors of a call, where in time."""
    nearest = np.argsort(to_call_minutes, axis=1, kind="stable")[:, :SECTORS_PER_CALL]
    in_time = np.take_along_axis(to_call_minutes, nearest, axis=1) <= target_minutes[:, np.newaxis]
    calls, places = np.nonzero(in_time)
    return calls, nearest[calls, places]


def find_sharers(sample: BlockSample, calls: IntArray, sectors: IntArray) -> tuple[csr_array, IntArray]:
    """Return which pairs may need a car of their sector at once; sets within the next set are left out.

    Returns
    -------
    Zeros and ones, shape (n_groups, n_pairs), and the sector of each group, shape (n_groups,).
    """
    busy = (
        sample.to_call_minutes[calls, sectors]
        + sample.from_call_minutes[calls, sectors]
        + sample.service_minutes[calls]
    )
    groups: list[IntArray] = []
    owners: list[int] = []
    for sector in np.unique(sectors):
        pairs = np.flatnonzero(sectors == sector)
        for scenario in np.unique(sample.scenario[calls[pairs]]):
            own = pairs[sample.scenario[calls[pairs]] == scenario]
            found = overlapping_sets(sample.minute[calls[own]], busy[own])
            groups += [own[members] for members in found]
            owners += [int(sector)] * len(found)
    places = np.concatenate(groups) if groups else np.zeros(0, np.int64)
    rows = np.repeat(np.arange(len(groups)), [len(members) for members in groups])
    return csr_array((np.ones(len(places)), (rows, places)), shape=(len(groups), len(calls))), np.array(
        owners, np.int64
    )


def overlapping_sets(starts: FloatArray, lengths: FloatArray) -> list[IntArray]:
    """Return the largest sets of intervals [start, start + length) that share a moment; `starts` ascend.

    >>> [members.tolist() for members in overlapping_sets(np.array([0.0, 1.0, 5.0]), np.array([2.0, 9.0, 1.0]))]
    [[0, 1], [1, 2]]
    """
    sets: list[IntArray] = []
    open_members: list[int] = []
    for member, start in enumerate(starts):
        still_open = [other for other in open_members if starts[other] + lengths[other] > start]
        if open_members and len(still_open) == len(open_members):
            sets.pop()
        open_members = [*still_open, member]
        sets.append(np.array(open_members))
    return sets


def stack(blocks: list[list[csr_array | None]], widths: tuple[int, ...]) -> csr_array:
    """Put matrices beside and below each other; None stands for zeros."""
    entries = []
    top = 0
    offsets = np.concatenate([[0], np.cumsum(widths)])
    for line in blocks:
        height = next(block.shape[0] for block in line if block is not None)
        for left, block in zip(offsets, line, strict=False):
            if block is not None:
                part = coo_array(block)
                entries.append((part.data, part.row + top, part.col + left))
        top += height
    data, rows, columns = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    return csr_array((data, (rows, columns)), shape=(top, int(offsets[-1])))


def _peak_use(program: _Program, sent: FloatArray, sector_count: int) -> IntArray:
    used = np.zeros(sector_count, np.int64)
    np.maximum.at(used, program.sharing_sectors, np.ceil(program.sharers @ sent - CARS_OFF).astype(np.int64))
    return used
