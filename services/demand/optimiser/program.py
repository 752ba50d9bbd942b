"""The two-stage program of one block, solved with HiGHS through OR-Tools.

First stage x_l: cars in sector l. Second stage, for call r: y_rl cars sent from l, u_r not available, z_r = 1 late::

    min  1/R · Σ_r ( w z_r + ε₁ u_r + ε₂ Σ_l T_lr y_rl / d_r )
         Σ_l x_l = X,   p_l ≤ x_l ≤ U_l
         Σ_l y_rl + u_r = d_r                              every r
         Σ_l y_rl + z_r ≥ 1                                every r
         Σ_{q<r, t_r ∈ B(l,q)} y_ql + y_rl ≤ x_l           every scenario, r, l

with y_rl only where T_lr ≤ τ_r, and B(l,q) = [t_q, t_q + T_lq + g_q + T_ql) the time that a car from l is busy with q.
Recourse is clairvoyant and has no queue: x is a good start, the objective is no bound on simulated failures.
Chase et al., GRAND-VISION, ICAPS 2021, corrected.
"""

import time
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
from ortools.math_opt.python import mathopt

from services.demand.arrays import FloatArray, IntArray
from services.demand.optimiser.sample import BlockSample
from services.demand.optimiser.staffing import Staffing
from services.demand.optimiser.time_limit import TimeLimit

RELATIVE_GAP = 0.01
SECONDS_PER_PROGRAM = 5.0
POLL_SECONDS = 0.05
SECTORS_PER_CALL = 8
"""A call is served from one of its nearest sectors; more of them make the program slow and hardly better."""


@dataclass(frozen=True)
class ProgramWeights:
    """Weights of the objective.

    Parameters
    ----------
    late
        Of a call that no car reaches in time (w).
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
        Most cars of each sector that are busy at once in the solution, shape (n_sectors,).
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


@dataclass(eq=False)
class _Program:
    """A program under construction; `sharers[l]` are the sets of calls that may need a car of l at the same time."""

    model: mathopt.Model
    cars: list[mathopt.Variable]
    sent: dict[tuple[int, int], mathopt.Variable] = field(default_factory=dict)
    sharers: dict[int, list[list[int]]] = field(default_factory=dict)


def solve_program(
    sample: BlockSample, staffing: Staffing, limit: TimeLimit, weights: ProgramWeights | None = None
) -> ProgramSolution | None:
    """Solve the program of one block; None: no solution was found in time.

    Returns within moments of `limit` being over. HiGHS cannot be interrupted from Python, so it runs in a thread of its
    own, which then ends at its own limit, `SECONDS_PER_PROGRAM` at most.
    """
    start_time = time.monotonic()
    program = _build(sample, staffing, weights or ProgramWeights())
    result = _solve(program.model, limit)
    if result is None or not result.has_primal_feasible_solution():
        return None
    objective, bound = result.objective_value(), result.best_objective_bound()
    sent = dict(zip(program.sent, result.variable_values(program.sent.values()), strict=True))
    return ProgramSolution(
        cars=np.array([round(value) for value in result.variable_values(program.cars)], np.int64),
        used=_peak_use(program, sent, len(staffing.minimum)),
        objective=objective / sample.call_count,
        gap=max(objective - bound, 0.0) / max(objective, 1e-9),
        wall_seconds=time.monotonic() - start_time,
    )


def _build(sample: BlockSample, staffing: Staffing, weights: ProgramWeights) -> _Program:
    model = mathopt.Model()
    limits = zip(staffing.minimum, staffing.maximum, strict=True)
    cars = [model.add_integer_variable(lb=int(low), ub=min(int(high), staffing.cars)) for low, high in limits]
    model.add_linear_constraint(mathopt.fast_sum(cars) == staffing.cars)
    program = _Program(model, cars)
    model.minimize(mathopt.fast_sum([_serve(program, sample, call, weights) for call in range(sample.call_count)]))
    for sector in range(len(cars)):
        program.sharers[sector] = _find_sharers(program, sample, sector)
        for calls in program.sharers[sector]:
            busy = mathopt.fast_sum([program.sent[call, sector] for call in calls])
            model.add_linear_constraint(busy <= cars[sector])
    return program


def _serve(program: _Program, sample: BlockSample, call: int, weights: ProgramWeights) -> mathopt.LinearSum:
    """Add the recourse of one call; return its part of the objective."""
    model, required = program.model, int(sample.cars_required[call])
    minutes = sample.to_call_minutes[call]
    sectors = _sectors_in_time(minutes, float(sample.target_minutes[call]))
    sent = [model.add_integer_variable(lb=0, ub=required) for _ in sectors]
    program.sent.update({(call, sector): variable for sector, variable in zip(sectors, sent, strict=True)})
    missing = model.add_variable(lb=0, ub=required)
    late = model.add_binary_variable()
    model.add_linear_constraint(mathopt.fast_sum([*sent, missing]) == required)
    model.add_linear_constraint(mathopt.fast_sum([*sent, late]) >= 1)
    per_minute = weights.travel_minute / required
    travel = [per_minute * float(minutes[sector]) * cars for sector, cars in zip(sectors, sent, strict=True)]
    return mathopt.fast_sum([weights.late * late, weights.missing_car * missing, *travel])


def _sectors_in_time(minutes: FloatArray, target_minutes: float) -> list[int]:
    nearest = np.argsort(minutes, kind="stable")[:SECTORS_PER_CALL]
    return [int(sector) for sector in nearest if minutes[sector] <= target_minutes]


def _find_sharers(program: _Program, sample: BlockSample, sector: int) -> list[list[int]]:
    """Return the sets of calls that may need a car of a sector at once; sets within the next set are left out."""
    sharers: list[list[int]] = []
    busy_until: dict[int, float] = {}
    scenario = -1
    for call in range(sample.call_count):
        if (call, sector) not in program.sent:
            continue
        if sample.scenario[call] != scenario:
            scenario, busy_until = int(sample.scenario[call]), {}
        now = float(sample.minute[call])
        before = len(busy_until)
        busy_until = {earlier: end for earlier, end in busy_until.items() if end > now}
        if before and len(busy_until) == before:
            sharers.pop()
        there_and_back = sample.to_call_minutes[call, sector] + sample.from_call_minutes[call, sector]
        busy_until[call] = now + float(there_and_back + sample.service_minutes[call])
        sharers.append(list(busy_until))
    return sharers


def _solve(model: mathopt.Model, limit: TimeLimit) -> mathopt.SolveResult | None:
    seconds = min(limit.remaining_seconds, SECONDS_PER_PROGRAM)
    parameters = mathopt.SolveParameters(time_limit=timedelta(seconds=seconds), relative_gap_tolerance=RELATIVE_GAP)
    solver = ThreadPoolExecutor(max_workers=1)
    answer = solver.submit(mathopt.solve, model, mathopt.SolverType.HIGHS, params=parameters)
    solver.shutdown(wait=False)
    while not answer.done() and not limit.over():
        wait([answer], POLL_SECONDS)
    return answer.result() if answer.done() else None


def _peak_use(program: _Program, sent: dict[tuple[int, int], float], sector_count: int) -> IntArray:
    used = np.zeros(sector_count, np.int64)
    for sector, groups in program.sharers.items():
        used[sector] = max((round(sum(sent[call, sector] for call in calls)) for calls in groups), default=0)
    return used
