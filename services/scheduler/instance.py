"""A valid problem as arrays: what every engine computes with."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from services.scheduler.problem import QUARTER_MINUTES, MinuteSpan, PresenceRule, Problem

NOWHERE = -1
"""The sector of a car that is off duty, has no start, or has no history."""

Rows = npt.NDArray[np.int64]
"""A schedule: the sector of every car in every period, shape (n_cars, n_periods), `NOWHERE` where off duty."""


@dataclass(frozen=True, eq=False)
class Instance:
    """Arrays of one problem. n cars, m sectors, T periods, Q quarter hours per period.

    Attributes
    ----------
    minutes
        Travel minutes, shape (m, m), row = from.
    costs
        What a drive counts in the objective, shape (n_homes, m, m): minutes times the home factor of the destination,
        squared where the problem says so. One matrix for each distinct home.
    home
        Index into `costs` of each car, shape (n,).
    start
        Start sector of each car, shape (n,), or `NOWHERE`.
    before
        Sectors of the last periods driven before the first, as far as the presence rule looks back, shape (n, P),
        oldest first, `NOWHERE` where there is none.
    allowed
        Whether a car may be in a sector in a period, shape (n, T, m): on duty, not banned, not pinned elsewhere.
    on_duty, available
        Whether a car is on duty, and counts toward cover, in a quarter hour, shape (n, T, Q).
    demand, cap
        Cars needed and most cars, shape (T, m).
    max_consecutive
        Longest stay, periods; 0 without that rule.
    no_return
        Whether returning within two periods is forbidden.
    fairness_weight
        Weight of the largest travel minutes of a car.
    """

    minutes: npt.NDArray[np.float64]
    costs: npt.NDArray[np.float64]
    home: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    before: npt.NDArray[np.int64]
    allowed: npt.NDArray[np.bool_]
    on_duty: npt.NDArray[np.bool_]
    available: npt.NDArray[np.bool_]
    demand: npt.NDArray[np.int64]
    cap: npt.NDArray[np.int64]
    max_consecutive: int
    no_return: bool
    fairness_weight: float

    @property
    def car_count(self) -> int:
        """n."""
        return int(self.allowed.shape[0])

    @property
    def period_count(self) -> int:
        """T."""
        return int(self.allowed.shape[1])

    @property
    def sector_count(self) -> int:
        """m."""
        return int(self.allowed.shape[2])

    @cached_property
    def active(self) -> npt.NDArray[np.bool_]:
        """Whether a car is on duty for a part of a period, shape (n, T)."""
        active: npt.NDArray[np.bool_] = np.any(self.on_duty, axis=2)
        return active

    @cached_property
    def first_period(self) -> npt.NDArray[np.int64]:
        """First period of each car, shape (n,)."""
        first: npt.NDArray[np.int64] = self.active.argmax(axis=1)
        return first

    @cached_property
    def last_period(self) -> npt.NDArray[np.int64]:
        """Last period of each car, shape (n,)."""
        last: npt.NDArray[np.int64] = self.period_count - 1 - self.active[:, ::-1].argmax(axis=1)
        return last

    @cached_property
    def lacks_cars(self) -> bool:
        """Whether a car on duty has nowhere to be, or a quarter hour has fewer cars that count than its demand."""
        nowhere = self.active & ~self.allowed.any(axis=2)
        missing = self.available.sum(axis=0) < self.demand.sum(axis=1)[:, np.newaxis]
        return bool(nowhere.any() or missing.any())


def compile_instance(problem: Problem) -> Instance:
    """Turn a valid problem into arrays."""
    on_duty = _duty(problem)
    minutes = np.array(problem.travel_minutes, dtype=np.float64)
    homes, home = _homes(problem)
    demand = np.array(problem.demand, dtype=np.int64)
    return Instance(
        minutes=minutes,
        costs=np.stack([travel_costs(problem, minutes, inside) for inside in homes]),
        home=home,
        start=np.array([_index(problem, car.start_sector) for car in problem.cars], dtype=np.int64),
        before=_before(problem),
        allowed=allowed_placements(problem),
        on_duty=on_duty,
        available=on_duty & ~_breaks(problem),
        demand=demand,
        cap=np.maximum(demand, problem.max_per_sector or len(problem.cars)),
        max_consecutive=problem.max_consecutive if problem.presence_rule is PresenceRule.MAX_CONSECUTIVE else 0,
        no_return=problem.presence_rule is PresenceRule.NO_RETURN_WITHIN_TWO,
        fairness_weight=problem.fairness_weight,
    )


def travel_costs(
    problem: Problem, minutes: npt.NDArray[np.float64], inside: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Return what a drive counts, shape (m, m), for a car whose home is the sectors `inside`, shape (m,).

    The home factor multiplies the minutes; the square is taken of the product.
    """
    counted = minutes * np.where(inside, 1.0, problem.home_cost_factor)[np.newaxis, :]
    return counted**2 if problem.square_travel else counted


