"""Kinds of cars and the rows that tie them together: what prices, columns and dives compute with.

Cars alike in home, duty, breaks, pins, bans, start and history are one kind. A row asks for cover (period, leanest
quarter hours) or limits the cars in a sector (period), with a number for every sector. All else is a matter of one car.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from services.scheduler.car_classes import CarClass, Origin, group_cars
from services.scheduler.instance import NOWHERE, Instance, Rows
from services.scheduler.rules.cover import leanest_quarters

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

FORBIDDEN = -1
"""Memory of a first sector in which a shift may not begin."""


class Kinds(NamedTuple):
    """Arrays of K kinds and R rows, for compiled code.

    What the presence rule has to remember of a car in a sector is an index, its memory: under `no_return` the sector of
    the period before (m for none), else the periods that it has been there already, up to `longest` - 1 (0 for no
    limit).

    Attributes
    ----------
    costs
        What a drive counts, shape (H, m, m).
    cost_index
        Place in `costs` of each kind, shape (K,).
    from_start
        What the drive to the first sector counts, shape (K, m).
    entry_memory
        Memory in the first period, by sector, `FORBIDDEN` where a shift may not begin, shape (K, m).
    allowed
        Where a car may be, shape (K, T, m).
    first, last
        Periods on duty, inclusive, shape (K,).
    counts
        1 where a car meets demand of a row, -1 where it uses up a limit, 0 where it does not count, shape (K, R).
    row_begin
        First row of each period, and R, shape (T + 1,).
    memory_count
        Number of memories.
    """

    costs: Floats
    cost_index: Integers
    from_start: Floats
    entry_memory: Integers
    allowed: Flags
    first: Integers
    last: Integers
    counts: Integers
    row_begin: Integers
    no_return: bool
    longest: int
    memory_count: int


class Crew(NamedTuple):
    """The kinds of an instance.

    Attributes
    ----------
    members
        Cars of each kind.
    needs
        Cars needed, or allowed at most, by row and sector, shape (R, m).
    signs
        1 for rows of demand, -1 for limits, shape (R,).
    """

    kinds: Kinds
    members: tuple[Integers, ...]
    needs: Floats
    signs: Integers

    @property
    def sizes(self) -> Integers:
        """Cars of each kind, shape (K,)."""
        return np.array([len(cars) for cars in self.members])

    @property
    def kind_of(self) -> Integers:
        """The kind of each car, shape (n,)."""
        kind = np.empty(int(self.sizes.sum()), dtype=np.int64)
        for index, cars in enumerate(self.members):
            kind[cars] = index
        return kind

    @property
    def costless(self) -> "Crew":
        """The same kinds and needs where no drive counts."""
        costs, from_start = np.zeros_like(self.kinds.costs), np.zeros_like(self.kinds.from_start)
        return self._replace(kinds=self.kinds._replace(costs=costs, from_start=from_start))

    def left_over(self, rows: Rows, cars: Integers) -> Floats:
        """Return what some cars of a schedule, shape (n, T), leave of the needs, (R, m); limits may fall below 0."""
        period = np.repeat(np.arange(rows.shape[1]), np.diff(self.kinds.row_begin))
        left, kind = self.needs.copy(), self.kind_of[cars]
        there = rows[cars][:, period]
        car, row = np.nonzero((self.kinds.counts[kind] != 0) & (there != NOWHERE))
        np.subtract.at(left, (row, there[car, row]), 1)
        return np.where(self.signs[:, np.newaxis] > 0, np.maximum(left, 0), left)


def gather_crew(instance: Instance) -> Crew:
    """Return the kinds of an instance.

    Fairness counts as what it is at least: the mean travel of the cars, at its weight.
    """
    pairs = [(car_class, origin) for car_class in group_cars(instance) for origin in car_class.origins]
    covers, needs, signs, row_begin = _rows(instance)
    first_cars = np.array([origin.cars[0] for _, origin in pairs])
    costs = instance.costs + instance.fairness_weight / instance.car_count * instance.minutes
    kinds = Kinds(
        costs=costs,
        cost_index=np.array([car_class.home for car_class, _ in pairs]),
        from_start=np.stack([_from_start(costs[car_class.home], origin) for car_class, origin in pairs]),
        entry_memory=np.stack([_entry_memory(instance, car_class, origin) for car_class, origin in pairs]),
        allowed=np.stack([car_class.allowed for car_class, _ in pairs]),
        first=np.array([car_class.first_period for car_class, _ in pairs]),
        last=np.array([car_class.last_period for car_class, _ in pairs]),
        counts=(covers[:, first_cars] * signs[:, np.newaxis]).T.copy(),
        row_begin=row_begin,
        no_return=instance.no_return,
        longest=instance.max_consecutive,
        memory_count=instance.sector_count + 1 if instance.no_return else max(1, instance.max_consecutive),
    )
    return Crew(kinds, tuple(origin.cars for _, origin in pairs), needs, signs)


def _rows(instance: Instance) -> tuple[Flags, Floats, Integers, Integers]:
    """Return which cars count in each row (R, n), the needs (R, m), the signs (R,), and the first row of periods."""
    covers, needs, signs, row_begin = [], [], [], [0]
    for period in range(instance.period_count):
        for cars, need, sign in _rows_of_period(instance, period):
            covers.append(cars)
            needs.append(need)
            signs.append(sign)
        row_begin.append(len(covers))
    return np.stack(covers), np.stack(needs).astype(np.float64), np.array(signs), np.array(row_begin)


def _rows_of_period(instance: Instance, period: int) -> Iterator[tuple[Flags, Integers, int]]:
    for cars in leanest_quarters(instance.available[:, period]):
        yield cars, instance.demand[period], 1
    active, cap = instance.active[:, period], instance.cap[period]
    if (cap < active.sum()).any():
        yield active, cap, -1


def _from_start(cost: Floats, origin: Origin) -> Floats:
    return np.zeros(len(cost)) if origin.start == NOWHERE else cost[origin.start]


def _entry_memory(instance: Instance, car_class: CarClass, origin: Origin) -> Integers:
    memory = np.zeros(instance.sector_count, dtype=np.int64)
    before = origin.sector_ago(1)
    if instance.no_return:
        memory[:] = instance.sector_count if before == NOWHERE else before
        if origin.sector_ago(2) != NOWHERE:
            memory[origin.sector_ago(2)] = FORBIDDEN
    elif instance.max_consecutive and before != NOWHERE:
        memory[before] = origin.run_length if origin.run_length < instance.max_consecutive else FORBIDDEN
    memory[~car_class.allowed[car_class.first_period]] = FORBIDDEN
    return memory
