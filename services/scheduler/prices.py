r"""Prices of places: a bound for problems of many kinds of cars, and what guides cars to a good schedule.

Demand is all that ties the cars together. With a price λ ≥ 0 on each place that needs cars (period, leanest quarter
hours, sector), every schedule counts at least

    L(λ) = Σ λ d + Σ_cars min over shifts of (what its drives count - Σ λ of the places that it covers)

and each car's least is found by dynamic programming with all its own rules. Prices rise where too few cars would go and
fall where too many would (subgradient steps of Polyak's length); the largest L is as good a bound as the linear program
of all classes. A longest stay and the cap are left out, and of fairness stays that the largest travel of a car is at
least the mean: both only lower the bound.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.scheduler import price_kernel
from services.scheduler.car_classes import CarClass, Origin, group_cars
from services.scheduler.instance import NOWHERE, Instance
from services.scheduler.rules.cover import leanest_quarters

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MOMENTUM = 0.8
"""Share of the last direction that is kept."""

FIRST_STEP = 0.25
STEP_SHRINKAGE = 0.9
PATIENCE = 15
"""Steps without a better bound after which steps get shorter."""

GUESS = 0.1
"""Without a schedule to aim at, the optimum is guessed this share above the best bound."""


@dataclass(frozen=True, eq=False)
class CarKind:
    """Cars that are alike in all respects, and the costs of their shifts at the latest prices.

    `to_go` (T, m, m) and `entry` (m,) are as in `price_kernel`; `covers` (n_rows,) tells where the cars count.
    """

    cars: Integers
    cost: Floats
    from_start: Floats
    car_class: CarClass
    before: Integers
    covers: npt.NDArray[np.bool_]
    to_go: Floats
    entry: Floats
    path: Integers

    @property
    def span(self) -> Integers:
        """First and last period."""
        return np.array([self.car_class.first_period, self.car_class.last_period])


class Prices:
    """Prices of an instance and the best bound that they have proved.

    Attributes
    ----------
    kinds
        The cars, with costs to go at the latest prices.
    bound
        Best bound so far, minus infinity at first.
    """

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        patterns = [leanest_quarters(instance.available[:, period]) for period in range(instance.period_count)]
        self._period = np.repeat(np.arange(instance.period_count), [len(pattern) for pattern in patterns])
        self._covers = np.concatenate(patterns)
        self._demand = instance.demand[self._period].astype(np.float64)
        self.kinds = [
            self._kind(car_class, origin) for car_class in group_cars(instance) for origin in car_class.origins
        ]
        self._prices = np.zeros(self._demand.shape)
        self._direction = np.zeros(self._demand.shape)
        self._step, self._waited = FIRST_STEP, 0
        self.bound = -np.inf

    def improve(self, objective: float) -> None:
        """Take one step; `objective` is of the best schedule so far, infinite without one.

        The bound is infinite if a car has no shift that its own rules allow.
        """
        value = float((self._prices * self._demand).sum())
        shortage = self._demand.copy()
        for kind in self.kinds:
            counted = self._cheapest_shift(kind)
            if counted == np.inf:
                self.bound = np.inf
                return
            value += counted * len(kind.cars)
            rows = np.flatnonzero(kind.covers)
            shortage[rows, kind.path[self._period[rows]]] -= len(kind.cars)
        self._waited = 0 if value > self.bound else self._waited + 1
        self.bound = max(self.bound, value)
        if self._waited == PATIENCE:
            self._step, self._waited = self._step * STEP_SHRINKAGE, 0
        aim = objective if objective < np.inf else self.bound + GUESS * abs(self.bound) + 1
        self._move(aim - value, shortage)

    def _move(self, missing: float, shortage: Floats) -> None:
        self._direction = MOMENTUM * self._direction + shortage
        direction = np.where((self._prices <= 0) & (self._direction < 0), 0.0, self._direction)
        length = self._step * max(missing, 0.0) / max(float((shortage**2).sum()), 1e-9)
        self._prices = np.maximum(self._prices + length * direction, 0.0)

    def _cheapest_shift(self, kind: CarKind) -> float:
        """Fill in a kind's costs to go and its cheapest shift; return what that counts less the prices."""
        car_class, span, no_return = kind.car_class, kind.span, self._instance.no_return
        price = np.zeros(self._instance.demand.shape)
        np.subtract.at(price, self._period[kind.covers], self._prices[kind.covers])
        price_kernel.fill_to_go(kind.to_go, kind.cost, price, car_class.allowed, span[0], span[1], no_return)
        first_cost = kind.from_start + price[span[0]]
        price_kernel.fill_entry(kind.entry, kind.to_go, first_cost, car_class.allowed, kind.before, span, no_return)
        price_kernel.follow(kind.path, kind.entry, kind.to_go, kind.before, span, no_return)
        return float(kind.entry.min())

    def _kind(self, car_class: CarClass, origin: Origin) -> CarKind:
        instance = self._instance
        fair = instance.fairness_weight / instance.car_count
        cost = instance.costs[car_class.home] + fair * instance.minutes
        sectors = instance.sector_count
        return CarKind(
            cars=origin.cars,
            cost=cost,
            from_start=np.zeros(sectors) if origin.start == NOWHERE else cost[origin.start],
            car_class=car_class,
            before=np.array([origin.sector_ago(1), origin.sector_ago(2)]),
            covers=self._covers[:, origin.cars[0]],
            to_go=np.zeros((instance.period_count, sectors, sectors)),
            entry=np.zeros(sectors),
            path=np.full(instance.period_count, NOWHERE),
        )
