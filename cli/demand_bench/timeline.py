"""Deployments on a timeline of weeks, and how often they fail in each week."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from services.demand.arrays import BoolArray, FloatArray, IntArray
from services.demand.intervals import Interval, ratio_interval
from services.demand.optimiser.stations import station_cars
from services.demand.simulator.case import DispatchCase
from services.demand.simulator.placement import Placement
from services.demand.simulator.simulate import Outcome
from services.demand.superpose import WEEK_MINUTES


@dataclass(frozen=True, eq=False)
class ShiftCars:
    """Cars of one shift per block and sector, shape (n_blocks, n_sectors); `start_minute` may be negative.

    The last block is shorter where `block_minutes` does not divide `minutes`.
    """

    start_minute: int
    minutes: int
    block_minutes: int
    cars: IntArray

    @property
    def blocks(self) -> Iterator[tuple[int, int, IntArray]]:
        """Start and end minute of every block, and its cars per sector."""
        for number, cars in enumerate(self.cars):
            first = number * self.block_minutes
            yield self.start_minute + first, self.start_minute + min(first + self.block_minutes, self.minutes), cars


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
    blocks = [block for shift in shifts for block in shift.blocks]
    span = int(case.calls.span_minutes)
    period_minutes = math.gcd(span, *(turn for start, end, _ in blocks for turn in (start, end)))
    cars = np.zeros((span // period_minutes, case.sector_count), np.int64)
    for start, end, in_sectors in blocks:
        cars[max(start, 0) // period_minutes : max(end, 0) // period_minutes] = in_sectors
    return station_cars(cars, case.between_minutes, period_minutes)


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
    return relative_change(measured.failures, reference.failures, seed, block_length)


def relative_change(failures: FloatArray, reference: FloatArray, seed: int, block_length: int = 1) -> Interval:
    """Return Σ failures / Σ reference - 1 with its interval; infinite where only the reference has none.

    Parameters
    ----------
    failures, reference
        Of the same weeks or scenarios, shape (n_units,).
    block_length
        Units that depend on each other, as for `ratio_interval`.
    """
    if not reference.any():
        none = math.inf if failures.any() else 0.0
        return Interval(none, none, none)
    ratio = ratio_interval(failures, reference, seed, block_length)
    return Interval(ratio.value - 1, ratio.low - 1, ratio.high - 1)
