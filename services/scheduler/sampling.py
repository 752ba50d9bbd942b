"""The one interface of every annealer, and what goes through it."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from services.scheduler.budget import Budget
from services.scheduler.qubo import Qubo


@dataclass(frozen=True)
class SampleOptions:
    """How to sample.

    Attributes
    ----------
    num_reads
        Samples to draw, at least 1.
    num_sweeps
        Sweeps per sample; 0: the annealer's default.
    seed
        Seed of everything random.
    initial
        State to begin from, shape (n_variables,), for annealers that can; None: anywhere.
    """

    num_reads: int
    num_sweeps: int = 0
    seed: int = 0
    initial: npt.NDArray[np.int8] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.num_reads < 1:
            raise ValueError(f"Expected num_reads of at least 1, got {self.num_reads}.")
        if self.num_sweeps < 0:
            raise ValueError(f"Expected num_sweeps of at least 0, got {self.num_sweeps}.")


@dataclass(frozen=True, eq=False)
class Samples:
    """Distinct states, lowest energy first.

    Attributes
    ----------
    states
        Zeros and ones, shape (n_states, n_variables).
    energies
        Recomputed from the problem, shape (n_states,).
    occurrences
        How often each was drawn, shape (n_states,).
    """

    states: npt.NDArray[np.int8]
    energies: npt.NDArray[np.float64]
    occurrences: npt.NDArray[np.int64]


class Annealer(Protocol):
    """Draws low-energy states of a QUBO. Each module in :mod:`services.scheduler.annealers` has one."""

    def sample(self, qubo: Qubo, options: SampleOptions, budget: Budget) -> npt.NDArray[np.int8]:
        """Return states, shape (n_states, n_variables): as many as asked, fewer if the budget ends first."""
        ...


def can_begin(annealer: object) -> bool:
    """Return whether an annealer says, by ``takes_initial = True``, that it begins from `SampleOptions.initial`."""
    return bool(getattr(annealer, "takes_initial", False))


def draw(annealer: Annealer, qubo: Qubo, options: SampleOptions, budget: Budget) -> Samples:
    """Sample a problem and recompute the energies."""
    drawn = annealer.sample(qubo, options, budget)
    states, occurrences = np.unique(drawn, axis=0, return_counts=True)
    energies = qubo.energies(states)
    order = np.argsort(energies, kind="stable")
    return Samples(states[order], energies[order], occurrences[order].astype(np.int64))