def allowed_placements(problem: Problem) -> npt.NDArray[np.bool_]:
    """Return whether a car may be in a sector in a period, shape (n, T, m), from duty, pins and bans."""
    active: npt.NDArray[np.bool_] = np.any(_duty(problem), axis=2)
    allowed = np.repeat(active[:, :, np.newaxis], len(problem.sectors), axis=2)
    car_index = {car.id: index for index, car in enumerate(problem.cars)}
    for pin in problem.pins:
        elsewhere = np.arange(len(problem.sectors)) != _index(problem, pin.sector)
        allowed[car_index[pin.car_id], pin.period, elsewhere] = False
    for ban in problem.bans:
        allowed[car_index[ban.car_id], ban.period, _index(problem, ban.sector)] = False
    return allowed


def _index(problem: Problem, sector: str | None) -> int:
    return NOWHERE if sector is None else problem.sectors.index(sector)


def _homes(problem: Problem) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    inside = np.ones((len(problem.cars), len(problem.sectors)), dtype=np.bool_)
    if problem.home_cost_factor != 1:
        for row, car in zip(inside, problem.cars, strict=True):
            if car.home_sectors:
                row[:] = [sector in car.home_sectors for sector in problem.sectors]
    homes, home = np.unique(inside, axis=0, return_inverse=True)
    return homes, home.reshape(-1)


def _before(problem: Problem) -> npt.NDArray[np.int64]:
    lengths = {PresenceRule.NONE: 0, PresenceRule.NO_RETURN_WITHIN_TWO: 2}
    longest = max((len(history.sectors) for history in problem.history), default=0)
    length = min(longest, lengths.get(problem.presence_rule, problem.max_consecutive))
    before = np.full((len(problem.cars), length), NOWHERE, dtype=np.int64)
    car_index = {car.id: index for index, car in enumerate(problem.cars)}
    for history in problem.history:
        recent = history.sectors[max(0, len(history.sectors) - length) :]
        before[car_index[history.car_id], length - len(recent) :] = [_index(problem, sector) for sector in recent]
    return before


def _duty(problem: Problem) -> npt.NDArray[np.bool_]:
    return _quarters(problem, [[problem.duty(car)] for car in problem.cars])


def _breaks(problem: Problem) -> npt.NDArray[np.bool_]:
    return _quarters(problem, [list(car.breaks) for car in problem.cars])


def _quarters(problem: Problem, spans: list[list[MinuteSpan]]) -> npt.NDArray[np.bool_]:
    inside = np.zeros((len(spans), problem.shift_minutes // QUARTER_MINUTES), dtype=np.bool_)
    for row, car_spans in zip(inside, spans, strict=True):
        for span in car_spans:
            row[span.start_minute // QUARTER_MINUTES : span.end_minute // QUARTER_MINUTES] = True
    return inside.reshape(len(spans), len(problem.demand), -1)
