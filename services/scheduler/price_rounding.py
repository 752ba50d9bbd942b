"""Makes schedules from prices: period by period, all cars are assigned to the places that need them.

A car's cost of a place is the drive there plus the rest of its shift at the prices, so that an assignment looks ahead.
Cars that are on break for a part of the period, and spare ones, go where it counts least for them.
"""

from collections.abc import Callable

import numpy as np
from scipy.optimize import linear_sum_assignment

from services.scheduler.annealing import breaches
from services.scheduler.budget import Budget
from services.scheduler.instance import NOWHERE, Instance, Rows, compile_instance
from services.scheduler.measure import measure
from services.scheduler.prices import Floats, Prices
from services.scheduler.problem import QUARTER_MINUTES, Car, Problem

FORBIDDEN = 1e9

OnProgress = Callable[[float, float], None]

SCHEDULES_PER_DRIVE = 5
"""Schedules that are made, each with other prices or other noise, for each car and period."""

STEPS_PER_SCHEDULE = 10
"""Price steps between two schedules."""

MOST_STEPS = 3000
"""Price steps after which prices have settled."""

FRESH_SHARE = 0.2
"""Share of the schedules that begin anew; the others take over the best one up to a random period."""

NOISE = 0.15
"""Standard deviation of the noise on costs, in units of the mean drive of the best schedule."""


def search_by_prices(
    instance: Instance, budget: Budget, seed: int, on_progress: OnProgress
) -> tuple[Rows | None, float]:
    """Return the best schedule that meets every rule, shape (n, T), or None, and a proved bound of the objective.

    Parameters
    ----------
    on_progress
        Told of the best objective, infinite without a schedule, and the best bound, after each schedule.
    """
    prices, random = Prices(instance), np.random.default_rng(seed)
    best, objective, noise = None, np.inf, 0.0
    drives = int(instance.active.sum())
    for schedule in range(SCHEDULES_PER_DRIVE * drives):
        if budget.over:
            break
        if schedule < MOST_STEPS // STEPS_PER_SCHEDULE:
            for _ in range(STEPS_PER_SCHEDULE):
                prices.improve(objective)
        if prices.bound == np.inf:
            break
        begin = 0 if best is None or random.random() < FRESH_SHARE else int(random.integers(instance.period_count))
        rows = _assign_all(instance, prices, noise * random.random(), random, best, begin)
        if rows is not None and not breaches(instance, rows):
            found = measure(instance, rows).objective
            best, objective = (rows, found) if found < objective else (best, objective)
            noise = NOISE * objective / drives
        on_progress(objective, prices.bound)
    return best, prices.bound


def compile_prices() -> None:
    """Compile the kernel of prices, or load it from the cache, so that no solve waits for it."""
    travel, demand = ((0.0, 1.0), (1.0, 0.0)), ((1, 1), (1, 1))
    instance = compile_instance(Problem(("A", "B"), (Car("1"), Car("2")), QUARTER_MINUTES, travel, demand))
    search_by_prices(instance, Budget.of_seconds(600, lambda: False), 0, lambda _objective, _bound: None)


def _assign_all(
    instance: Instance, prices: Prices, noise: float, random: np.random.Generator, best: Rows | None, begin: int
) -> Rows | None:
    """Return a schedule that is the best one before the period `begin`, or None."""
    rows = np.full((instance.car_count, instance.period_count), NOWHERE, dtype=np.int64)
    if best is not None:
        rows[:, :begin] = best[:, :begin]
    for period in range(begin, instance.period_count):
        cars = np.flatnonzero(instance.active[:, period])
        costs = _costs(instance, prices, rows, period)[cars]
        costs = np.minimum(costs + random.normal(0, max(noise, 1e-9), costs.shape), FORBIDDEN)
        places = np.repeat(np.arange(instance.sector_count), instance.demand[period])
        assigned = _assign(costs, places, instance.available[cars, period].all(axis=1))
        if assigned is None:
            return None
        rows[cars, period] = assigned
    return rows


def _costs(instance: Instance, prices: Prices, rows: Rows, period: int) -> Floats:
    """Return what it counts to go to each sector and on at the prices, shape (n, m)."""
    costs = np.full((instance.car_count, instance.sector_count), FORBIDDEN)
    path = np.column_stack([instance.before, rows[:, :period]])
    for kind in prices.kinds:
        if period == kind.span[0]:
            costs[kind.cars] = kind.entry
        elif kind.span[0] < period <= kind.span[1]:
            costs[kind.cars] = kind.to_go[period, rows[kind.cars, period - 1]]
    if instance.no_return and path.shape[1] >= 2:
        _forbid(costs, path[:, -2])
    limit = instance.max_consecutive
    if limit and path.shape[1] >= limit:
        recent = path[:, -limit:]
        _forbid(costs, np.where((recent == recent[:, :1]).all(axis=1), recent[:, 0], NOWHERE))
    return costs


def _forbid(costs: Floats, sectors: Rows) -> None:
    cars = np.flatnonzero(sectors != NOWHERE)
    costs[cars, sectors[cars]] = FORBIDDEN


def _assign(costs: Floats, places: Rows, counts: Rows) -> Rows | None:
    """Return the sector of each car, the cars that count throughout in the places; None if there are too few."""
    if counts.sum() < len(places):
        return None
    spare = np.repeat(costs.min(axis=1, keepdims=True), len(costs) - len(places), axis=1)
    needed = np.where(counts[:, np.newaxis], costs[:, places], FORBIDDEN)
    car, choice = linear_sum_assignment(np.hstack([needed, spare]))
    chosen = np.concatenate([places, np.full(spare.shape[1], NOWHERE)])[choice]
    sectors: Rows = np.where(chosen == NOWHERE, costs.argmin(axis=1), chosen)
    return None if costs[car, sectors].max(initial=0.0) >= FORBIDDEN else sectors
