"""What is replayed (calls with the travel to them) and against what (a placement of cars)."""

from dataclasses import dataclass, replace

import numpy as np

from services.demand.arrays import BoolArray, FloatArray, IntArray
from services.demand.calls import CallSet
from services.demand.travel.times import TravelTimes

OFF_DUTY = -1
"""Stands for a sector where a car is off duty."""


@dataclass(frozen=True, eq=False)
class DispatchCase:
    """Calls, and the minutes between them and the sectors.

    Parameters
    ----------
    to_call_minutes
        Shape (n_calls, n_sectors): from the sector's centre to the call, at the speed of the call's priority.
    from_call_minutes
        Shape (n_calls, n_sectors): from the call to the sector's centre, normal driving.
    between_minutes
        Shape (n_sectors, n_sectors): between centres, normal driving, row = from.
    """

    calls: CallSet
    to_call_minutes: FloatArray
    from_call_minutes: FloatArray
    between_minutes: FloatArray

    @property
    def sector_count(self) -> int:
        """Number of sectors."""
        return len(self.between_minutes)

    @property
    def reachable(self) -> BoolArray:
        """True for calls that a car can drive to from some sector and from there to some sector; shape (n_calls,)."""
        nearest_minutes = self.to_call_minutes.min(axis=1, initial=np.inf)
        way_back_minutes = self.from_call_minutes.min(axis=1, initial=np.inf)
        reachable: BoolArray = np.isfinite(nearest_minutes + way_back_minutes)
        return reachable

    def first_scenarios(self, count: int) -> "DispatchCase":
        """Take the first `count` scenarios."""
        end = int(self.calls.first_call[count])
        return replace(
            self,
            calls=self.calls.first_scenarios(count),
            to_call_minutes=self.to_call_minutes[:end],
            from_call_minutes=self.from_call_minutes[:end],
        )


def measure_travel(calls: CallSet, travel: TravelTimes) -> DispatchCase:
    """Look up the minutes between all calls and all sectors."""
    return DispatchCase(
        calls=calls,
        to_call_minutes=travel.to_points(calls.latitude, calls.longitude, calls.urgent),
        from_call_minutes=travel.from_points(calls.latitude, calls.longitude),
        between_minutes=travel.between_sectors(urgent=False),
    )


@dataclass(frozen=True, eq=False)
class Placement:
    """Where each car is stationed in each period; the last period goes on until every call is served.

    Parameters
    ----------
    sectors
        Shape (n_periods, n_cars): index of the sector, or `OFF_DUTY`.
    period_minutes
        Length of a period.
    """

    sectors: IntArray
    period_minutes: float

    def __post_init__(self) -> None:
        if self.sectors.ndim != 2 or not self.sectors.shape[0]:
            raise ValueError(f"Expected sectors of shape (n_periods, n_cars), got {self.sectors.shape}.")
        if not self.period_minutes > 0:
            raise ValueError(f"Expected period_minutes above 0, got {self.period_minutes}.")

    @property
    def period_count(self) -> int:
        """Number of periods."""
        return len(self.sectors)

    @property
    def duty_minutes(self) -> float:
        """Minutes on duty of all cars together, within the periods."""
        return float(np.count_nonzero(self.sectors != OFF_DUTY) * self.period_minutes)


def static_placement(cars: IntArray, span_minutes: float) -> Placement:
    """Place ``cars[l]`` cars in sector l for the whole span.

    >>> static_placement(np.array([2, 0, 1]), 60.0).sectors
    array([[0, 0, 2]])
    """
    return Placement(np.repeat(np.arange(len(cars)), cars)[np.newaxis, :], span_minutes)
