"""Solves mixed-integer programs with HiGHS; the best solution and bound also when it ends early."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

import highspy
import numpy as np
from scipy import sparse

from services.scheduler.budget import Budget
from services.scheduler.highs_run import MipWatch, OnProgress, check, run_until
from services.scheduler.linear_program import Floats, Indices, LinearProgram


class ProgramStatus(Enum):
    """How a run ended."""

    OPTIMAL = "proved optimal"
    INFEASIBLE = "proved infeasible"
    STOPPED = "stopped before a proof"


@dataclass(frozen=True, eq=False)
class MipResult:
    """What a run on integers found.

    Attributes
    ----------
    values
        Columns of the best solution, integers rounded, shape (n_columns,); None without one.
    bound
        Proved lower bound of the objective; minus infinity if none was proved, infinity if infeasible.
    cost
        Cost of the solution; infinite without one.
    """

    status: ProgramStatus
    values: Floats | None
    bound: float
    cost: float = float("inf")


@dataclass(frozen=True, eq=False)
class MipStart:
    """A feasible solution to begin with: its integer columns, shape (n_columns,), and its cost."""

    values: Floats
    cost: float


def run_mip(
    program: LinearProgram,
    uppers: Floats,
    budget: Budget,
    seed: int,
    start: MipStart | None,
    on_progress: OnProgress,
) -> MipResult:
    """Solve a program with integrality as far as the budget allows.

    Parameters
    ----------
    uppers
        Upper bounds of the columns instead of the program's, shape (n_columns,).
    start
        A solution to begin with, or None; columns that are not integer are filled in.

    Raises
    ------
    RuntimeError
        HiGHS reports a fault of the model or of itself.
    """
    kept = np.flatnonzero(uppers)
    solver = make_solver(budget, seed)
    check(solver.passModel(_highs_program(program, kept, uppers[kept])), "model")
    if start is not None:
        given = np.flatnonzero(program.integers[kept]).astype(np.int32)
        check(solver.setSolution(len(given), given, start.values[kept][given]), "start")
    watch = MipWatch(solver, on_progress)
    if not run_until(solver, budget):
        return _with_cost(program, kept, ProgramStatus.STOPPED, watch.end(), watch.bound)
    return _mip_result(solver, program, kept)


def make_solver(budget: Budget, seed: int) -> Any:
    """Return a solver with the options that all programs share."""
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    options = {
        "output_flag": False,
        "parallel": "off",  # replicas and requests are the parallelism; one thread keeps answers reproducible
        "random_seed": seed % (2**31 - 1),
        "time_limit": max(budget.seconds_left, 0.01),
        "mip_rel_gap": 0.0,
    }
    for name, value in options.items():
        check(solver.setOptionValue(name, value), name)
    return solver


def linear_part(matrix: sparse.csr_matrix, costs: Floats, uppers: Floats, row_bounds: tuple[Floats, Floats]) -> Any:
    """Return a program for HiGHS, without integrality."""
    highs_program = highspy.HighsLp()
    highs_program.num_row_, highs_program.num_col_ = matrix.shape
    highs_program.col_cost_ = costs
    highs_program.col_lower_ = np.zeros(len(costs))
    highs_program.col_upper_ = uppers
    highs_program.row_lower_, highs_program.row_upper_ = row_bounds
    highs_program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    highs_program.a_matrix_.start_ = matrix.indptr
    highs_program.a_matrix_.index_ = matrix.indices
    highs_program.a_matrix_.value_ = matrix.data
    return highs_program


def _highs_program(program: LinearProgram, kept: Indices, uppers: Floats) -> Any:
    """Return the program of some columns, without the lazy rows that hold by the others."""
    matrix = program.matrix()[:, kept]
    bounding = np.asarray((matrix > 0).sum(axis=1)).reshape(-1)
    rows = np.flatnonzero(~program.lazy | (bounding > 1))
    row_lowers, row_uppers = program.row_bounds
    highs_program = linear_part(matrix[rows], program.costs[kept], uppers, (row_lowers[rows], row_uppers[rows]))
    kinds = {True: highspy.HighsVarType.kInteger, False: highspy.HighsVarType.kContinuous}
    highs_program.integrality_ = [kinds[integer] for integer in program.integers[kept].tolist()]
    return highs_program


def program_status(solver: Any) -> ProgramStatus:
    """Return how a run ended."""
    match solver.getModelStatus():
        case highspy.HighsModelStatus.kOptimal | highspy.HighsModelStatus.kModelEmpty:
            return ProgramStatus.OPTIMAL
        case highspy.HighsModelStatus.kInfeasible | highspy.HighsModelStatus.kUnboundedOrInfeasible:
            return ProgramStatus.INFEASIBLE  # no column may go to infinity at a gain, so it is not unbounded
        case _:
            return ProgramStatus.STOPPED


def _mip_result(solver: Any, program: LinearProgram, kept: Indices) -> MipResult:
    status, info = program_status(solver), solver.getInfo()
    if status is ProgramStatus.INFEASIBLE:
        return MipResult(status, None, float("inf"))
    has_values = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    values = np.array(solver.getSolution().col_value) if has_values else None
    return _with_cost(program, kept, status, values, float(info.mip_dual_bound))


def _with_cost(
    program: LinearProgram, kept: Indices, status: ProgramStatus, values: Floats | None, bound: float
) -> MipResult:
    if values is None:
        return MipResult(status, None, bound)
    rounded = np.zeros(program.column_count)
    rounded[kept] = np.where(program.integers[kept], np.rint(values), values)
    return MipResult(status, rounded, bound, float(program.costs @ rounded))
