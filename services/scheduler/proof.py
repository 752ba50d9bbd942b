"""Proofs for many kinds of cars: the flow model of the drives that a better schedule may have, on HiGHS.

At the best prices a schedule with a shift through some drive counts at least the bound and the drive's excess. So what
is above the best schedule so far is left out, and the optimum of the rest, or that schedule, is the optimum.
"""

import numpy as np

from services.scheduler import rules
from services.scheduler.budget import Budget
from services.scheduler.car_classes import CarClass, group_cars, separate_cars
from services.scheduler.flow_model import ClassColumns, FlowModel, build_flow_model
from services.scheduler.highs import MipResult, MipStart, run_mip
from services.scheduler.highs_run import OnProgress
from services.scheduler.instance import Instance
from services.scheduler.linear_program import Floats, Indices
from services.scheduler.paths import path_flow
from services.scheduler.prices import Pricer
from services.scheduler.shift_kinds import Crew
from services.scheduler.solution import Solution

TOLERANCE = 1e-6


class Proof:
    """The drives that a schedule better than one known may have.

    Attributes
    ----------
    drive_count
        How many there are over all classes.
    """

    def __init__(self, instance: Instance, crew: Crew, prices: Floats, best: Solution) -> None:
        self._instance, self._best = instance, best
        self._classes = separate_cars(instance) if instance.fairness_weight else group_cars(instance)
        pricer = Pricer(crew)
        slack = best.objective - pricer.price(prices).bound
        self._kept = [_kept_drives(crew, pricer, prices, car_class, slack) for car_class in self._classes]
        self.drive_count = sum(int(drives.sum()) for _, drives in self._kept)

    def run(self, budget: Budget, seed: int, on_progress: OnProgress) -> tuple[FlowModel, MipResult]:
        """Solve the model as far as the budget allows; its bound holds for better schedules than the best only."""
        model = build_flow_model(self._instance, self._classes, self._instance.costs, rules.CONSTRAINTS)
        uppers = model.program.uppers.copy()
        for columns, (entries, drives) in zip(model.classes, self._kept, strict=True):
            _leave_out(uppers, columns, entries, drives)
        start = None
        if self._best.rows is not None:
            start = MipStart(path_flow(model, self._best.rows), self._best.objective)
        return model, run_mip(model.program, uppers, budget, seed, start, on_progress)


def _kept_drives(
    crew: Crew, pricer: Pricer, prices: Floats, car_class: CarClass, slack: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return which first drives of each origin, and which drives, are kept, shapes (n_origins, m) and (T - 1, m, m)."""
    excess = [pricer.excess(prices, int(crew.kind_of[origin.cars[0]])) for origin in car_class.origins]
    limit = slack + TOLERANCE * max(1.0, abs(slack))
    entries = np.stack([of_entry for of_entry, _ in excess]) <= limit
    drives = np.min([of_drives for _, of_drives in excess], axis=0) <= limit
    return entries, drives & np.isfinite(np.min([of_drives for _, of_drives in excess], axis=0))


def _leave_out(uppers: Floats, columns: ClassColumns, entries: np.ndarray, drives: np.ndarray) -> None:
    for indices, kept in ((columns.entry, entries), (columns.move, drives)):
        dropped: Indices = indices[~kept]
        uppers[dropped[dropped >= 0]] = 0.0
