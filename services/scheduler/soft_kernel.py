"""Cars that drive at random, the likelier the cheaper, compiled: the smooth side of prices.

At a temperature τ a car takes a shift with probability proportional to exp(-what it counts at the prices / τ). Sums
over all shifts are had by passing weights backward and forward over the periods. A sweep settles the prices of one
period after the other so that each row has the cars that it needs on average: coordinate ascent on the Lagrangian dual
with entropy, as in Sinkhorn's algorithm. R. Sinkhorn and P. Knopp, Pacific J. Math. 21 (1967) 343.

`ahead[k, t, b, z]`, shape (K, T, m, Z), is the weight of all that may follow after being in b with memory z, and
`weight[k, t, b]`, shape (K, T, m), that of the price of a place, each on a scale of its own per kind and period.
"""

from typing import Any

import numpy as np
from numba import njit

LEAST_EXPONENT = -500.0
MOST_STEP = 20.0
"""Longest step of a price, in temperatures."""


@njit(cache=True, nogil=True)
def sweep(
    prices: Any, needs: Any, sizes: Any, kinds: Any, drive: Any, entry: Any, tau: float, weight: Any, ahead: Any
) -> float:
    """Pass weights backward, then settle prices, shape (R, m), forward; return the sum of what rows miss or exceed.

    `drive` and `entry` are exp(-costs / τ) of drives (H, m, m) and first drives (K, m); `sizes` (K,) the cars of each
    kind, 0 for kinds to leave out.
    """
    kind_count, periods, sectors = weight.shape
    live: Any = np.flatnonzero(sizes)
    arrived = np.zeros((len(live), 2, sectors, kinds.memory_count))
    reach = np.zeros((kind_count, sectors))
    error = 0.0
    for kind in live:
        for period in range(kinds.first[kind], kinds.last[kind] + 1):
            _weigh(prices, kinds, tau, weight, kind, period)
        _look_ahead(kinds, drive, weight, ahead, kind)
    for period in range(periods):
        now = period % 2
        for index, kind in enumerate(live):
            if kinds.first[kind] <= period <= kinds.last[kind]:
                if period == kinds.first[kind]:
                    _enter(kinds, entry, arrived[index, now], kind)
                elif kinds.no_return:
                    _arrive_without_returns(kinds, drive, weight, arrived[index], kind, period)
                else:
                    _arrive_with_stays(kinds, drive, weight, arrived[index], kind, period)
                _reach(arrived[index, now], ahead[kind, period], reach[kind])
        for row in range(kinds.row_begin[period], kinds.row_begin[period + 1]):
            error += _settle(prices, needs, sizes, live, kinds, tau, weight, reach, period, row)
    return error


@njit(cache=True, nogil=True)
def _weigh(prices: Any, kinds: Any, tau: float, weight: Any, kind: int, period: int) -> None:
    place = weight[kind, period]
    place[:] = 0.0
    for row in range(kinds.row_begin[period], kinds.row_begin[period + 1]):
        if kinds.counts[kind, row] != 0:
            place += kinds.counts[kind, row] * prices[row]
    most = place.max()
    for b in range(len(place)):
        place[b] = np.exp(max((place[b] - most) / tau, LEAST_EXPONENT))


@njit(cache=True, nogil=True)
def _look_ahead(kinds: Any, drive: Any, weight: Any, ahead: Any, kind: int) -> None:
    gain, sectors = drive[kinds.cost_index[kind]], weight.shape[2]
    onward = np.empty((sectors, sectors))
    ahead[kind, kinds.last[kind]] = 1.0
    for period in range(kinds.last[kind], kinds.first[kind], -1):
        after, most = ahead[kind, period], 0.0
        for a in range(sectors):
            for b in range(sectors):
                memory = a if kinds.no_return else 0
                free = kinds.allowed[kind, period, b]
                onward[a, b] = gain[a, b] * weight[kind, period, b] * after[b, memory] if free else 0.0
                most = max(most, onward[a, b])
        onward *= 1 / most if most > 0 else 1.0
        for a in range(sectors):
            if kinds.no_return:
                _sum_without_returns(onward[a], ahead[kind, period - 1, a])
            else:
                stay = (
                    gain[a, a] * weight[kind, period, a] / most if most > 0 and kinds.allowed[kind, period, a] else 0.0
                )
                _sum_with_stays(onward[a], a, stay, after[a], kinds.longest, ahead[kind, period - 1, a])


