"""The order in which a call looks at sectors."""

import numpy as np
from numpy.typing import NDArray

from services.demand.arrays import BoolArray, IntArray
from services.demand.simulator.jit import compiled


def order_sectors(to_call_minutes: NDArray[np.float32], call_sector: IntArray, own: BoolArray) -> NDArray[np.int16]:
    """Return sectors by minutes to each call, those of the call's own territory first; equal minutes: the first sector.

    Parameters
    ----------
    to_call_minutes
        Shape (n_calls, n_sectors).
    call_sector
        Sector of each call, shape (n_calls,).
    own
        Shape (n_sectors, n_sectors): whether a car of the column's sector counts as own for a call in the row's.

    Returns
    -------
    Shape (n_calls, n_sectors).
    """
    order = np.empty(to_call_minutes.shape, np.int16)
    _insert_in_order(to_call_minutes, call_sector, own, order)
    return order


@compiled
def _insert_in_order(
    to_call_minutes: NDArray[np.float32], call_sector: IntArray, own: BoolArray, order: NDArray[np.int16]
) -> None:
    """Fill `order` by insertion sort: the rows are short."""
    call_count, sector_count = to_call_minutes.shape
    for call in range(call_count):
        minutes, is_own = to_call_minutes[call], own[call_sector[call]]
        for sector in range(sector_count):
            place = sector
            while place > 0:
                other = order[call, place - 1]
                if is_own[other] and not is_own[sector]:
                    break
                if is_own[other] == is_own[sector] and minutes[other] <= minutes[sector]:
                    break
                order[call, place] = other
                place -= 1
            order[call, place] = sector
