"""Solves a large program without integrality through small ones that grow, to the optimum of the whole.

A program begins with the cheapest columns of every row and without lazy rows. Lazy rows that its solution breaks and
columns of negative reduced cost are added until there are none; then the solution is that of the whole program. In a
schedule a few percent of the drives and of the presence rows are ever needed.

On the way every solution bounds the optimum: with duals y, reduced costs r = c - Aᵀy and columns x_j ≤ u_j, no
solution costs less than y·b + Σ_j min(0, r_j) u_j.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from services.scheduler.budget import Budget
from services.scheduler.highs import ProgramStatus, linear_part, make_solver, program_status
from services.scheduler.highs_run import check, run_until
from services.scheduler.linear_program import Floats, Indices, LinearProgram

FIRST_COLUMNS = 8
"""Cheapest columns of each row to begin with."""

LEAST_ADDED = 3000
"""At least so many columns are added at once, if there are so many, or a quarter of them."""

TOLERANCE = 1e-7


@dataclass(frozen=True, eq=False)
class Relaxation:
    """What is known of a program without integrality.

    Attributes
    ----------
    values, reduced_costs
        Of the optimum, shape (n_columns,); None unless optimal.
    bound
        Proved lower bound: the optimum, if optimal; minus infinity if none was proved, infinity if infeasible.
    """

    status: ProgramStatus
    values: Floats | None
    reduced_costs: Floats | None
    bound: float


def solve_relaxation(
    program: LinearProgram, budget: Budget, seed: int, on_bound: Callable[[float], None]
) -> Relaxation:
    """Solve a program without integrality as far as the budget allows.

    Parameters
    ----------
    on_bound
        Told of every better bound.

    Raises
    ------
    RuntimeError
        HiGHS reports a fault of the model or of itself.
    """
    if not program.column_count:
        return _empty(program)
    growing = _GrowingProgram(program, make_solver(budget, seed))
    bound = -float("inf")
    while run_until(growing.solver, budget):
        status = program_status(growing.solver)
        if status is ProgramStatus.INFEASIBLE:
            if growing.add_all_columns():
                continue
            return Relaxation(status, None, None, float("inf"))
        if status is ProgramStatus.STOPPED:
            break
        values, duals = growing.solution()
        reduced_costs, proved = growing.price(duals)
        if proved > bound:
            bound = proved
            on_bound(bound)
        if not growing.add_broken_rows(values) + growing.add_cheap_columns(reduced_costs):
            return Relaxation(status, values, reduced_costs, bound)
    return Relaxation(ProgramStatus.STOPPED, None, None, bound)


def _empty(program: LinearProgram) -> Relaxation:
    """Return what is known of a program without columns, which HiGHS calls optimal whatever its rows ask for."""
    lowers, uppers = program.row_bounds
    if (lowers > TOLERANCE).any() or (uppers < -TOLERANCE).any():
        return Relaxation(ProgramStatus.INFEASIBLE, None, None, float("inf"))
    return Relaxation(ProgramStatus.OPTIMAL, np.zeros(0), np.zeros(0), 0.0)


class _GrowingProgram:
    """A part of the columns and rows of a program, in a solver that keeps its basis."""

    def __init__(self, program: LinearProgram, solver: Any) -> None:
        self.solver = solver
        self._matrix = program.matrix()
        self._by_column = self._matrix.tocsc()
        self._costs, self._uppers = program.costs, program.uppers
        self._lowers_of_rows, self._uppers_of_rows = program.row_bounds
        self._rows = np.flatnonzero(~program.lazy)
        self._columns = np.flatnonzero(self._cheapest_of_rows())
        bounds = self._lowers_of_rows[self._rows], self._uppers_of_rows[self._rows]
        part = self._matrix[self._rows][:, self._columns]
        check(solver.passModel(linear_part(part, *self._costs_and_uppers(self._columns), bounds)), "model")

    def solution(self) -> tuple[Floats, Floats]:
        """Return the columns and the duals of the rows, in the order of the whole program."""
        solution = self.solver.getSolution()
        values, duals = np.zeros(len(self._costs)), np.zeros(len(self._lowers_of_rows))
        values[self._columns], duals[self._rows] = solution.col_value, solution.row_dual
        signed = np.where(duals > 0, self._lowers_of_rows, self._uppers_of_rows)
        return values, np.where(np.isfinite(signed), duals, 0.0)

    def price(self, duals: Floats) -> tuple[Floats, float]:
        """Return the reduced costs of all columns, and the bound that the duals prove."""
        reduced_costs = self._costs - self._by_column.T @ duals
        sides = np.where(duals > 0, self._lowers_of_rows, self._uppers_of_rows)
        proved = duals[duals != 0] @ sides[duals != 0]
        negative = reduced_costs < 0
        return reduced_costs, float(proved + reduced_costs[negative] @ self._uppers[negative])

    def add_broken_rows(self, values: Floats) -> int:
        """Add the rows that a solution breaks; return how many."""
        broken = self._matrix @ values > self._uppers_of_rows + TOLERANCE
        broken[self._rows] = False
        rows = np.flatnonzero(broken)
        if len(rows):
            part = self._matrix[rows][:, self._columns]
            bounds = self._lowers_of_rows[rows], self._uppers_of_rows[rows]
            check(self.solver.addRows(len(rows), *bounds, part.nnz, part.indptr, part.indices, part.data), "rows")
            self._rows = np.concatenate([self._rows, rows])
        return len(rows)

    def add_cheap_columns(self, reduced_costs: Floats) -> int:
        """Add columns of negative reduced cost, the lowest first; return how many."""
        missing = reduced_costs < -TOLERANCE
        missing[self._columns] = False
        columns = np.flatnonzero(missing)
        lowest = np.argsort(reduced_costs[columns], kind="stable")[: max(LEAST_ADDED, len(columns) // 4)]
        return self._add_columns(columns[lowest])

    def add_all_columns(self) -> int:
        """Add every column; return how many."""
        return self._add_columns(np.setdiff1d(np.arange(len(self._costs)), self._columns))

    def _add_columns(self, columns: Indices) -> int:
        if len(columns):
            part = self._by_column[:, columns].tocsr()[self._rows].tocsc()
            costs, uppers = self._costs_and_uppers(columns)
            nothing = np.zeros(len(columns))
            entries = part.nnz, part.indptr, part.indices, part.data
            check(self.solver.addCols(len(columns), costs, nothing, uppers, *entries), "columns")
            self._columns = np.concatenate([self._columns, columns])
        return len(columns)

    def _costs_and_uppers(self, columns: Indices) -> tuple[Floats, Floats]:
        return self._costs[columns], self._uppers[columns]

    def _cheapest_of_rows(self) -> npt.NDArray[np.bool_]:
        """Return the columns that are among the cheapest of a row, shape (n_columns,)."""
        part = self._matrix[self._rows].tocoo()
        order = np.lexsort((self._costs[part.col], part.row))
        rows, columns = part.row[order], part.col[order]
        rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
        cheapest = np.zeros(len(self._costs), dtype=np.bool_)
        cheapest[columns[rank < FIRST_COLUMNS]] = True
        return cheapest
