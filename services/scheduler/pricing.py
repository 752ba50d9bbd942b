"""Solves a large mixed-integer program through small ones, with proof: reduced costs tell which columns matter.

Let LB be the optimum without integrality and r_j ≥ 0 the reduced cost of column j, zero in it. A solution with x_j ≥ 1
costs at least LB + r_j. So if the program without all columns of r_j > s has a solution that costs at most LB + s,
its optimum is that of the whole program. Otherwise every solution costs at least the lesser of LB + s and what is
proved without those columns; s grows and the search goes on.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from services.scheduler.budget import Budget
from services.scheduler.highs import MipResult, MipStart, ProgramStatus, run_mip
from services.scheduler.highs_run import OnProgress
from services.scheduler.linear_program import LinearProgram
from services.scheduler.relaxation import solve_relaxation

FIRST_SLACK = 0.0005
"""s as a share of LB after a first run with s = 0, which is small and often enough."""

LEAST_SLACK = 0.1
SLACK_GROWTH = 4.0
TOLERANCE = 1e-7


def solve_by_pricing(
    program: LinearProgram, budget: Budget, seed: int, start: MipStart | None, on_progress: OnProgress
) -> MipResult:
    """Solve a program as far as the budget allows.

    Parameters
    ----------
    start
        A solution to begin with, or None; it is returned if none better is found.

    Raises
    ------
    RuntimeError
        HiGHS reports a fault of the model or of itself.
    """
    relaxed = solve_relaxation(program, budget, seed, lambda bound: on_progress(None, bound))
    best = MipResult(relaxed.status, None, relaxed.bound)
    if start is not None:
        best = MipResult(ProgramStatus.STOPPED, start.values, relaxed.bound, start.cost)
    if relaxed.reduced_costs is None:
        return best
    best, slack = replace(best, status=ProgramStatus.STOPPED), 0.0
    while best.status is ProgramStatus.STOPPED and not budget.over:
        kept = relaxed.reduced_costs <= slack + TOLERANCE
        ceiling = float("inf") if kept.all() else relaxed.bound + slack
        best = _better(best, _solve_kept(program, kept, ceiling, budget, seed, best, on_progress), ceiling)
        grown = max(LEAST_SLACK, FIRST_SLACK * relaxed.bound, slack * SLACK_GROWTH)
        gap = best.cost - relaxed.bound
        slack = gap if gap <= 2 * grown else grown
    return best


def _solve_kept(
    program: LinearProgram,
    kept: npt.NDArray[np.bool_],
    ceiling: float,
    budget: Budget,
    seed: int,
    best: MipResult,
    on_progress: OnProgress,
) -> MipResult:
    """Solve a program without some columns; solutions with them cost at least `ceiling`."""

    def report(incumbent: float | None, bound: float | None) -> None:
        on_progress(incumbent, None if bound is None else min(bound, ceiling))

    start = None
    if best.values is not None and not best.values[~kept].any():
        start = MipStart(best.values, best.cost)
    return run_mip(program, np.where(kept, program.uppers, 0.0), budget, seed, start, report)


def _better(best: MipResult, result: MipResult, ceiling: float) -> MipResult:
    """Return what is known after a run without the columns that cost at least `ceiling`."""
    if result.status is ProgramStatus.INFEASIBLE and ceiling == float("inf"):
        return result
    better = result if result.cost < best.cost else best
    bound = min(max(best.bound, min(result.bound, ceiling)), better.cost)
    ended = result.status is not ProgramStatus.STOPPED and better.cost <= ceiling + TOLERANCE
    if ended:
        return replace(better, status=ProgramStatus.OPTIMAL, bound=better.cost)
    return replace(better, status=ProgramStatus.STOPPED, bound=bound)
