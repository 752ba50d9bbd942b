"""A relaxation with few classes: cars that share their duty are treated as if each had the best of all of them.

Its optimum is a lower bound of the objective: every schedule is a solution of it that costs no more. It drops single
breaks, homes, pins and bans, and of fairness it keeps that the largest travel of a car is at least the mean.
"""

from dataclasses import replace

import numpy as np

from services.scheduler.car_classes import CarClass, group_cars
from services.scheduler.instance import Instance
from services.scheduler.linear_program import Floats


def aggregate_classes(instance: Instance) -> list[CarClass]:
    """Return one class per distinct first and last period; its `home` is its place in `aggregate_costs`."""
    by_duty: dict[tuple[int, int], list[CarClass]] = {}
    for car_class in group_cars(instance):
        by_duty.setdefault((car_class.first_period, car_class.last_period), []).append(car_class)
    return [_union(classes, home) for home, classes in enumerate(by_duty.values())]


def aggregate_costs(instance: Instance, classes: list[CarClass]) -> Floats:
    """Return the least any car of each class counts for a drive, shape (n_classes, m, m)."""
    return np.stack([instance.costs[np.unique(instance.home[c.cars])].min(axis=0) for c in classes])


def is_exact(instance: Instance, classes: list[CarClass]) -> bool:
    """Return whether the relaxation is the problem itself."""
    return instance.fairness_weight == 0 and len(classes) == len(group_cars(instance))


def _union(classes: list[CarClass], home: int) -> CarClass:
    return replace(
        classes[0],
        cars=np.concatenate([car_class.cars for car_class in classes]),
        home=home,
        allowed=np.any([car_class.allowed for car_class in classes], axis=0),
        available=np.any([car_class.available for car_class in classes], axis=0),
        origins=tuple(origin for car_class in classes for origin in car_class.origins),
    )
