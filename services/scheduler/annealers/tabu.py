"""Tabu search of single flips (dwave-samplers), on this machine, for up to 1,000 variables."""

import numpy as np
import numpy.typing as npt
from dwave.samplers import TabuSampler

from services.scheduler.annealers.neal import to_dimod
from services.scheduler.budget import Budget
from services.scheduler.qubo import Qubo
from services.scheduler.sampling import SampleOptions
from serving.errors import InvalidArgument

MOST_VARIABLES = 1000
"""The sampler works on a dense matrix and cannot be interrupted; beyond this a call outlasts a stop."""

DEFAULT_SWEEPS = 100
FLIPS_PER_CALL = 20_000


class Annealer:
    """Searches from random states, in pieces, each from where the last one ended."""

    def sample(self, qubo: Qubo, options: SampleOptions, budget: Budget) -> npt.NDArray[np.int8]:
        """Return the best state of each search; `num_sweeps` is its flips by variables.

        Raises
        ------
        InvalidArgument
            There are too many variables.
        """
        if qubo.variable_count > MOST_VARIABLES:
            allowed = f"Expected at most {MOST_VARIABLES} for tabu (flip_tabu takes more)"
            raise InvalidArgument("qubo.variable_count", f"{allowed}, got {qubo.variable_count}.")
        model, random = to_dimod(qubo), np.random.default_rng(options.seed)
        flips = (options.num_sweeps or DEFAULT_SWEEPS) * qubo.variable_count
        states: list[npt.NDArray[np.int8]] = []
        while not states or (len(states) < options.num_reads and not budget.over):
            state = random.integers(0, 2, qubo.variable_count, dtype=np.int8)
            for done in range(0, flips, FLIPS_PER_CALL):
                if done and budget.over:
                    break
                result = TabuSampler().sample(  # type: ignore[no-untyped-call]
                    model,
                    initial_states=(state[np.newaxis, :], range(qubo.variable_count)),
                    num_restarts=0,
                    timeout=None,  # type: ignore[arg-type]
                    coefficient_z_first=1,
                    lower_bound_z=min(FLIPS_PER_CALL, flips - done),
                    seed=int(random.integers(2**31)),
                )
                state = result.record.sample[0]
            states.append(state)
        return np.stack(states)
