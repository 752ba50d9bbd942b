"""Cars that drive at random, the likelier the cheaper; prices settle where as many come as are needed on average.

At a falling temperature these prices come near the best ones, and what the cars do near the solution of the linear
program of whole shifts. That needs a few hundred sweeps of a millisecond and no linear program.
"""

from collections.abc import Sequence

import numpy as np

from services.scheduler import shift_kernel, soft_kernel
from services.scheduler.budget import Budget
from services.scheduler.shift_kinds import Crew, Floats, Integers

LEAST_EXPONENT = -400.0
"""Costs of so many temperatures are told apart no more."""

COOLING = ((0.4, 20), (0.2, 20), (0.1, 30), (0.05, 40))
"""Temperatures in units of the median cost of a drive, and sweeps at each."""


class SoftCars:
    """The weights of all shifts of a crew at a temperature; one for each thread."""

    def __init__(self, crew: Crew) -> None:
        kinds = crew.kinds
        kind_count, periods, sectors = kinds.allowed.shape
        self._crew = crew
        self._weight = np.ones((kind_count, periods, sectors))
        self._ahead = np.zeros((kind_count, periods, sectors, kinds.memory_count))
        counted = kinds.costs[kinds.costs > 0]
        self._unit = float(np.median(counted)) if len(counted) else 1.0
        self.set_temperature(COOLING[-1][0])

    def set_temperature(self, temperature: float) -> None:
        """Set the temperature, in units of the median cost of a drive."""
        kinds, self._tau = self._crew.kinds, temperature * self._unit
        self._drive = np.exp(np.maximum(-kinds.costs / self._tau, LEAST_EXPONENT))
        self._entry = np.exp(np.maximum(-kinds.from_start / self._tau, LEAST_EXPONENT))

    def sweep(self, prices: Floats, needs: Floats, sizes: Integers) -> float:
        """Settle prices, shape (R, m), in place; return the sum of what rows missed or had too many."""
        arrays = self._crew.kinds, self._drive, self._entry, self._tau, self._weight, self._ahead
        return float(soft_kernel.sweep(prices, needs, sizes, *arrays))

    def likeliest(self, sizes: Integers) -> tuple[int, Integers] | None:
        """Return the kind and the shift, shape (T,), that are most certain among kinds with cars."""
        path = np.empty(self._weight.shape[1], dtype=np.int64)
        arrays = self._crew.kinds, self._drive, self._entry, self._weight, self._ahead
        kind = int(shift_kernel.likeliest_shift(sizes, *arrays, path))
        return None if kind == shift_kernel.NO_SHIFT else (kind, path)

    def draw(self, kind: int, random: np.random.Generator) -> Integers | None:
        """Draw a shift of a kind, shape (T,); None if there is none."""
        path = np.empty(self._weight.shape[1], dtype=np.int64)
        arrays = self._drive, self._entry, self._weight, self._ahead
        uniforms = random.random(len(path))
        drawn = shift_kernel.draw_shift(self._crew.kinds, kind, *arrays, uniforms, path)
        return None if drawn == shift_kernel.IMPOSSIBLE else path


def settle(cars: SoftCars, crew: Crew, cooling: Sequence[tuple[float, int]], budget: Budget) -> Floats:
    """Return prices, shape (R, m), after sweeps at falling temperatures, as far as the budget allows."""
    prices, sizes = np.zeros(crew.needs.shape), crew.sizes
    for temperature, sweeps in cooling:
        cars.set_temperature(temperature)
        for _ in range(sweeps):
            if budget.over:
                return prices
            cars.sweep(prices, crew.needs, sizes)
    return prices
