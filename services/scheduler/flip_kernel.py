"""Single flips on general QUBOs, compiled: Metropolis sweeps and one-flip tabu search with incremental gains.

The couplings stand in compressed rows: variable i is coupled with `columns[begin[i]:begin[i + 1]]`. The gain of i is
what the energy changes by if i flips; a flip updates the gains of its neighbours only.
"""

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy import sparse

from services.scheduler.qubo import Qubo

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class Couplings(NamedTuple):
    """The linear terms, shape (n,), and the couplings in compressed rows, each in both directions."""

    linear: Floats
    begin: Integers
    columns: Integers
    values: Floats


def make_couplings(qubo: Qubo) -> Couplings:
    """Return the terms of a problem, those of one place added up."""
    diagonal = qubo.rows == qubo.columns
    linear = np.bincount(qubo.rows[diagonal], qubo.coefficients[diagonal], minlength=qubo.variable_count)
    rows, columns, values = (part[~diagonal] for part in (qubo.rows, qubo.columns, qubo.coefficients))
    shape = (qubo.variable_count, qubo.variable_count)
    upper = sparse.coo_array((values, (rows, columns)), shape=shape).tocsr()
    matrix = (upper + upper.T).tocsr()
    begin, indices = matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64)
    return Couplings(linear.astype(np.float64), begin, indices, matrix.data.astype(np.float64))


def make_random(seed: int) -> npt.NDArray[np.uint64]:
    """Return the state of the kernel's random numbers, shape (1,)."""
    return np.array([np.random.SeedSequence(seed).generate_state(1, np.uint64)[0] | np.uint64(1)])


@njit(cache=True, nogil=True, inline="always")
def _uniform(random: Any) -> Any:
    x = random[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    random[0] = x
    return (x >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, nogil=True)
def gains_of(linear: Any, begin: Any, columns: Any, values: Any, state: Any) -> Any:
    """Return what the energy changes by for each flip, shape (n,)."""
    gains = np.empty(len(linear))
    for i in range(len(linear)):
        field = linear[i]
        for place in range(begin[i], begin[i + 1]):
            field += values[place] * state[columns[place]]
        gains[i] = field if state[i] == 0 else -field
    return gains


@njit(cache=True, nogil=True, inline="always")
def _flip(begin: Any, columns: Any, values: Any, state: Any, gains: Any, i: int) -> None:
    sign = 1.0 - 2.0 * state[i]
    state[i] = 1 - state[i]
    gains[i] = -gains[i]
    for place in range(begin[i], begin[i + 1]):
        j = columns[place]
        gains[j] += sign * values[place] * (1.0 - 2.0 * state[j])


@njit(cache=True, nogil=True)
def sweep(
    begin: Any, columns: Any, values: Any, state: Any, gains: Any, random: Any, temperature: float, sweeps: int
) -> float:
    """Try every flip in turn, so many times, by Metropolis' rule; return what the energy has changed by."""
    changed = 0.0
    for _ in range(sweeps):
        for i in range(len(state)):
            gain = gains[i]
            if gain <= 0 or _uniform(random) < math.exp(-gain / temperature):
                changed += gain
                _flip(begin, columns, values, state, gains, i)
    return changed


@njit(cache=True, nogil=True)
def tabu(
    begin: Any, columns: Any, values: Any, state: Any, gains: Any, random: Any,
    until: Any, clock: int, tenure: int, best: Any, slack: float, flips: int,
) -> Any:  # fmt: skip
    """Flip, so many times, the variable with the least gain that has rested, or that leads to a new best.

    `until` (n,) is the flip until which each variable rests, `clock` the number of this flip, `slack` how far above
    `best` (n,) the state is. Returns `slack` at the end and how far the best has fallen.
    """
    fallen = 0.0
    for step in range(flips):
        chosen, least = -1, np.inf
        for i in range(len(state)):
            if gains[i] < least and (until[i] <= clock + step or slack + gains[i] < -1e-9):
                chosen, least = i, gains[i]
        if chosen < 0:
            chosen = int(_uniform(random) * len(state))
        slack += gains[chosen]
        _flip(begin, columns, values, state, gains, chosen)
        until[chosen] = clock + step + tenure + int(_uniform(random) * 10)
        if slack < -1e-9:
            fallen -= slack
            slack = 0.0
            best[:] = state
    return slack, fallen