@njit(cache=True, nogil=True)
def _sum_without_returns(parts: Any, sums: Any) -> None:
    """Write the sum of all parts but one, for each of them and, last, for none; exact where one part is nearly all."""
    largest, total = 0, 0.0
    for z in range(len(parts)):
        total += parts[z]
        if parts[z] > parts[largest]:
            largest = z
    rest = 0.0
    for z in range(len(parts)):
        rest += parts[z] if z != largest else 0.0
        sums[z] = total - parts[z]
    sums[largest] = rest
    sums[len(parts)] = total


@njit(cache=True, nogil=True)
def _sum_with_stays(parts: Any, here: int, stay: float, after: Any, longest: int, sums: Any) -> None:
    leave = 0.0
    for b in range(len(parts)):
        if b != here:
            leave += parts[b]
    for memory in range(len(sums)):
        sums[memory] = leave
        if longest == 0:
            sums[memory] += stay * after[0]
        elif memory + 1 < longest:
            sums[memory] += stay * after[memory + 1]


@njit(cache=True, nogil=True)
def _enter(kinds: Any, entry: Any, arrived: Any, kind: int) -> None:
    arrived[:] = 0.0
    for b in range(len(arrived)):
        if kinds.entry_memory[kind, b] >= 0:
            arrived[b, kinds.entry_memory[kind, b]] = entry[kind, b]


@njit(cache=True, nogil=True)
def _arrive_without_returns(kinds: Any, drive: Any, weight: Any, arrived: Any, kind: int, period: int) -> None:
    """Take the weights of arrivals, shape (2, m, Z) by even and odd periods, from one period to the next."""
    gain, sectors = drive[kinds.cost_index[kind]], arrived.shape[1]
    before, here = arrived[1 - period % 2], arrived[period % 2]
    sums, most = np.empty(sectors + 1), 0.0
    for a in range(sectors):
        _sum_without_returns(before[a, :sectors], sums)
        place, nowhere = weight[kind, period - 1, a], before[a, sectors]
        for b in range(sectors):
            value = gain[a, b] * place * (sums[b] + nowhere) if kinds.allowed[kind, period, b] else 0.0
            here[b, a] = value
            most = max(most, value)
    here[:, sectors] = 0.0
    if most > 0:
        here *= 1 / most


@njit(cache=True, nogil=True)
def _arrive_with_stays(kinds: Any, drive: Any, weight: Any, arrived: Any, kind: int, period: int) -> None:
    gain, sectors = drive[kinds.cost_index[kind]], arrived.shape[1]
    before, here = arrived[1 - period % 2], arrived[period % 2]
    here[:] = 0.0
    for a in range(sectors):
        place = weight[kind, period - 1, a]
        total = place * before[a].sum()
        for b in range(sectors):
            if kinds.allowed[kind, period, b] and (b != a or kinds.longest == 0):
                here[b, 0] += gain[a, b] * total
        if kinds.allowed[kind, period, a]:
            for memory in range(1, kinds.longest):
                here[a, memory] += gain[a, a] * place * before[a, memory - 1]
    most = here.max()
    if most > 0:
        here *= 1 / most


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _reach(arrived: Any, after: Any, reach: Any) -> None:
    """Write the weight of all shifts through each sector, without the price of the place, shape (m,)."""
    for b in range(arrived.shape[0]):
        total = 0.0
        for memory in range(arrived.shape[1]):
            total += arrived[b, memory] * after[b, memory]
        reach[b] = total


@njit(cache=True, nogil=True)
def _settle(
    prices: Any,
    needs: Any,
    sizes: Any,
    live: Any,
    kinds: Any,
    tau: float,
    weight: Any,
    reach: Any,
    period: int,
    row: int,
) -> float:
    """Set the prices of a row so that about as many cars come as it needs; return what it missed or had too many."""
    come, sign, error = np.zeros(prices.shape[1]), 0, 0.0
    for kind in live:
        if kinds.counts[kind, row] != 0:
            sign = kinds.counts[kind, row]
            total = 0.0
            for b in range(len(come)):
                total += reach[kind, b] * weight[kind, period, b]
            if total > 0:
                for b in range(len(come)):
                    come[b] += sizes[kind] / total * reach[kind, b] * weight[kind, period, b]
    for b in range(len(come)):
        need = needs[row, b]
        if sign == 0 or (sign > 0 and need <= 0):
            prices[row, b] = 0.0
            continue
        missing = sign * (need - come[b])
        error += abs(missing) if missing > 0 or prices[row, b] > 0 else 0.0
        step = np.log(max(need, 1e-9) / max(come[b], 1e-30))
        prices[row, b] = max(0.0, prices[row, b] + sign * tau * min(max(step, -MOST_STEP), MOST_STEP))
    for kind in live:
        if kinds.counts[kind, row] != 0:
            _weigh(prices, kinds, tau, weight, kind, period)
    return error
