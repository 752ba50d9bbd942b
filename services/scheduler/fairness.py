"""Evens out travel among cars at no cost: the car that drives most swaps the rest of its shift with another car."""

import numpy as np
import numpy.typing as npt

from services.scheduler.budget import Budget
from services.scheduler.instance import NOWHERE, Instance, Rows
from services.scheduler.measure import measure

SMALLEST_GAIN = 1e-9


def even_out(instance: Instance, rows: Rows, budget: Budget) -> Rows:
    """Lower the largest travel of a car while what all drives count does not grow.

    Cars swap the rest of their shifts if they have the same home and, from then on, the same duty, breaks, pins and
    bans, so that cover does not change. It is a heuristic for the least maximum travel at equal objective.

    Parameters
    ----------
    rows
        A schedule that meets every rule, shape (n, T).
    """
    partners = _partners(instance)
    while not budget.over:
        swap = _best_swap(instance, rows, partners)
        if swap is None:
            break
        car, other, period = swap
        rows = rows.copy()
        rows[[car, other], period:] = rows[[other, car], period:]
    return rows


def _partners(instance: Instance) -> npt.NDArray[np.bool_]:
    """Return which cars may take over each other's shift from a period on, shape (n, n, T)."""
    same = np.ones((instance.car_count, instance.car_count, instance.period_count), dtype=np.bool_)
    for marks in (instance.available, instance.on_duty, instance.allowed):
        _, kind = np.unique(marks.reshape(-1, marks.shape[2]), axis=0, return_inverse=True)
        kind = kind.reshape(marks.shape[:2])
        same &= kind[:, np.newaxis] == kind[np.newaxis, :]
    onward = np.logical_and.accumulate(same[:, :, ::-1], axis=2)[:, :, ::-1]
    at_home = instance.home[:, np.newaxis] == instance.home[np.newaxis, :]
    partners: npt.NDArray[np.bool_] = onward & at_home[:, :, np.newaxis] & instance.active
    return partners


def _best_swap(instance: Instance, rows: Rows, partners: npt.NDArray[np.bool_]) -> tuple[int, int, int] | None:
    """Return the car that drives most, a partner and a period that lower the larger travel of the two most."""
    car = int(np.argmax(measure(instance, rows).travel_minutes))
    pair_travel = _pair_travel(instance, rows, car, partners[car])
    for place in np.argsort(pair_travel, axis=None, kind="stable"):
        other, period = (int(index) for index in np.unravel_index(place, pair_travel.shape))
        if pair_travel[other, period] == np.inf:
            return None
        if _keeps_presence(instance, rows, car, other, period) and _keeps_presence(instance, rows, other, car, period):
            return car, other, period
    return None


def _pair_travel(instance: Instance, rows: Rows, car: int, partners: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Return the larger travel of the two cars after a swap, shape (n, T); infinite where it does not help."""
    previous = _previous(instance, rows)
    minutes, counted = (
        _drive(instance.minutes, previous, rows),
        _drive(instance.costs[instance.home[car]], previous, rows),
    )
    own = np.broadcast_to(previous[car], rows.shape), np.broadcast_to(rows[car], rows.shape)
    onward, backward = (own[0], rows), (previous, own[1])
    matrix = instance.costs[instance.home[car]]
    change = _drive(matrix, *onward) + _drive(matrix, *backward) - counted[car] - counted
    before = np.cumsum(minutes, axis=1) - minutes
    after = minutes.sum(axis=1, keepdims=True) - before - minutes
    of_car = before[car] + _drive(instance.minutes, *onward) + after
    of_other = before + _drive(instance.minutes, *backward) + after[car]
    pair = np.maximum(of_car, of_other)
    helps = partners & (change <= SMALLEST_GAIN) & (pair < minutes[car].sum() - SMALLEST_GAIN)
    return np.where(helps, pair, np.inf)


def _previous(instance: Instance, rows: Rows) -> Rows:
    """Return where each car drives from into each period, shape (n, T)."""
    previous = np.column_stack([np.full(len(rows), NOWHERE), rows[:, :-1]])
    previous[np.arange(len(rows)), instance.first_period] = instance.start
    return previous


def _drive(
    matrix: npt.NDArray[np.float64], origin: npt.NDArray[np.int64], target: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    drives: npt.NDArray[np.float64] = np.where((origin != NOWHERE) & (target != NOWHERE), matrix[origin, target], 0.0)
    return drives


def _keeps_presence(instance: Instance, rows: Rows, car: int, other: int, period: int) -> bool:
    """Return whether `car` may go on with the shift of `other` from a period on."""
    path = np.concatenate([instance.before[car], rows[car, :period], rows[other, period:]])
    past = instance.before.shape[1] + period
    if instance.no_return:
        near = path[max(0, past - 2) : past + 2]
        return not ((near[2:] == near[:-2]) & (near[2:] != NOWHERE)).any()
    if instance.max_consecutive:
        starts = np.concatenate([[0], np.flatnonzero(np.diff(path)) + 1])
        lengths = np.diff(starts, append=len(path))
        return bool(lengths[path[starts] != NOWHERE].max() <= instance.max_consecutive)
    return True
