"""Simulated annealing of single flips (dwave-neal), on this machine."""

import dimod
import neal
import numpy as np
import numpy.typing as npt

from services.scheduler.budget import Budget
from services.scheduler.qubo import Qubo
from services.scheduler.sampling import SampleOptions

DEFAULT_SWEEPS = 1000

WARM_FRACTION = 0.75
"""Where in the schedule a given state begins: at 0.6 schedules are forgotten, from 0.8 on they hardly change."""

STEPS_PER_CALL = 4_000_000
"""Flips tried, times the mean number of neighbours, between two looks at the budget; about 50 ms."""


class Annealer:
    """Anneals each sample from a random state along a geometric schedule of inverse temperatures.

    From a given state it begins later in that schedule, where the state is changed but not forgotten.
    """

    takes_initial = True

    def sample(self, qubo: Qubo, options: SampleOptions, budget: Budget) -> npt.NDArray[np.int8]:
        """Return states; a sample that is cut short by the budget counts if it is the first."""
        model = to_dimod(qubo)
        hot, cold = _beta_range(qubo)
        begin = hot if options.initial is None else hot * (cold / hot) ** WARM_FRACTION
        betas = np.geomspace(begin, cold, num=options.num_sweeps or DEFAULT_SWEEPS)
        random = np.random.default_rng(options.seed)

        def anneal() -> npt.NDArray[np.int8]:
            start = random.integers(0, 2, qubo.variable_count, dtype=np.int8)
            if options.initial is not None:
                start = options.initial
            return _anneal(model, betas, start, _sweeps_per_call(qubo), random, budget)

        states = [anneal()]
        while len(states) < options.num_reads and not budget.over:
            states.append(anneal())
        complete = states if len(states) == 1 or not budget.over else states[:-1]
        return np.stack(complete)


def to_dimod(qubo: Qubo) -> dimod.BinaryQuadraticModel:
    """Return the problem as a dimod model with variables 0, 1, ..."""
    linear = qubo.rows == qubo.columns
    biases = np.bincount(qubo.rows[linear], qubo.coefficients[linear], minlength=qubo.variable_count)
    quadratic = (qubo.rows[~linear], qubo.columns[~linear], qubo.coefficients[~linear])
    return dimod.BinaryQuadraticModel.from_numpy_vectors(biases, quadratic, qubo.offset, dimod.BINARY)


def _beta_range(qubo: Qubo) -> tuple[float, float]:
    """Return inverse temperatures at which most flips are accepted, and at which the smallest cost is settled."""
    size = np.abs(qubo.coefficients)
    size = size[size > 0]
    if not len(size):
        return 0.1, 1.0
    force = np.bincount(qubo.rows, np.abs(qubo.coefficients), qubo.variable_count)
    force += np.bincount(qubo.columns, np.abs(qubo.coefficients), qubo.variable_count)
    return np.log(2) / force.max(), np.log(100) / np.quantile(size, 0.01)


def _sweeps_per_call(qubo: Qubo) -> int:
    return max(1, STEPS_PER_CALL // (qubo.variable_count + len(qubo.rows)))


def _anneal(
    model: dimod.BinaryQuadraticModel,
    betas: npt.NDArray[np.float64],
    state: npt.NDArray[np.int8],
    sweeps_per_call: int,
    random: np.random.Generator,
    budget: Budget,
) -> npt.NDArray[np.int8]:
    """Anneal one state in pieces of the schedule, so that the budget is kept."""
    for begin in range(0, len(betas), sweeps_per_call):
        result = neal.SimulatedAnnealingSampler().sample(
            model,
            num_reads=1,
            beta_schedule_type="custom",
            beta_schedule=betas[begin : begin + sweeps_per_call],
            initial_states=(state[np.newaxis, :], range(model.num_variables)),
            seed=int(random.integers(2**31)),
        )
        state = result.record.sample[0]
        if budget.over:
            break
    return state
