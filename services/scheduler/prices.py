r"""Prices of places: a bound of the objective for problems of many kinds of cars.

Demand and limits are all that ties the cars together. With a price λ ≥ 0 on each of them every schedule counts at least

    L(λ) = Σ ± λ need + Σ_cars min over shifts of (what its drives count ∓ Σ λ of the places where it counts)

and each car's least is found by dynamic programming with all its own rules. The largest L is the optimum of the linear
program of whole shifts.
"""

from dataclasses import dataclass

import numpy as np

from services.scheduler import price_kernel
from services.scheduler.shift_kinds import Crew, Floats, Integers


@dataclass(frozen=True, eq=False)
class Priced:
    """What some prices tell.

    Attributes
    ----------
    bound
        L; infinite if a kind has no shift that its own rules allow.
    paths
        The cheapest shift of each kind, shape (K, T).
    least
        What it counts at the prices, shape (K,).
    """

    bound: float
    paths: Integers
    least: Floats


class Pricer:
    """Bounds and cheapest shifts of a crew; one for each thread."""

    def __init__(self, crew: Crew) -> None:
        kind_count, periods, sectors = crew.kinds.allowed.shape
        self._crew, self._sizes = crew, crew.sizes
        self._rest = np.zeros((kind_count, periods, sectors, crew.kinds.memory_count))

    def price(self, prices: Floats) -> Priced:
        """Return what prices, shape (R, m), tell."""
        crew = self._crew
        paths, least = np.full(self._rest.shape[:2], price_kernel.NOWHERE), np.zeros(len(self._sizes))
        arrays = crew.kinds, self._rest, paths, least
        bound = price_kernel.bound_at(prices, crew.needs, crew.signs.astype(np.float64), self._sizes, *arrays)
        return Priced(float(bound), paths, least)

    def excess(self, prices: Floats, kind: int) -> tuple[Floats, Floats]:
        """Return by how much a kind's cheapest shift through each first sector, and each drive, is above its cheapest.

        A schedule with such a shift counts at least the bound of the prices and that. Shapes (m,) and (T - 1, m, m),
        by the earlier period; infinite where there is no shift. `price` must have been called for these prices.
        """
        periods, sectors = self._rest.shape[1:3]
        entries, drives = np.empty(sectors), np.empty((periods - 1, sectors, sectors))
        price_kernel.least_through(prices, self._crew.kinds, kind, self._rest[kind], entries, drives)
        return entries - entries.min(), drives - entries.min()
