"""Solves linear and mixed-integer programs with HiGHS; the best solution and bound also when it ends early."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

import highspy
import numpy as np
from scipy import sparse

from services.scheduler.budget import Budget
from services.scheduler.highs_run import MipWatch, OnProgress, check, run_until
from services.scheduler.linear_program import Floats, LinearProgram

MOST_SIMPLEX_COLUMNS = 20_000
"""Linear programs with more columns are faster by the interior-point method (with crossover)."""


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


@dataclass(frozen=True, eq=False)
class LpResult:
    """What a run without integrality found.

    Attributes
    ----------
    values, reduced_costs
        Shape (n_columns,); None unless optimal.
    bound
        The optimum; minus infinity if stopped, infinity if infeasible.
    """

    status: ProgramStatus
    values: Floats | None
    reduced_costs: Floats | None
    bound: float


def run_lp(program: LinearProgram, budget: Budget, seed: int) -> LpResult:
    """Solve a program without integrality as far as the budget allows.

    Raises
    ------
    RuntimeError
        HiGHS reports a fault of the model or of itself.
    """
    solver = _solver(budget, seed)
    if program.column_count > MOST_SIMPLEX_COLUMNS:
        check(solver.setOptionValue("solver", "ipm"), "solver")
    highs_program = _highs_program(program, program.uppers)
    highs_program.integrality_ = []
    check(solver.passModel(highs_program), "model")
    if not run_until(solver, budget):
        return LpResult(ProgramStatus.STOPPED, None, None, -float("inf"))
    status = _status(solver)
    if status is not ProgramStatus.OPTIMAL:
        return LpResult(status, None, None, _empty_bound(status))
    solution = solver.getSolution()
    bound = float(solver.getInfo().objective_function_value)
    return LpResult(status, np.array(solution.col_value), np.array(solution.col_dual), bound)


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
    solver = _solver(budget, seed)
    check(solver.passModel(_highs_program(program, uppers)), "model")
    if start is not None:
        given = np.flatnonzero(program.integers).astype(np.int32)
        check(solver.setSolution(len(given), given, start.values[given]), "start")
    watch = MipWatch(solver, on_progress)
    if not run_until(solver, budget):
        return _with_cost(program, ProgramStatus.STOPPED, watch.end(), watch.bound)
    return _mip_result(solver, program)


def _solver(budget: Budget, seed: int) -> Any:
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


def _highs_program(program: LinearProgram, uppers: Floats) -> Any:
    rows, columns, values = program.entries()
    shape = (program.row_count, program.column_count)
    matrix = sparse.coo_matrix((values, (rows, columns)), shape=shape).tocsr()
    row_lowers, row_uppers = program.row_bounds
    highs_program = highspy.HighsLp()
    highs_program.num_col_, highs_program.num_row_ = program.column_count, program.row_count
    highs_program.col_cost_ = program.costs
    highs_program.col_lower_ = np.zeros(program.column_count)
    highs_program.col_upper_ = uppers
    highs_program.row_lower_, highs_program.row_upper_ = row_lowers, row_uppers
    kinds = {True: highspy.HighsVarType.kInteger, False: highspy.HighsVarType.kContinuous}
    highs_program.integrality_ = [kinds[bool(integer)] for integer in program.integers]
    highs_program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    highs_program.a_matrix_.start_ = matrix.indptr
    highs_program.a_matrix_.index_ = matrix.indices
    highs_program.a_matrix_.value_ = matrix.data
    return highs_program


def _status(solver: Any) -> ProgramStatus:
    match solver.getModelStatus():
        case highspy.HighsModelStatus.kOptimal | highspy.HighsModelStatus.kModelEmpty:
            return ProgramStatus.OPTIMAL
        case highspy.HighsModelStatus.kInfeasible | highspy.HighsModelStatus.kUnboundedOrInfeasible:
            return ProgramStatus.INFEASIBLE  # no column may go to infinity at a gain, so it is not unbounded
        case _:
            return ProgramStatus.STOPPED


def _empty_bound(status: ProgramStatus) -> float:
    return float("inf") if status is ProgramStatus.INFEASIBLE else -float("inf")


def _mip_result(solver: Any, program: LinearProgram) -> MipResult:
    status, info = _status(solver), solver.getInfo()
    if status is ProgramStatus.INFEASIBLE:
        return MipResult(status, None, _empty_bound(status))
    has_values = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    values = np.array(solver.getSolution().col_value) if has_values else None
    return _with_cost(program, status, values, float(info.mip_dual_bound))


def _with_cost(program: LinearProgram, status: ProgramStatus, values: Floats | None, bound: float) -> MipResult:
    if values is None:
        return MipResult(status, None, bound)
    rounded = np.where(program.integers, np.rint(values), values)
    return MipResult(status, rounded, bound, float(program.costs @ rounded))
