"""The schedule problem as a planner states it: names, minutes and rules; no arrays yet."""

from dataclasses import dataclass
from enum import Enum

QUARTER_MINUTES = 15
"""Breaks, duty and cover are counted in quarter hours."""


class PresenceRule(Enum):
    """Which returns to a sector are forbidden."""

    NONE = "none"
    NO_RETURN_WITHIN_TWO = "no return within two periods"
    MAX_CONSECUTIVE = "at most so many periods in a row"


@dataclass(frozen=True)
class MinuteSpan:
    """A stretch of the shift, in minutes after its start."""

    start_minute: int
    minutes: int

    @property
    def end_minute(self) -> int:
        """First minute after the span."""
        return self.start_minute + self.minutes


@dataclass(frozen=True)
class Car:
    """A car; one with only an id starts anywhere, has no home and no breaks and is on duty throughout."""

    id: str
    start_sector: str | None = None
    home_sectors: tuple[str, ...] = ()
    breaks: tuple[MinuteSpan, ...] = ()
    on_duty: MinuteSpan | None = None


@dataclass(frozen=True)
class Placement:
    """A car that must, or must not, be in a sector in a period."""

    car_id: str
    period: int
    sector: str


@dataclass(frozen=True)
class CarHistory:
    """Sectors of the periods that a car has driven before the problem begins, oldest first."""

    car_id: str
    sectors: tuple[str, ...]


@dataclass(frozen=True)
class Problem:
    """A schedule problem; see ``officers.scheduler.v1.ScheduleProblem`` for what each field means.

    `travel_minutes` has a row per sector (from) and a column per sector (to); `demand` has a row per period and a
    column per sector, in cars.
    """

    sectors: tuple[str, ...]
    cars: tuple[Car, ...]
    period_minutes: int
    travel_minutes: tuple[tuple[float, ...], ...]
    demand: tuple[tuple[int, ...], ...]
    presence_rule: PresenceRule = PresenceRule.NONE
    max_consecutive: int = 0
    max_per_sector: int = 0
    home_cost_factor: float = 1.0
    square_travel: bool = False
    fairness_weight: float = 0.0
    pins: tuple[Placement, ...] = ()
    bans: tuple[Placement, ...] = ()
    history: tuple[CarHistory, ...] = ()

    @property
    def shift_minutes(self) -> int:
        """Length of the shift, minutes."""
        return self.period_minutes * len(self.demand)

    def duty(self, car: Car) -> MinuteSpan:
        """Return when a car is on duty."""
        return car.on_duty or MinuteSpan(0, self.shift_minutes)

    def periods_on_duty(self, car: Car) -> range:
        """Return the periods in which a car is on duty for at least a part."""
        duty = self.duty(car)
        return range(duty.start_minute // self.period_minutes, -(-duty.end_minute // self.period_minutes))
