"""Runs HiGHS on a mixed-integer program: progress, interrupt, and the best bound when it ends early."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import highspy
import numpy as np
from scipy import sparse

from services.scheduler.budget import Budget
from services.scheduler.linear_program import Floats, LinearProgram

OnProgress = Callable[[float | None, float | None], None]
"""Called with the best objective and the best bound so far; None where there is none yet."""


class MipStatus(Enum):
    """How a run ended."""

    OPTIMAL = "proved optimal"
    INFEASIBLE = "proved infeasible"
    STOPPED = "stopped before a proof"


@dataclass(frozen=True, eq=False)
class MipResult:
    """What a run found.

    Attributes
    ----------
    values
        Columns of the best solution, integers rounded, shape (n_columns,); None without one.
    bound
        Proved lower bound of the objective; minus infinity if none was proved.
    """

    status: MipStatus
    values: Floats | None
    bound: float


def run_highs(
    program: LinearProgram, budget: Budget, seed: int, start: Floats | None, on_progress: OnProgress
) -> MipResult:
    """Solve a program as far as the budget allows.

    Parameters
    ----------
    start
        Integer columns of a feasible solution to begin with, shape (n_columns,), or None; other columns are filled in.

    Raises
    ------
    RuntimeError
        HiGHS reports a fault of the model or of itself.
    """
    solver = _solver(budget, seed)
    _check(solver.passModel(_highs_program(program)), "model")
    if start is not None:
        given = np.flatnonzero(program.integers).astype(np.int32)
        _check(solver.setSolution(len(given), given, start[given]), "start")
    _subscribe(solver, budget, on_progress)
    _check(solver.run(), "run")
    return _result(solver, program)


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
        _check(solver.setOptionValue(name, value), name)
    return solver


def _highs_program(program: LinearProgram) -> Any:
    rows, columns, values = program.entries()
    shape = (program.row_count, program.column_count)
    matrix = sparse.coo_matrix((values, (rows, columns)), shape=shape).tocsr()
    lowers, uppers = program.row_bounds
    highs_program = highspy.HighsLp()
    highs_program.num_col_, highs_program.num_row_ = program.column_count, program.row_count
    highs_program.col_cost_ = program.costs
    highs_program.col_lower_ = np.zeros(program.column_count)
    highs_program.col_upper_ = program.uppers
    highs_program.row_lower_, highs_program.row_upper_ = lowers, uppers
    kinds = {True: highspy.HighsVarType.kInteger, False: highspy.HighsVarType.kContinuous}
    highs_program.integrality_ = [kinds[bool(integer)] for integer in program.integers]
    highs_program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    highs_program.a_matrix_.start_ = matrix.indptr
    highs_program.a_matrix_.index_ = matrix.indices
    highs_program.a_matrix_.value_ = matrix.data
    return highs_program


def _subscribe(solver: Any, budget: Budget, on_progress: OnProgress) -> None:
    def interrupt(event: Any) -> None:
        if budget.over:
            event.interrupt()

    def report(event: Any) -> None:
        on_progress(_finite(event.data_out.mip_primal_bound), _finite(event.data_out.mip_dual_bound))

    for descriptor in (solver.cbMipInterrupt, solver.cbSimplexInterrupt, solver.cbIpmInterrupt):
        descriptor.subscribe(interrupt)
    solver.cbMipLogging.subscribe(report)
    solver.cbMipImprovingSolution.subscribe(report)


def _finite(value: float) -> float | None:
    return float(value) if abs(value) < highspy.kHighsInf else None


def _result(solver: Any, program: LinearProgram) -> MipResult:
    status = solver.getModelStatus()
    if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return MipResult(MipStatus.INFEASIBLE, None, float("inf"))
    info = solver.getInfo()
    values = None
    if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
        values = np.array(solver.getSolution().col_value)
        values[program.integers] = np.rint(values[program.integers])
    if status in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kModelEmpty):
        assert values is not None
        return MipResult(MipStatus.OPTIMAL, values, float(info.mip_dual_bound))
    return MipResult(MipStatus.STOPPED, values, float(info.mip_dual_bound))


def _check(status: Any, what: str) -> None:
    if status == highspy.HighsStatus.kError:
        raise RuntimeError(f"HiGHS reports an error ({what}).")
