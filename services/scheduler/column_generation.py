"""Column generation: the linear program of whole shifts solved to its optimum, with a proved bound in every round.

Shifts drawn at random at settled prices are the first columns. In every round the master's prices, drawn toward those
of the best bound so far (P. Wentges, Int. Trans. Opl. Res. 4 (1997) 151), give each kind's cheapest shift and a bound.
"""

import numpy as np

from services.scheduler.budget import Budget
from services.scheduler.instance import Rows
from services.scheduler.master import Master
from services.scheduler.prices import Pricer
from services.scheduler.shift_kinds import Crew, Floats
from services.scheduler.soft_cars import SoftCars

FIRST_SHIFTS = 60
"""Shifts drawn for each kind to begin with."""

SMOOTHING = (0.8, 0.5, 0.2, 0.0)
"""Shares of the prices of the best bound; the next is tried where no column is new."""

CLOSE = 1e-5
"""Share of the bound by which the master may be above it at the end."""


DOUBT = 1e-7
"""Share of what all needs are worth, up to which a bound may be a matter of rounding."""


class ColumnGeneration:
    """The linear program of a crew on its way to the optimum.

    Attributes
    ----------
    bound
        Best bound so far; infinite if a kind has no shift.
    prices
        Those of the bound, shape (R, m).
    done
        Whether the optimum is reached, or no better bound can be had.
    """

    def __init__(self, crew: Crew, prices: Floats, budget: Budget, seed: int) -> None:
        self._crew, self._pricer = crew, Pricer(crew)
        self._master = Master(crew, budget, seed)
        self.bound, self.prices = self._pricer.price(prices).bound, prices
        self.done = self.bound == np.inf

    @property
    def clashes(self) -> bool:
        """Whether the bound is above zero beyond doubt: without costs that proves that no shifts meet the needs."""
        weight = float((self.prices * self._crew.needs).sum())
        return self.bound > DOUBT * max(1.0, weight)

    def add_drawn(self, cars: SoftCars, seed: int) -> None:
        """Add shifts that soft cars draw."""
        random = np.random.default_rng(seed)
        for kind in range(len(self._crew.members)):
            for _ in range(FIRST_SHIFTS):
                path = cars.draw(kind, random)
                if path is not None:
                    self._master.add(kind, path)

    def add_schedule(self, rows: Rows) -> None:
        """Add the shifts of a schedule, shape (n, T)."""
        for kind, cars in enumerate(self._crew.members):
            for car in cars:
                self._master.add(kind, rows[car])

    def advance(self, round_count: int, budget: Budget) -> None:
        """Do so many rounds, fewer where the optimum is reached or the budget ends."""
        for _ in range(round_count):
            if self.done or budget.over:
                return
            solved = self._master.solve(budget)
            if solved is None:
                self.done = True
                return
            objective, prices = solved
            added = self._price_toward(prices)
            self.done = not added or objective - self.bound <= CLOSE * abs(objective)

    def _price_toward(self, prices: Floats) -> bool:
        """Price at mixtures of some prices and the best ones until a column is new; return whether one was."""
        centre = self.prices
        for share in SMOOTHING:
            mixed = share * centre + (1 - share) * prices
            priced = self._pricer.price(mixed)
            if priced.bound > self.bound:
                self.bound, self.prices = priced.bound, mixed
            added = [self._master.add(kind, path) for kind, path in enumerate(priced.paths)]
            if any(added):
                return True
        return False
