"""Rosters of crews, and the rules that they keep."""

from dataclasses import dataclass

import numpy as np

from services.demand.arrays import BoolArray, IntArray
from services.demand.simulator.placement import Placement
from services.demand.simulator.records import OFF_DUTY

STEP_MINUTES = 30
DAY_MINUTES = 1440
STEPS_PER_DAY = DAY_MINUTES // STEP_MINUTES


@dataclass(frozen=True, eq=False)
class Roster:
    """Crews that work the same hours every day, one car each; arrays of shape (n_crews,).

    Parameters
    ----------
    start_minutes
        Local minute of the day at which the crew begins, a multiple of 30.
    minutes
        How long it works, a multiple of 30, at most a day.
    sectors
        Where its car waits.
    """

    start_minutes: IntArray
    minutes: IntArray
    sectors: IntArray

    def __post_init__(self) -> None:
        if not ((self.start_minutes % STEP_MINUTES == 0) & (self.minutes % STEP_MINUTES == 0)).all():
            raise ValueError(f"Expected starts and lengths in steps of {STEP_MINUTES} minutes.")
        if not ((self.start_minutes >= 0) & (self.start_minutes < DAY_MINUTES)).all():
            raise ValueError("Expected starts of 0 to 1439 minutes.")
        if not ((self.minutes > 0) & (self.minutes <= DAY_MINUTES)).all():
            raise ValueError("Expected lengths of 30 to 1440 minutes.")

    @property
    def crew_count(self) -> int:
        """Number of crews."""
        return len(self.minutes)

    @property
    def car_hours(self) -> float:
        """Hours on duty of all crews in a day."""
        return float(self.minutes.sum() / 60)

    @property
    def on_duty(self) -> BoolArray:
        """Whether each crew is on duty in each half hour of the day, shape (48, n_crews)."""
        steps = np.arange(STEPS_PER_DAY)[:, np.newaxis] * STEP_MINUTES
        on_duty: BoolArray = (steps - self.start_minutes) % DAY_MINUTES < self.minutes
        return on_duty

    @property
    def kinds(self) -> IntArray:
        """The distinct pairs of start and length, shape (n_kinds, 2)."""
        return np.unique(np.column_stack((self.start_minutes, self.minutes)), axis=0)

    def without(self, crew: int) -> "Roster":
        """Leave a crew out."""
        return Roster(*(np.delete(column, crew) for column in (self.start_minutes, self.minutes, self.sectors)))

    def with_one(self, start_minute: int, minutes: int, sector: int) -> "Roster":
        """Add a crew."""
        return Roster(
            np.append(self.start_minutes, start_minute),
            np.append(self.minutes, minutes),
            np.append(self.sectors, sector),
        )


@dataclass(frozen=True)
class CrewRules:
    """What rosters must keep.

    Parameters
    ----------
    lengths_minutes
        How long a crew may work.
    earliest_start_minute, latest_start_minute
        Local minutes of the day between which crews may begin; the latest before the earliest: around midnight.
    most_kinds
        Most distinct pairs of start and length; 0: any number.
    fixed_crews
        The first so many crews of a roster keep their hours.
    """

    lengths_minutes: tuple[int, ...] = (720,)
    earliest_start_minute: int = 0
    latest_start_minute: int = DAY_MINUTES - STEP_MINUTES
    most_kinds: int = 0
    fixed_crews: int = 0

    def __post_init__(self) -> None:
        if not self.lengths_minutes or any(
            each % STEP_MINUTES or not 0 < each <= DAY_MINUTES for each in self.lengths_minutes
        ):
            raise ValueError(f"Expected lengths_minutes in steps of {STEP_MINUTES}, up to {DAY_MINUTES}.")
        for minute in (self.earliest_start_minute, self.latest_start_minute):
            if minute % STEP_MINUTES or not 0 <= minute < DAY_MINUTES:
                raise ValueError(
                    f"Expected starts in steps of {STEP_MINUTES} minutes below {DAY_MINUTES}, got {minute}."
                )
        if self.most_kinds < 0 or self.fixed_crews < 0:
            raise ValueError("Expected most_kinds and fixed_crews of at least 0.")

    @property
    def starts(self) -> IntArray:
        """The minutes of the day at which crews may begin."""
        span = (self.latest_start_minute - self.earliest_start_minute) % DAY_MINUTES
        starts: IntArray = (self.earliest_start_minute + np.arange(0, span + 1, STEP_MINUTES)) % DAY_MINUTES
        return starts

    def allow(self, roster: Roster) -> bool:
        """Tell whether a roster keeps the rules; fixed crews are free in start and length."""
        free = slice(self.fixed_crews, None)
        begin = bool(np.isin(roster.start_minutes[free], self.starts).all())
        last = bool(np.isin(roster.minutes[free], self.lengths_minutes).all())
        return begin and last and (self.most_kinds == 0 or len(roster.kinds) <= self.most_kinds)


def plain_clock(span_minutes: float, start_minute: int) -> IntArray:
    """Return what `place_roster` asks for where clocks do not change in a span from a local minute of the day on."""
    return start_minute + STEP_MINUTES * np.arange(int(np.ceil(span_minutes / STEP_MINUTES)))


def place_roster(roster: Roster, clock: IntArray) -> Placement:
    """Place the crews of a roster through a span of half hours.

    A crew that works around midnight is on duty at the beginning of the span too.

    Parameters
    ----------
    clock
        Local minutes since a midnight at the beginning of each half hour, shape (n,).
    """
    by_day = np.where(roster.on_duty, roster.sectors, OFF_DUTY)
    return Placement(by_day[clock // STEP_MINUTES % STEPS_PER_DAY], float(STEP_MINUTES))
