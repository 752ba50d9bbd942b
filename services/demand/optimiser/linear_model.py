"""Linear programs with whole numbers, solved with HiGHS through OR-Tools; built from arrays in one go."""

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from ortools.math_opt import model_pb2, sparse_containers_pb2
from ortools.math_opt.python import mathopt
from scipy.sparse import csr_array

from services.demand.arrays import BoolArray, FloatArray
from services.demand.optimiser.time_limit import TimeLimit

POLL_SECONDS = 0.05


@dataclass(frozen=True, eq=False)
class LinearModel:
    """min costs · x with lower ≤ x ≤ upper, row_lower ≤ rows · x ≤ row_upper.

    Parameters
    ----------
    costs, lower, upper, is_integer
        Shape (n_variables,).
    rows
        Shape (n_rows, n_variables).
    row_lower, row_upper
        Shape (n_rows,).
    """

    costs: FloatArray
    lower: FloatArray
    upper: FloatArray
    is_integer: BoolArray
    rows: csr_array
    row_lower: FloatArray
    row_upper: FloatArray

    def to_proto(self) -> model_pb2.ModelProto:
        """Write the model as MathOpt reads it."""
        proto = model_pb2.ModelProto()
        proto.variables.ids.extend(range(len(self.costs)))
        proto.variables.lower_bounds.extend(self.lower.tolist())
        proto.variables.upper_bounds.extend(self.upper.tolist())
        proto.variables.integers.extend(self.is_integer.tolist())
        proto.objective.linear_coefficients.CopyFrom(_sparse_vector(self.costs))
        proto.linear_constraints.ids.extend(range(self.rows.shape[0]))
        proto.linear_constraints.lower_bounds.extend(self.row_lower.tolist())
        proto.linear_constraints.upper_bounds.extend(self.row_upper.tolist())
        entries = self.rows.tocoo()
        order = np.lexsort((entries.col, entries.row))
        proto.linear_constraint_matrix.row_ids.extend(entries.row[order].tolist())
        proto.linear_constraint_matrix.column_ids.extend(entries.col[order].tolist())
        proto.linear_constraint_matrix.coefficients.extend(entries.data[order].tolist())
        return proto


@dataclass(frozen=True, eq=False)
class LinearSolution:
    """A solution: values of the variables, their cost, and a proved lower bound of the least cost."""

    values: FloatArray
    objective: float
    bound: float


def solve_model(
    model: LinearModel, limit: TimeLimit, most_seconds: float, relative_gap: float
) -> LinearSolution | None:
    """Solve a model; None: no solution was found in time.

    Returns within moments of `limit` being over. HiGHS cannot be interrupted from Python, so it runs in a thread of its
    own, which then ends at its own limit, `most_seconds` at most.
    """
    seconds = min(limit.remaining_seconds, most_seconds)
    parameters = mathopt.SolveParameters(time_limit=timedelta(seconds=seconds), relative_gap_tolerance=relative_gap)
    solver = ThreadPoolExecutor(max_workers=1)
    read = mathopt.Model.from_model_proto(model.to_proto())
    answer = solver.submit(mathopt.solve, read, mathopt.SolverType.HIGHS, params=parameters)
    solver.shutdown(wait=False)
    while not answer.done() and not limit.over():
        wait([answer], POLL_SECONDS)
    if not answer.done() or not answer.result().has_primal_feasible_solution():
        return None
    result = answer.result()
    values = np.array(result.variable_values(list(read.variables())))
    return LinearSolution(values, result.objective_value(), result.best_objective_bound())


def _sparse_vector(values: FloatArray) -> sparse_containers_pb2.SparseDoubleVectorProto:
    places = np.flatnonzero(values)
    return sparse_containers_pb2.SparseDoubleVectorProto(ids=places.tolist(), values=values[places].tolist())
