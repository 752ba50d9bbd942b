"""The linear program of whole shifts, restricted to those that are known: the master of column generation.

    min Σ c_p x_p    Σ x_p = cars of the kind    Σ ± x_p of the shifts that count in a place ≥ ± need

It keeps its basis while columns are added. Needs that no known shift meets are bought at a price above all that is
sensible.
"""

from typing import Any

import numpy as np
from scipy import sparse

from services.scheduler.budget import Budget
from services.scheduler.highs import ProgramStatus, linear_part, make_solver, program_status
from services.scheduler.highs_run import check, run_until
from services.scheduler.shift_kinds import Crew, Floats, Integers

BUYING_PRICE = 20.0
"""Of a missing car, in units of the largest cost of a drive."""

PRIMAL_SIMPLEX = 4
"""HiGHS' number for it; after columns are added the basis stays primal feasible, and it takes half the time."""


class Master:
    """The restricted program in a solver."""

    def __init__(self, crew: Crew, budget: Budget, seed: int) -> None:
        self._crew, self._known = crew, set[tuple[int, bytes]]()
        self._period = np.repeat(np.arange(crew.kinds.allowed.shape[1]), np.diff(crew.kinds.row_begin))
        binding = (crew.signs[:, np.newaxis] < 0) | (crew.needs > 0)
        self._place = np.where(binding, np.cumsum(binding).reshape(binding.shape) - 1, -1)
        self._row_count = int(binding.sum())
        self.solver = make_solver(budget, seed)
        check(self.solver.setOptionValue("simplex_strategy", PRIMAL_SIMPLEX), "strategy")
        check(self.solver.passModel(self._bought()), "model")

    def add(self, kind: int, path: Integers) -> bool:
        """Add a shift of a kind, shape (T,), unless it is known; return whether it was new."""
        key = kind, path.tobytes()
        if key in self._known:
            return False
        self._known.add(key)
        counts = self._crew.kinds.counts[kind]
        rows = np.flatnonzero(counts)
        places = self._place[rows, path[self._period[rows]]]
        values = counts[rows][places >= 0].astype(np.float64)
        entries = np.append(places[places >= 0], self._row_count + kind).astype(np.int32)
        cars = float(len(self._crew.members[kind]))
        added = self.solver.addCol(self._cost(kind, path), 0.0, cars, len(entries), entries, np.append(values, 1.0))
        check(added, "column")
        return True

    def solve(self, budget: Budget) -> tuple[float, Floats] | None:
        """Return the optimum and its prices, shape (R, m); None if the budget ended first."""
        if not run_until(self.solver, budget) or program_status(self.solver) is not ProgramStatus.OPTIMAL:
            return None
        duals = np.maximum(np.array(self.solver.getSolution().row_dual)[: self._row_count], 0.0)
        prices = np.where(self._place >= 0, np.append(duals, 0.0)[self._place], 0.0)
        return float(self.solver.getInfo().objective_function_value), prices

    def _cost(self, kind: int, path: Integers) -> float:
        kinds = self._crew.kinds
        driven = path[kinds.first[kind] : kinds.last[kind] + 1]
        cost = kinds.costs[kinds.cost_index[kind]]
        return float(kinds.from_start[kind, driven[0]] + cost[driven[:-1], driven[1:]].sum())

    def _bought(self) -> Any:
        """Return the program without shifts: a column for each place, and for each kind, that buys what misses."""
        crew, rows = self._crew, self._row_count + len(self._crew.members)
        needs = (crew.needs * crew.signs[:, np.newaxis])[self._place >= 0]
        sizes = crew.sizes.astype(np.float64)
        price = BUYING_PRICE * max(1.0, float(crew.kinds.costs.max()))
        costs = np.full(rows, price)
        costs[self._row_count :] *= crew.kinds.allowed.shape[1]
        bounds = np.concatenate([needs, sizes]), np.concatenate([np.full(self._row_count, np.inf), sizes])
        return linear_part(sparse.identity(rows, format="csr"), costs, np.full(rows, np.inf), bounds)
