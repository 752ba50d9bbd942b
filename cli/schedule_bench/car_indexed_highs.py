"""HiGHS on the formulation with a variable for each car, through SciPy."""

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from cli.schedule_bench.car_indexed import Formulation, Outcome, run


def solve(formulation: Formulation, time_limit_seconds: float, _seed: int) -> Outcome:
    """Solve within the time limit."""
    place, drive = formulation.place, formulation.drive
    count = place.size + drive.size
    costs = np.zeros(count)
    costs[drive] = formulation.travel
    early, late = place[:, :-1, :, np.newaxis], place[:, 1:, np.newaxis, :]
    both = [np.broadcast_to(part, drive.shape) for part in (early, late)]
    constraints = [
        _sums(place.reshape(-1, place.shape[2]), count, 1, 1),
        _sums(place.transpose(1, 2, 0).reshape(-1, len(place)), count, formulation.demand.reshape(-1), np.inf),
        _sums(np.stack([*both, drive], axis=-1).reshape(-1, 3), count, -np.inf, 1, (1, 1, -1)),
    ]
    if formulation.no_return:
        pairs = np.stack([place[:, :-2], place[:, 2:]], axis=-1).reshape(-1, 2)
        constraints.append(_sums(pairs, count, -np.inf, 1))
    result = milp(
        costs, integrality=np.ones(count, dtype=np.int64), bounds=Bounds(0, 1), constraints=constraints,
        options={"time_limit": time_limit_seconds, "mip_rel_gap": 0.0},
    )  # fmt: skip
    places = None if result.x is None else np.rint(result.x[place]).astype(np.int64)
    bound = getattr(result, "mip_dual_bound", None)
    return Outcome(places, bound if bound is not None and np.isfinite(bound) else None)


def _sums(
    variables: np.ndarray, count: int, lower: float | np.ndarray, upper: float, factors: tuple[int, ...] = (1,)
) -> LinearConstraint:
    """Return a constraint on the sum of each row of variables, times factors."""
    values = np.broadcast_to(np.array(factors), variables.shape).reshape(-1)
    starts = np.arange(0, variables.size + 1, variables.shape[1])
    matrix = sparse.csr_matrix((values, variables.reshape(-1), starts), shape=(len(variables), count))
    return LinearConstraint(matrix, lower, upper)


if __name__ == "__main__":
    run(solve)
