"""What the optimiser must respect: how many cars, when, and how few or many in a sector."""

from dataclasses import dataclass

import numpy as np

from services.demand.arrays import IntArray

QUARTER_MINUTES = 15


@dataclass(frozen=True, eq=False)
class Staffing:
    """Cars through a shift that is cut into blocks.

    Parameters
    ----------
    supply
        Cars that can be stationed in each block (X): those on duty less the most on a break at once; shape (n_blocks,).
    shift_minutes, block_minutes
        The last block is shorter where `block_minutes` does not divide `shift_minutes`.
    minimum, maximum
        Least and most cars in each sector (p, U), shape (n_sectors,). Σ minimum ≤ supply ≤ Σ maximum in every block.
    """

    supply: IntArray
    shift_minutes: int
    block_minutes: int
    minimum: IntArray
    maximum: IntArray

    def __post_init__(self) -> None:
        if self.shift_minutes < 1 or self.block_minutes < 1:
            raise ValueError("Expected shift_minutes and block_minutes of at least 1.")
        if len(self.supply) != -(-self.shift_minutes // self.block_minutes):
            raise ValueError("Expected a supply for every block of the shift.")
        if not (self.minimum >= 0).all() or not (self.minimum <= self.maximum).all():
            raise ValueError("Expected 0 <= minimum <= maximum in every sector.")
        if not ((self.minimum.sum() <= self.supply) & (self.supply <= self.maximum.sum())).all():
            raise ValueError("Expected the sum of minimum <= supply <= the sum of maximum in every block.")

    @classmethod
    def steady(
        cls, cars: int, shift_minutes: int, block_minutes: int, minimum: IntArray, maximum: IntArray
    ) -> "Staffing":
        """Have the same cars through the whole shift."""
        supply = np.full(-(-shift_minutes // max(block_minutes, 1)), cars)
        return cls(supply, shift_minutes, block_minutes, minimum, maximum)

    @property
    def block_count(self) -> int:
        """Number of blocks."""
        return len(self.supply)

    @property
    def sector_count(self) -> int:
        """Number of sectors."""
        return len(self.minimum)

    def allows(self, cars: IntArray) -> bool:
        """Tell whether cars per block and sector, shape (n_blocks, n_sectors), respect the numbers."""
        within_limits = bool(((cars >= self.minimum) & (cars <= self.maximum)).all())
        return within_limits and bool((cars.sum(axis=1) == self.supply).all())


def supply_by_block(on_duty: IntArray, on_break: IntArray, block_minutes: int) -> IntArray:
    """Return the cars that can be stationed through each block.

    Parameters
    ----------
    on_duty, on_break
        Cars by quarter hour of the shift, shape (n_quarters,).

    Returns
    -------
    The least number on duty and not on a break in any quarter hour of the block, shape (n_blocks,).

    >>> supply_by_block(np.array([5, 5, 5, 5, 8, 8, 8, 8]), np.array([0, 1, 2, 0, 0, 0, 0, 0]), 60)
    array([3, 8])
    """
    free = on_duty - on_break
    starts = np.arange(0, len(free) * QUARTER_MINUTES, block_minutes) // QUARTER_MINUTES
    supply: IntArray = np.minimum.reduceat(free, starts)
    return supply
