"""Turns a sample that breaks rules into a schedule that meets them all, near the sample.

First every period is assigned anew, so that demand is met with the fewest minutes between where a car was sampled and
where it goes; then annealing with swaps at a low temperature mends what is left, at a higher one where that does not.
"""

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from services.scheduler.annealing import POLISH, REPAIR, SEARCH, Found, breaches, search
from services.scheduler.budget import Budget
from services.scheduler.instance import Instance, Rows

FORBIDDEN_MINUTES = 1e9
BREAK_MINUTES = 1e3
"""Put on a car for each quarter hour in which it does not count, so that others are assigned first."""


def repair(instance: Instance, rows: Rows, budget: Budget, seed: int) -> Found:
    """Repair and polish a schedule, shape (n, T), that keeps duty, pins and bans.

    The result has no schedule if annealing does not reach one that meets every rule.
    """
    found = Found(rows, np.inf)
    if breaches(instance, rows):
        met = meet_demand(instance, rows)
        found = search(instance, met, REPAIR, budget, seed)
        if found.rows is None:
            found = search(instance, met, SEARCH, budget, seed)
    return found if found.rows is None else search(instance, found.rows, POLISH, budget, seed)


def meet_demand(instance: Instance, rows: Rows) -> Rows:
    """Move cars so that in every period as many are in a sector as its demand, if duty, pins and bans allow it."""
    met = rows.copy()
    for period, demand in enumerate(instance.demand):
        cars = np.flatnonzero(instance.active[:, period])
        if len(cars):
            slots = np.repeat(np.arange(len(demand)), demand)
            met[cars, period] = _assign(instance, cars, period, rows[cars, period], slots)
    return met


def _assign(
    instance: Instance,
    cars: npt.NDArray[np.int64],
    period: int,
    sampled: npt.NDArray[np.int64],
    slots: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    minutes = instance.minutes[sampled][:, slots] + (sampled[:, np.newaxis] != slots)
    minutes += BREAK_MINUTES * (~instance.available[cars, period]).sum(axis=1)[:, np.newaxis]
    minutes[~instance.allowed[cars, period][:, slots]] = FORBIDDEN_MINUTES
    car, slot = linear_sum_assignment(minutes)
    kept = minutes[car, slot] < FORBIDDEN_MINUTES
    assigned = sampled.copy()
    assigned[car[kept]] = slots[slot[kept]]
    return assigned
