"""Where cars are stationed through a span: a timetable by periods, with breaks, and the changes that make it up."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from services.demand.arrays import FloatArray, IntArray
from services.demand.simulator.records import CHANGE, OFF_DUTY, ON_BREAK, Records


@dataclass(frozen=True)
class Break:
    """A break of a car, minutes of the span."""

    car: int
    start_minute: float
    end_minute: float

    def __post_init__(self) -> None:
        if not 0 <= self.start_minute < self.end_minute:
            raise ValueError(f"Expected 0 <= start_minute < end_minute, got {self.start_minute}, {self.end_minute}.")


@dataclass(frozen=True, eq=False)
class Placement:
    """Where each car is stationed in each period; the last period goes on until every call is served.

    Parameters
    ----------
    sectors
        Shape (n_periods, n_cars): index of the sector, or `OFF_DUTY`.
    period_minutes
        Length of a period.
    breaks
        When cars take no calls. A break that a call delays ends when it should have ended; a car that comes on duty
        within its break comes at the end of it; the end of duty ends a break. Those of a car do not overlap.
    skills
        Shape (n_cars,): a bit per capability; None: no car has any.
    busy_until
        Shape (n_cars,): minute at which a car is back from a call of the shift before; None: all are.
    """

    sectors: IntArray
    period_minutes: float
    breaks: tuple[Break, ...] = ()
    skills: IntArray | None = None
    busy_until: FloatArray | None = None

    def __post_init__(self) -> None:
        if self.sectors.ndim != 2 or not self.sectors.shape[0]:
            raise ValueError(f"Expected sectors of shape (n_periods, n_cars), got {self.sectors.shape}.")
        if not self.period_minutes > 0:
            raise ValueError(f"Expected period_minutes above 0, got {self.period_minutes}.")
        self._check_breaks()

    def _check_breaks(self) -> None:
        by_car = sorted(self.breaks, key=lambda each: (each.car, each.start_minute))
        if any(not 0 <= each.car < self.car_count for each in by_car):
            raise ValueError(f"Expected breaks of cars 0 to {self.car_count - 1}.")
        for one, other in pairwise(by_car):
            if one.car == other.car and other.start_minute < one.end_minute:
                raise ValueError(f"Breaks of car {one.car} overlap: from {one.start_minute} and {other.start_minute}.")

    @property
    def period_count(self) -> int:
        """Number of periods."""
        return len(self.sectors)

    @property
    def car_count(self) -> int:
        """Number of cars."""
        return int(self.sectors.shape[1])

    def duty_minutes(self, from_minute: float, to_minute: float) -> float:
        """Minutes on duty of all cars together within [from_minute, to_minute), breaks included."""
        starts = self._start_minutes
        ends = np.append(starts[1:], max(to_minute, starts[-1]))
        overlaps: FloatArray = np.clip(np.minimum(ends, to_minute) - np.maximum(starts, from_minute), 0, None)
        return float(overlaps @ np.count_nonzero(self.sectors != OFF_DUTY, axis=1))

    @property
    def changes(self) -> Records:
        """Every change after minute 0, by minute and car."""
        periods, cars = np.nonzero(self.sectors[1:] != self.sectors[:-1])
        turns = np.zeros(len(periods), CHANGE)
        turns["minute"] = self._start_minutes[periods + 1]
        turns["car"] = cars
        turns["sector"] = self.sectors[periods + 1, cars]
        changes = self._interrupt(turns) if self.breaks else turns
        by_car = np.lexsort((changes["minute"], changes["car"]))
        follows = changes["car"][by_car[1:]] == changes["car"][by_car[:-1]]
        changes["then_minute"] = np.inf
        changes["then_minute"][by_car[:-1][follows]] = changes["minute"][by_car[1:][follows]]
        return changes

    @property
    def first_stations(self) -> IntArray:
        """Sector that each car begins in, shape (n_cars,); any where it is off duty."""
        stations: IntArray = np.maximum(self.sectors[0], 0)
        return stations

    @property
    def first_sectors(self) -> IntArray:
        """What the timetable says of each car at minute 0, shape (n_cars,)."""
        first: IntArray = self.sectors[0].copy()
        for each in self.breaks:
            if each.start_minute == 0 and first[each.car] != OFF_DUTY:
                first[each.car] = ON_BREAK
        return first

    def _interrupt(self, turns: Records) -> Records:
        """Let breaks begin and end; turns within a break count from its end on."""
        kept = np.ones(len(turns), bool)
        added = []
        for each in self.breaks:
            within = (turns["minute"] > each.start_minute) & (turns["minute"] < each.end_minute)
            kept &= ~((turns["car"] == each.car) & within & (turns["sector"] != OFF_DUTY))
            after = self._sector_at(each.car, each.end_minute)
            if self._sector_at(each.car, each.start_minute) != OFF_DUTY and each.start_minute > 0:
                added.append((each.start_minute, np.inf, each.car, ON_BREAK))
            if after != OFF_DUTY:
                added.append((each.end_minute, np.inf, each.car, after))
        changes = np.concatenate([turns[kept], np.array(added, CHANGE)])
        order: IntArray = np.lexsort((changes["sector"] == ON_BREAK, changes["car"], changes["minute"]))
        return changes[order]

    def _sector_at(self, car: int, minute: float) -> int:
        period = np.searchsorted(self._start_minutes, minute, side="right") - 1
        return int(self.sectors[period, car])

    @property
    def _start_minutes(self) -> FloatArray:
        """When periods begin, shape (n_periods,)."""
        return np.arange(self.period_count, dtype=np.float64) * self.period_minutes


def static_placement(cars: IntArray, span_minutes: float) -> Placement:
    """Place ``cars[l]`` cars in sector l for the whole span.

    >>> static_placement(np.array([2, 0, 1]), 60.0).sectors
    array([[0, 0, 2]])
    """
    return Placement(np.repeat(np.arange(len(cars)), cars)[np.newaxis, :], span_minutes)
