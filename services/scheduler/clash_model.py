"""Tells whether some parts of a problem can hold together, on as few periods as that takes."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from services.scheduler.budget import Budget
from services.scheduler.car_classes import group_cars
from services.scheduler.flow_model import build_flow_model
from services.scheduler.highs import ProgramStatus
from services.scheduler.instance import NOWHERE, Instance, compile_instance
from services.scheduler.pricing import solve_by_pricing
from services.scheduler.problem import Problem
from services.scheduler.rules import CLASHES, CONSTRAINTS, history, max_per_sector
from services.scheduler.rules.clash import Clash


class ClashModel:
    """A problem and all its parts that can be dropped.

    Attributes
    ----------
    everything
        The parts, in the order in which they are told.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.everything = [clash for find in CLASHES for clash in find(problem)]
        self._cap = compile_instance(problem).cap

    def clash(self, kept: Sequence[Clash], window: range | None, budget: Budget) -> bool:
        """Return whether it is proved within the budget that some parts cannot hold together.

        Parameters
        ----------
        kept
            The parts; all others are dropped.
        window
            Periods to look at, where the parts are already known to clash if they do so there; None: as many as
            matter, so that a proof is found if there is one.
        """
        relaxed = self.problem
        identities = {id(clash) for clash in kept}
        for part in self.everything:
            if id(part) not in identities:
                relaxed = part.relax(relaxed)
        instance = compile_instance(relaxed)
        # Without the demand of a period the cap must not shrink, or dropping a part would make the problem harder.
        instance = replace(instance, cap=np.maximum(instance.cap, self._cap))
        instance = _only_feasibility(instance, window or self._periods_that_matter(kept))
        return _has_no_schedule(instance, budget)

    def _periods_that_matter(self, kept: Sequence[Clash]) -> range:
        """Return the periods from the first to the last with a part; a car without rules has somewhere to go beyond."""
        count = len(self.problem.demand)
        periods = [period for clash in kept for period in clash.periods]
        rules = {clash.rule for clash in kept}
        if not periods or max_per_sector.NAME in rules or len(self.problem.sectors) < 2:
            return range(count)
        return range(0 if history.NAME in rules else min(periods), max(periods) + 1)


def _only_feasibility(instance: Instance, window: range) -> Instance:
    """Return the cars and periods of a window, without anything that only costs."""
    span = slice(window.start, window.stop)
    cars = instance.active[:, span].any(axis=1)
    size = instance.sector_count
    return replace(
        instance,
        costs=np.zeros((1, size, size)),
        home=np.zeros(int(cars.sum()), dtype=np.int64),
        start=np.full(int(cars.sum()), NOWHERE),
        before=instance.before[cars] if window.start == 0 else instance.before[cars, :0],
        allowed=instance.allowed[cars, span],
        on_duty=instance.on_duty[cars, span],
        available=instance.available[cars, span],
        demand=instance.demand[span],
        cap=instance.cap[span],
        fairness_weight=0.0,
    )


def _has_no_schedule(instance: Instance, budget: Budget) -> bool:
    if instance.lacks_cars:
        return True
    if not instance.car_count:
        return False
    model = build_flow_model(instance, group_cars(instance), instance.costs, CONSTRAINTS)
    result = solve_by_pricing(model.program, budget, 0, None, lambda _incumbent, _bound: None)
    return result.status is ProgramStatus.INFEASIBLE
