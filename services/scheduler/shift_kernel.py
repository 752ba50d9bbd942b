"""Draws shifts from the weights of :mod:`services.scheduler.soft_kernel`, compiled."""

from typing import Any

import numpy as np
from numba import njit

from services.scheduler.price_kernel import next_memory

NOWHERE = -1
NO_SHIFT = -1
IMPOSSIBLE = -1e300
"""Logarithm of the probability of what cannot be."""


@njit(cache=True, nogil=True)
def draw_shift(
    kinds: Any, kind: int, drive: Any, entry: Any, weight: Any, ahead: Any, uniforms: Any, path: Any
) -> float:
    """Write a shift of a kind into `path`, shape (T,); return the logarithm of its probability.

    `uniforms`, shape (T,), in [0, 1) draw the way; without any the likeliest next sector is taken each time.
    """
    gain, first = drive[kinds.cost_index[kind]], kinds.first[kind]
    path[:] = NOWHERE
    logarithm, here, memory = 0.0, NOWHERE, -1
    parts, memories = np.zeros(weight.shape[2]), np.zeros(weight.shape[2], dtype=np.int64)
    for period in range(first, kinds.last[kind] + 1):
        for c in range(len(parts)):
            onward = kinds.entry_memory[kind, c] if period == first else next_memory(kinds, here, memory, c)
            parts[c], memories[c] = 0.0, onward
            if onward >= 0 and kinds.allowed[kind, period, c]:
                way = entry[kind, c] if period == first else gain[here, c]
                parts[c] = way * weight[kind, period, c] * ahead[kind, period, c, onward]
        total = parts.sum()
        if not total > 0:
            return IMPOSSIBLE
        here = _choose(parts, uniforms[period] * total) if len(uniforms) else int(np.argmax(parts))
        memory = memories[here]
        logarithm += np.log(parts[here] / total)
        path[period] = here
    return logarithm


@njit(cache=True, nogil=True)
def likeliest_shift(sizes: Any, kinds: Any, drive: Any, entry: Any, weight: Any, ahead: Any, path: Any) -> int:
    """Write the shift that is the most certain of all kinds with cars; return its kind, `NO_SHIFT` if there is none."""
    draft, nothing = np.empty_like(path), np.empty(0)
    best, most = NO_SHIFT, IMPOSSIBLE
    for kind in range(len(sizes)):
        if sizes[kind] > 0:
            logarithm = draw_shift(kinds, kind, drive, entry, weight, ahead, nothing, draft)
            if logarithm > most:
                best, most = kind, logarithm
                path[:] = draft
    return best


@njit(cache=True, nogil=True)
def _choose(parts: Any, target: float) -> int:
    chosen = 0
    for c in range(len(parts)):
        if parts[c] > 0:
            chosen = c
            target -= parts[c]
            if target < 0:
                break
    return chosen
