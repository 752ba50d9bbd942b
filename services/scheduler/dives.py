"""Dives: schedules from soft cars, and better ones from the best so far.

A dive fixes one car after the other to the most certain shift of all; after each the prices settle anew to what the
others have to meet. From a schedule some cars are set free, near each other in time and place or anywhere, and dive
anew; what is not worse is kept (large neighbourhood search; D. Pisinger and S. Ropke, in: Handbook of
Metaheuristics, 2010).
"""

from dataclasses import dataclass

import numpy as np

from services.scheduler.budget import Budget
from services.scheduler.instance import NOWHERE, Instance, Rows
from services.scheduler.measure import measure
from services.scheduler.shift_kinds import Crew, Floats, Integers
from services.scheduler.soft_cars import SoftCars

FIRST_TEMPERATURE = 0.1
FIRST_FIXES, FIRST_SWEEPS = 24, 10
"""A first dive fixes its cars in about so many steps, with so many sweeps before each."""

SWEEPS = 4
"""Before each fix of a dive from a schedule."""

TEMPERATURE, TEMPERATURE_SPREAD = 0.06, 0.4
"""Median, and standard deviation of the logarithm, of the temperatures of dives from a schedule."""

LEAST_FREE, MOST_FREE = 3, 12
"""Cars that are set free."""

ANYWHERE_SHARE = 0.4
"""Share of dives that set any cars free."""

NEARNESS_NOISE = 0.3
"""Of the distance between cars, in units of the mean one."""

MENDING_SHARE, MENDING_TEMPERATURE, MENDING_SWEEPS = 0.4, 0.15, 6
"""From a schedule that lacks cars, or has too many: share of dives that set those near such a place free."""


@dataclass(frozen=True, eq=False)
class Dived:
    """A schedule and what it is worth.

    Attributes
    ----------
    rows
        The schedule, shape (n, T).
    lacks
        Cars that miss or are too many, by row and sector, shape (R, m).
    """

    rows: Rows
    lacks: Floats
    objective: float

    @property
    def missing(self) -> int:
        """Sum of the lacks."""
        return int(self.lacks.sum())

    def better_than(self, other: "Dived") -> bool:
        """Return whether it misses less, or costs less at equal."""
        return (self.missing, self.objective) < (other.missing, other.objective)

    def may_follow(self, other: "Dived") -> bool:
        """Return whether a search may go on from it: it is no worse, and while cars miss its cost does not matter."""
        if self.missing or other.missing:
            return self.missing <= other.missing
        return self.objective <= other.objective


class Diver:
    """Dives of one thread."""

    def __init__(self, instance: Instance, crew: Crew) -> None:
        self._instance, self._crew, self._cars = instance, crew, SoftCars(crew)
        self._kind_of, self._everyone = crew.kind_of, np.arange(instance.car_count)

    def dive(self, prices: Floats, budget: Budget) -> Dived | None:
        """Return a schedule from nothing; None if the budget ended first or a car has no way."""
        self._cars.set_temperature(FIRST_TEMPERATURE)
        rows = np.full((self._instance.car_count, self._instance.period_count), NOWHERE, dtype=np.int64)
        at_once = -(-len(rows) // FIRST_FIXES)
        return self._dive(rows, self._everyone, prices, FIRST_SWEEPS, at_once, budget)

    def improve(self, best: Dived, prices: Floats, count: int, seed: list[int], budget: Budget) -> Dived:
        """Return the best schedule after so many dives; fewer if the budget ends, or once a lack is mended."""
        random = np.random.default_rng(seed)
        for _ in range(count):
            if budget.over:
                break
            found = self._dive_from(best, prices, random, budget)
            if found is not None and found.may_follow(best):
                mended, best = best.missing > 0 and not found.missing, found
                if mended:
                    break
        return best

    def _dive_from(self, best: Dived, prices: Floats, random: np.random.Generator, budget: Budget) -> Dived | None:
        lacking = best.missing > 0
        temperature, sweeps = (MENDING_TEMPERATURE, MENDING_SWEEPS) if lacking else (TEMPERATURE, SWEEPS)
        near_lack = lacking and random.random() < MENDING_SHARE
        free = self._choose_near_lack(best, random) if near_lack else self._choose(best.rows, random)
        self._cars.set_temperature(temperature * float(np.exp(TEMPERATURE_SPREAD * random.normal())))
        return self._dive(best.rows, free, prices, sweeps, 1, budget)

    def _choose(self, rows: Rows, random: np.random.Generator) -> Integers:
        if random.random() < ANYWHERE_SHARE:
            return random.permutation(len(rows))[: _free_count(random)]
        return _nearest(self._distances(rows, int(random.integers(len(rows)))), random)

    def _choose_near_lack(self, dived: Dived, random: np.random.Generator) -> Integers:
        """Choose cars that are near a place with a lack when it lacks; cars that hand over there are among them."""
        row, sector = random.choice(np.argwhere(dived.lacks > 0))
        there = dived.rows[:, np.searchsorted(self._crew.kinds.row_begin, row, side="right") - 1]
        far = self._instance.minutes.max() * 2
        return _nearest(np.where(there == NOWHERE, far, self._instance.minutes[there, sector]), random)

    def _distances(self, rows: Rows, car: int) -> Floats:
        """Return the mean minutes between a car and each other one, shape (n,), over the periods that both drive."""
        both = (rows != NOWHERE) & (rows[car] != NOWHERE)
        minutes = np.where(both, self._instance.minutes[rows[car], rows], 0.0).sum(axis=1)
        distances: Floats = minutes / np.maximum(both.sum(axis=1), 1)
        return distances

    def _dive(
        self, rows: Rows, free: Integers, prices: Floats, sweeps: int, at_once: int, budget: Budget
    ) -> Dived | None:
        rows, prices, left = rows.copy(), prices.copy(), [*free]
        needs = self._crew.left_over(rows, np.setdiff1d(self._everyone, free))
        sizes = np.bincount(self._kind_of[free], minlength=len(self._crew.members))
        while left:
            for _ in range(sweeps):
                if budget.over:
                    return None
                self._cars.sweep(prices, np.maximum(needs, 0.0), sizes)
            for _ in range(min(at_once, len(left))):
                shift = self._cars.likeliest(sizes)
                if shift is None:
                    return None
                kind, path = shift
                car = next(car for car in left if self._kind_of[car] == kind)
                left.remove(car)
                sizes[kind] -= 1
                rows[car] = path
            fixed = np.setdiff1d(self._everyone, left)
            needs = self._crew.left_over(rows, fixed)
        return self._dived(rows, needs)

    def _dived(self, rows: Rows, needs: Floats) -> Dived:
        lacks = np.where(self._crew.signs[:, np.newaxis] > 0, needs, np.maximum(-needs, 0.0))
        return Dived(rows, lacks, measure(self._instance, rows).objective)


def _nearest(distances: Floats, random: np.random.Generator) -> Integers:
    noise = random.exponential(NEARNESS_NOISE * max(float(distances.mean()), 1e-9), len(distances))
    return np.argsort(distances + noise, kind="stable")[: _free_count(random)]


def _free_count(random: np.random.Generator) -> int:
    return int(random.integers(LEAST_FREE, MOST_FREE + 1))
