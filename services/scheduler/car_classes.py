"""Groups cars that are interchangeable, so that the exact model counts cars instead of naming them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.scheduler.instance import NOWHERE, Instance


@dataclass(frozen=True, eq=False)
class Origin:
    """Cars of a class that come from the same place: where they start and what they drove before.

    Attributes
    ----------
    cars
        Indices of the cars.
    start
        Start sector, or `NOWHERE`.
    before
        Sectors of the periods before their first, oldest first; `NOWHERE` where off duty or unknown.
    """

    cars: npt.NDArray[np.int64]
    start: int
    before: npt.NDArray[np.int64]

    def sector_ago(self, periods: int) -> int:
        """Return the sector so many periods before the first period, `NOWHERE` if unknown."""
        return int(self.before[-periods]) if periods <= len(self.before) else NOWHERE

    @property
    def run_length(self) -> int:
        """Periods in a row, up to the last one before the first, in the same sector."""
        if self.sector_ago(1) == NOWHERE:
            return 0
        different = np.flatnonzero(self.before[::-1] != self.before[-1])
        return int(different[0]) if len(different) else len(self.before)


@dataclass(frozen=True, eq=False)
class CarClass:
    """Cars with the same home, duty, breaks, pins and bans. Start and history belong to their origins.

    Attributes
    ----------
    cars
        Indices of the cars.
    home
        Index into ``Instance.costs``.
    allowed, available
        As in `Instance`, of one car: shapes (T, m) and (T, Q).
    first_period, last_period
        Periods on duty, inclusive.
    origins
        Where the cars come from.
    """

    cars: npt.NDArray[np.int64]
    home: int
    allowed: npt.NDArray[np.bool_]
    available: npt.NDArray[np.bool_]
    first_period: int
    last_period: int
    origins: tuple[Origin, ...]


def group_cars(instance: Instance) -> list[CarClass]:
    """Return the classes of interchangeable cars, in the order of their first car."""
    return [_car_class(instance, cars) for cars in _groups(instance, np.arange(instance.car_count), _class_key)]


def cars_on_duty_together_are_alike(instance: Instance) -> bool:
    """Return whether all cars with the same duty are interchangeable and nothing looks at a single car's travel."""
    classes = group_cars(instance)
    duties = {(car_class.first_period, car_class.last_period) for car_class in classes}
    return instance.fairness_weight == 0 and len(duties) == len(classes)


def separate_cars(instance: Instance) -> list[CarClass]:
    """Return one class per car, for objectives that see single cars."""
    return [_car_class(instance, np.array([car])) for car in range(instance.car_count)]


def _class_key(instance: Instance, car: int) -> bytes:
    parts = (instance.active[car], instance.allowed[car], instance.available[car])
    return bytes(instance.home[car].tobytes() + b"".join(part.tobytes() for part in parts))


def _origin_key(instance: Instance, car: int) -> bytes:
    return bytes(instance.start[car].tobytes() + _before_first(instance, car).tobytes())


def _groups(
    instance: Instance, cars: npt.NDArray[np.int64], key: Callable[[Instance, int], bytes]
) -> list[npt.NDArray[np.int64]]:
    groups: dict[bytes, list[int]] = {}
    for car in cars:
        groups.setdefault(key(instance, car), []).append(int(car))
    return [np.array(group) for group in groups.values()]


def _before_first(instance: Instance, car: int) -> npt.NDArray[np.int64]:
    """Shift the history to the car's first period: periods off duty in between are nowhere."""
    off_duty = np.full(int(instance.first_period[car]), NOWHERE)
    return np.concatenate([instance.before[car], off_duty])


def _car_class(instance: Instance, cars: npt.NDArray[np.int64]) -> CarClass:
    car = int(cars[0])
    origins = tuple(
        Origin(group, int(instance.start[group[0]]), _before_first(instance, int(group[0])))
        for group in _groups(instance, cars, _origin_key)
    )
    return CarClass(
        cars=cars,
        home=int(instance.home[car]),
        allowed=instance.allowed[car],
        available=instance.available[car],
        first_period=int(instance.first_period[car]),
        last_period=int(instance.last_period[car]),
        origins=origins,
    )
