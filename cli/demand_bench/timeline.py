"""Deployments on a timeline of weeks, and how often they fail in each week."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.demand.arrays import BoolArray, FloatArray, IntArray
from services.demand.intervals import Interval, ratio_interval
from services.demand.optimiser.stations import station_cars
from services.demand.simulator.case import DispatchCase
from services.demand.simulator.placement import Placement
from services.demand.simulator.simulate import Outcome
from services.demand.superpose import WEEK_MINUTES

PERIOD_MINUTES = 30


@dataclass(frozen=True, eq=False)
class ShiftCars:
    """Cars of one shift per block and sector, shape (n_blocks, n_sectors); `start_minute` may be negative."""

    start_minute: int
    minutes: int
    cars: IntArray


@dataclass(frozen=True, eq=False)
class Measured:
    """What a deployment came to on a timeline: by week, failures and calls of some part of the calls."""

    failures: FloatArray
    calls: FloatArray
    mean_response_minutes: float
    utilisation: float
    moves_per_day: float

    @property
    def failure_rate(self) -> float:
        """Share of the calls late or never answered."""
        return float(self.failures.sum() / max(self.calls.sum(), 1.0))


def place_shifts(shifts: Sequence[ShiftCars], case: DispatchCase) -> Placement:
    """Station the cars of shifts that follow each other; at a turn they drive on with the least travel."""
    period_count = int(case.calls.span_minutes // PERIOD_MINUTES)
    cars = np.zeros((period_count, case.sector_count), np.int64)
    for shift in shifts:
        block_minutes = shift.minutes // len(shift.cars)
        first = shift.start_minute // PERIOD_MINUTES
        for period in range(max(first, 0), min(first + shift.minutes // PERIOD_MINUTES, period_count)):
            since = period * PERIOD_MINUTES - shift.start_minute
            cars[period] = shift.cars[min(since // block_minutes, len(shift.cars) - 1)]
    return station_cars(cars, case.between_minutes, PERIOD_MINUTES)


def measure(case: DispatchCase, outcome: Outcome, chosen: BoolArray | None = None) -> Measured:
    """Count failures by week, of all calls or those chosen."""
    chosen = np.ones(case.calls.call_count, bool) if chosen is None else chosen
    weeks = (case.calls.minute // WEEK_MINUTES).astype(np.int64)
    week_count = int(case.calls.span_minutes // WEEK_MINUTES)
    late = chosen & ~outcome.within_target
    answered = chosen & outcome.answered
    return Measured(
        failures=np.bincount(weeks, late, week_count).astype(np.float64),
        calls=np.bincount(weeks, chosen, week_count).astype(np.float64),
        mean_response_minutes=float(outcome.response_minutes[answered].mean()) if answered.any() else float("nan"),
        utilisation=outcome.utilisation,
        moves_per_day=outcome.moves / (week_count * 7),
    )


def change(measured: Measured, reference: Measured, copies: int, seed: int) -> Interval:
    """Return failures over the reference's, less one, with a paired interval over weeks.

    Weeks laid over each other share calls with their neighbours: runs of as many weeks as copies are drawn.
    """
    block_length = min(copies, len(measured.failures))
    interval = ratio_interval(measured.failures, reference.failures, seed, block_length)
    return Interval(interval.value - 1, interval.low - 1, interval.high - 1)
