"""What a schedule costs: travel of each car and the objective that every engine minimises."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.scheduler.instance import NOWHERE, Instance, Rows


@dataclass(frozen=True, eq=False)
class Measure:
    """Costs of one schedule.

    Attributes
    ----------
    travel_minutes
        Plain minutes of each car, shape (n,), from its start sector on.
    objective
        Sum over cars of what their drives count, plus the fairness weight times the largest travel of a car.
    """

    travel_minutes: npt.NDArray[np.float64]
    objective: float


def measure(instance: Instance, rows: Rows) -> Measure:
    """Measure a schedule, shape (n, T)."""
    path = np.column_stack([instance.start, rows])
    origin, target = path[:, :-1], path[:, 1:]
    # A car that comes on duty late drives from its start sector to its first sector.
    first = np.arange(instance.period_count) == instance.first_period[:, np.newaxis]
    origin = np.where(first, instance.start[:, np.newaxis], origin)
    drives = (origin != NOWHERE) & (target != NOWHERE)
    minutes = np.where(drives, instance.minutes[origin, target], 0.0).sum(axis=1)
    counted = instance.costs[instance.home[:, np.newaxis], origin, target][drives]
    largest = float(minutes.max(initial=0.0))
    return Measure(minutes, math.fsum(counted) + instance.fairness_weight * largest)
