"""Tabu search of single flips with path relinking among the best states, for general problems, on this machine."""

import numpy as np
import numpy.typing as npt

from services.scheduler.budget import Budget
from services.scheduler.flip_kernel import Couplings, gains_of, make_couplings, make_random, tabu
from services.scheduler.qubo import Qubo
from services.scheduler.sampling import SampleOptions

DEFAULT_SWEEPS = 50
"""Flips of one search, by variables."""

WORK_PER_CALL = 20_000_000
"""Gains looked at between two looks at the budget; about 20 ms."""

ELITE_COUNT = 10
RELINK_SHARES = (0.3, 0.7)
"""Where on the way between two good states a search begins."""

State = npt.NDArray[np.int8]


class Annealer:
    """Searches again and again; each search begins between two of the best states, the first ones anywhere."""

    def sample(self, qubo: Qubo, options: SampleOptions, budget: Budget) -> npt.NDArray[np.int8]:
        """Return the best state of each search; `num_sweeps` is its flips by variables."""
        couplings = make_couplings(qubo)
        random = np.random.default_rng(options.seed)
        flips = (options.num_sweeps or DEFAULT_SWEEPS) * qubo.variable_count
        states: list[State] = []
        elite: list[tuple[float, State]] = []
        while not states or (len(states) < options.num_reads and not budget.over):
            found = _search(couplings, _start(elite, qubo.variable_count, random), flips, random, budget)
            states.append(found)
            _keep(elite, float(qubo.energies(found[np.newaxis])[0]), found)
        return np.stack(states)


def _start(elite: list[tuple[float, State]], count: int, random: np.random.Generator) -> State:
    """Return a state between two of the best, or a random one until there are enough of them."""
    if len(elite) < ELITE_COUNT:
        anywhere: State = random.integers(0, 2, count, dtype=np.int8)
        return anywhere
    first, second = (elite[place][1] for place in random.choice(len(elite), 2, replace=False))
    differing = random.permutation(np.flatnonzero(first != second))
    walked = differing[: round(len(differing) * random.uniform(*RELINK_SHARES))]
    state: State = first.copy()
    state[walked] = second[walked]
    return state


def _keep(elite: list[tuple[float, State]], energy: float, state: State) -> None:
    """Keep the best distinct states, lowest energy first."""
    if any((state == other).all() for _, other in elite):
        return
    elite.append((energy, state))
    elite.sort(key=lambda entry: entry[0])
    del elite[ELITE_COUNT:]


def _search(couplings: Couplings, state: State, flips: int, random: np.random.Generator, budget: Budget) -> State:
    gains = gains_of(*couplings, state)
    kernel_random = make_random(int(random.integers(2**31)))
    best, until = state.copy(), np.zeros(len(state), dtype=np.int64)
    tenure, slack, clock = max(1, min(20, len(state) // 4)), 0.0, 0
    per_call = max(1, WORK_PER_CALL // len(state))
    while clock < flips and not (clock and budget.over):
        count = min(per_call, flips - clock)
        slack, _ = tabu(*couplings[1:], state, gains, kernel_random, until, clock, tenure, best, slack, count)
        clock += count
    return best
