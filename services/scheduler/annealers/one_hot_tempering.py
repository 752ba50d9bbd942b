"""Parallel tempering with swaps of cars and of the rest of their shifts on schedules, with single flips on QUBOs."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from services.scheduler.budget import Budget
from services.scheduler.flip_kernel import Couplings, gains_of, make_couplings, make_random, sweep
from services.scheduler.instance import Instance
from services.scheduler.qubo import Qubo
from services.scheduler.sampling import SampleOptions
from services.scheduler.schedule_search import SearchWork
from services.scheduler.tempering import Stretch, run_stretch

DEFAULT_SWEEPS = 1000
SWEEPS_PER_EXCHANGE = 5
REPLICA_COUNT = 8
STEPS_PER_CALL = 1_000_000
"""Flips tried between two looks at the budget; about 20 ms."""


class Annealer:
    """Tempers schedules themselves where it can; a QUBO without a schedule is tempered by single flips."""

    def search_stretch(self, instance: Instance, work: SearchWork, stop: Callable[[], bool]) -> Stretch:
        """See `ScheduleSearch`."""
        return run_stretch(
            instance,
            work.start,
            work.from_fraction,
            work.to_fraction,
            work.round_count,
            work.bound,
            work.seed,
            stop,
        )

    def sample(self, qubo: Qubo, options: SampleOptions, budget: Budget) -> npt.NDArray[np.int8]:
        """Return the lowest state of each run of the ladder; a run that is cut short counts if it is the first."""
        couplings, random = make_couplings(qubo), np.random.default_rng(options.seed)
        temperatures = _temperatures(qubo)
        states: list[npt.NDArray[np.int8]] = []
        while not states or (len(states) < options.num_reads and not budget.over):
            state, complete = _temper(couplings, temperatures, options.num_sweeps or DEFAULT_SWEEPS, random, budget)
            if complete or not states:
                states.append(state)
        return np.stack(states)


def _temperatures(qubo: Qubo) -> npt.NDArray[np.float64]:
    """Return a ladder from where the smallest cost is settled to where half of the flips are accepted."""
    size = np.abs(qubo.coefficients[qubo.coefficients != 0])
    if not len(size):
        return np.ones(REPLICA_COUNT)
    force = np.bincount(qubo.rows, np.abs(qubo.coefficients), qubo.variable_count)
    force += np.bincount(qubo.columns, np.abs(qubo.coefficients), qubo.variable_count)
    hot = force.max() / np.log(2) / 4
    return np.geomspace(min(np.quantile(size, 0.01) / np.log(100), hot / 2), hot, REPLICA_COUNT)


def _temper(
    couplings: Couplings,
    temperatures: npt.NDArray[np.float64],
    sweeps: int,
    random: np.random.Generator,
    budget: Budget,
) -> tuple[npt.NDArray[np.int8], bool]:
    """Return the lowest state of a run, and whether the run was complete."""
    count, variables = len(temperatures), len(couplings.linear)
    states = [random.integers(0, 2, variables, dtype=np.int8) for _ in range(count)]
    gains = [gains_of(*couplings, state) for state in states]
    energies = np.array([_energy(couplings, state, gain) for state, gain in zip(states, gains, strict=True)])
    kernel_random = make_random(int(random.integers(2**31)))
    best, lowest = states[int(energies.argmin())].copy(), float(energies.min())
    at_once = max(1, min(SWEEPS_PER_EXCHANGE, STEPS_PER_CALL // variables))
    for round_ in range(-(-sweeps // at_once)):
        for place, temperature in enumerate(temperatures):
            arrays = couplings[1:]
            energies[place] += sweep(*arrays, states[place], gains[place], kernel_random, temperature, at_once)
            if energies[place] < lowest - 1e-9:
                best, lowest = states[place].copy(), float(energies[place])
            if budget.over:
                return best, False
        _exchange(states, gains, energies, temperatures, round_ % 2, random)
    return best, True


def _energy(couplings: Couplings, state: npt.NDArray[np.int8], gains: npt.NDArray[np.float64]) -> float:
    """Return the energy without the offset; the field of a variable is its gain at 0."""
    fields = np.where(state == 0, gains, -gains)
    return float((state * (fields + couplings.linear)).sum() / 2)


def _exchange(
    states: list[npt.NDArray[np.int8]],
    gains: list[npt.NDArray[np.float64]],
    energies: npt.NDArray[np.float64],
    temperatures: npt.NDArray[np.float64],
    first: int,
    random: np.random.Generator,
) -> None:
    for place in range(first, len(states) - 1, 2):
        lever = (1 / temperatures[place] - 1 / temperatures[place + 1]) * (energies[place] - energies[place + 1])
        if np.log(random.uniform(1e-300, 1.0)) < lever:
            states[place], states[place + 1] = states[place + 1], states[place]
            gains[place], gains[place + 1] = gains[place + 1], gains[place]
            energies[[place, place + 1]] = energies[[place + 1, place]]
