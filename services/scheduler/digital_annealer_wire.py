"""The JSON of Fujitsu's Digital Annealer (REST v3, v3c, v4): a QUBO as a request, a result as states.

The solver takes integers, so coefficients are scaled to them; energies are recomputed by us, hence the scale is of no
further concern. One-hot groups are told as such and lose their penalty terms; other penalties go into the penalty
polynomial, whose weight the solver adapts.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from services.scheduler.qubo import Qubo
from serving.errors import InvalidArgument, Unavailable

SOLVER = "fujitsuDA3"
"""Every version calls its solver so."""
MOST_VARIABLES = 100_000
MOST_COEFFICIENT = 2.0**52
MOST_RUNS, MOST_SOLUTIONS = 1024, 1024
MOST_SECONDS = 3600
STEPS_PER_MINUTE = 10.0
"""Travel is kept to tenths of a minute; finer coefficients are scaled up to keep three digits of the smallest."""


def make_request(qubo: Qubo, num_reads: int, seconds: float) -> dict[str, Any]:
    """Return the body of a solve request.

    Raises
    ------
    InvalidArgument
        There are too many variables.
    """
    if qubo.variable_count > MOST_VARIABLES:
        raise InvalidArgument("qubo.variable_count", f"Expected at most {MOST_VARIABLES}, got {qubo.variable_count}.")
    structure = qubo.structure
    first, last = (len(qubo.rows),) * 2 if structure is None else (structure.penalty_begin, structure.one_hot_begin)
    solver: dict[str, Any] = {
        "time_limit_sec": min(MOST_SECONDS, max(1, math.floor(seconds))),
        "num_run": min(MOST_RUNS, max(1, num_reads)),
        "num_output_solution": min(MOST_SOLUTIONS, max(1, num_reads)),
    }
    scale = _scale(qubo.coefficients[:last])
    body: dict[str, Any] = {SOLVER: solver}
    body["binary_polynomial"] = {"terms": _terms(qubo, slice(0, first), scale)}
    if structure is not None:
        solver |= {"gs_level": 0, "internal_penalty": 1}
        solver["one_way_one_hot_groups"] = {"numbers": list(structure.group_sizes)}
        body["penalty_binary_polynomial"] = {"terms": _terms(qubo, slice(first, last), scale)}
    return body


def read_states(result: Any, variable_count: int) -> npt.NDArray[np.int8]:
    """Return the states of a finished job, each as often as it was found, shape (n_states, n_variables).

    Raises
    ------
    Unavailable
        The answer is cut short or is not of the agreed form.
    """
    try:
        solutions = result["qubo_solution"]["solutions"]
        states = [_state(solution["configuration"], variable_count) for solution in solutions]
        return np.repeat(np.stack(states), [int(solution["frequency"]) for solution in solutions], axis=0)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise Unavailable("The Digital Annealer's answer is not of the agreed form.") from error


def _state(configuration: dict[str, bool], variable_count: int) -> npt.NDArray[np.int8]:
    """Return a state; variables that no term mentions may be absent and are 0."""
    state = np.zeros(variable_count, dtype=np.int8)
    for name, value in configuration.items():
        if not 0 <= int(name) < variable_count:
            raise ValueError(name)
        state[int(name)] = bool(value)
    return state


def _scale(coefficients: npt.NDArray[np.float64]) -> float:
    size = np.abs(coefficients[coefficients != 0])
    if not len(size):
        return 1.0
    fine = 1.0 if (size == np.round(size)).all() else max(STEPS_PER_MINUTE, 1000.0 / float(size.min()))
    return float(min(fine, MOST_COEFFICIENT / size.sum()))


def _terms(qubo: Qubo, part: slice, scale: float) -> list[dict[str, Any]]:
    """Return the terms, added up by place; a first term of 0 has the solver know of variable 0."""
    low, high = np.minimum(qubo.rows[part], qubo.columns[part]), np.maximum(qubo.rows[part], qubo.columns[part])
    places, which = np.unique(low * qubo.variable_count + high, return_inverse=True)
    sums = np.bincount(which, qubo.coefficients[part], minlength=len(places))
    values = np.rint(sums * scale).astype(np.int64)
    terms: list[dict[str, Any]] = [{"c": 0, "p": [0, 0]}]
    for place, value in zip(places.tolist(), values.tolist(), strict=True):
        if value:
            first, second = divmod(place, qubo.variable_count)
            terms.append({"c": value, "p": [first] if first == second else [first, second]})
    return terms
