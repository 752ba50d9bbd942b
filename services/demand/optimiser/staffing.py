"""What the optimiser must respect: how many cars, when, and how few or many in a sector."""

from dataclasses import dataclass

import numpy as np

from services.demand.arrays import IntArray


@dataclass(frozen=True, eq=False)
class Staffing:
    """Cars on duty through a shift that is cut into blocks.

    Parameters
    ----------
    cars
        Cars on duty (X), at least 1.
    shift_minutes, block_minutes
        The last block is shorter where `block_minutes` does not divide `shift_minutes`.
    minimum, maximum
        Least and most cars in each sector (p, U), shape (n_sectors,). Σ minimum ≤ cars ≤ Σ maximum.
    """

    cars: int
    shift_minutes: int
    block_minutes: int
    minimum: IntArray
    maximum: IntArray

    def __post_init__(self) -> None:
        if self.cars < 1 or self.shift_minutes < 1 or self.block_minutes < 1:
            raise ValueError("Expected cars, shift_minutes and block_minutes of at least 1.")
        if not (self.minimum >= 0).all() or not (self.minimum <= self.maximum).all():
            raise ValueError("Expected 0 <= minimum <= maximum in every sector.")
        if not self.minimum.sum() <= self.cars <= self.maximum.sum():
            raise ValueError("Expected the sum of minimum <= cars <= the sum of maximum.")

    @property
    def block_count(self) -> int:
        """Number of blocks."""
        return -(-self.shift_minutes // self.block_minutes)

    def static(self, cars: IntArray) -> IntArray:
        """Keep the same cars per sector in every block; shape (n_blocks, n_sectors)."""
        return np.tile(cars, (self.block_count, 1))

    def allows(self, cars: IntArray) -> bool:
        """Tell whether cars per block and sector, shape (n_blocks, n_sectors), respect the numbers."""
        within_limits = bool(((cars >= self.minimum) & (cars <= self.maximum)).all())
        return within_limits and bool((cars.sum(axis=1) == self.cars).all())
