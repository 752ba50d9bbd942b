"""Random instances with a fixed recipe.

Sectors lie uniformly in 20 x 14 km; travel is 2 minutes and the Manhattan distance at 30 km/h, times a factor uniform
in 0.95-1.1 per direction, rounded to 0.1 minutes. Weights are Gamma(2, 1) x (1 + 0.6 sin(4 pi t / 24 + phase)),
scaled to the number of cars, floored, and the rest is drawn by the fractions.

Instances of many classes have home clusters, the sectors in equal parts by their direction from the middle of all, and
break patterns, 45 minutes each, one an hour from a third of the shift on. Homes go to the cars in blocks and breaks in
turns, so that each pair of them is a class. Demand is scaled to the cars less the most that are on break at once.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from services.scheduler.problem import Car, MinuteSpan, PresenceRule, Problem

HOME_COST_FACTOR = 1.5
BREAK_MINUTES, BREAK_STEP_MINUTES = 45, 60
PERIOD_MINUTES, SHORT_PERIOD_MINUTES = 60, 30
"""Of instances with one class of cars, and with many."""


@dataclass(frozen=True)
class Size:
    """Sectors, cars and periods of an instance; with many classes of cars, home clusters and break patterns too."""

    sectors: int
    cars: int
    periods: int
    homes: int = 1
    breaks: int = 1

    def __str__(self) -> str:
        classes = f"-{self.homes}x{self.breaks}" if self.many_classes else ""
        return f"{self.sectors}x{self.cars}x{self.periods}{classes}"

    @property
    def many_classes(self) -> bool:
        """Whether cars differ in homes or breaks."""
        return self.homes > 1 or self.breaks > 1

    @property
    def shift_minutes(self) -> int:
        """Length of the shift."""
        return self.periods * (SHORT_PERIOD_MINUTES if self.many_classes else PERIOD_MINUTES)

    @property
    def break_spans(self) -> tuple[MinuteSpan, ...]:
        """The break patterns; none where all cars are alike."""
        first = self.periods // 3 * SHORT_PERIOD_MINUTES
        patterns = range(self.breaks if self.breaks > 1 else 0)
        return tuple(MinuteSpan(first + BREAK_STEP_MINUTES * pattern, BREAK_MINUTES) for pattern in patterns)

    @property
    def variable_count(self) -> int:
        """Binaries of the formulation with a variable for each car, place and drive."""
        places = self.cars * self.periods * self.sectors
        return places + self.cars * (self.periods - 1) * self.sectors**2


SMALL_SIZES = tuple(Size(20, cars, periods) for periods in (12, 18, 24) for cars in (20, 50, 70))
"""The sizes of [O] Tables 4 and 5, assumed: the list itself is not at hand."""
LARGE_SIZES = (Size(50, 100, 24), Size(100, 300, 24))
MANY_CLASSES = Size(22, 24, 24, homes=4, breaks=4)


def random_problem(
    sector_count: int,
    car_count: int,
    period_count: int,
    seed: int,
    rule: PresenceRule = PresenceRule.NO_RETURN_WITHIN_TWO,
) -> Problem:
    """Return an instance; the same arguments give the same instance."""
    return problem_of_size(Size(sector_count, car_count, period_count), seed, rule)


def problem_of_size(size: Size, seed: int, rule: PresenceRule = PresenceRule.NO_RETURN_WITHIN_TWO) -> Problem:
    """Return an instance of a size; the same arguments give the same instance."""
    rng = np.random.default_rng(seed)
    places_km = rng.uniform((0, 0), (20, 14), (size.sectors, 2))
    distances_km = np.abs(places_km[:, None] - places_km).sum(axis=2)
    minutes = (2 + 2 * distances_km) * rng.uniform(0.95, 1.1, distances_km.shape)
    np.fill_diagonal(minutes, 0)
    base, phase = rng.gamma(2, 1, size.sectors), rng.uniform(0, 2 * np.pi, size.sectors)
    times = np.arange(size.periods)[:, None]
    weights = base * (1 + 0.6 * np.sin(4 * np.pi * times / 24 + phase))
    needed = size.cars if size.breaks == 1 else size.cars - -(-size.cars // size.breaks)
    sectors = tuple(f"S{sector:03}" for sector in range(size.sectors))
    return Problem(
        sectors=sectors,
        cars=_cars(size, sectors, places_km),
        period_minutes=size.shift_minutes // size.periods,
        travel_minutes=tuple(tuple(row) for row in np.round(minutes, 1).tolist()),
        demand=tuple(_shared_out(row / row.sum() * needed, rng) for row in weights),
        presence_rule=rule,
        home_cost_factor=HOME_COST_FACTOR if size.homes > 1 else 1.0,
    )


def presence_rule(presence: bool) -> PresenceRule:
    """Return the rule with which an instance is solved."""
    return PresenceRule.NO_RETURN_WITHIN_TWO if presence else PresenceRule.NONE


def _cars(size: Size, sectors: tuple[str, ...], places_km: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[Car, ...]:
    """Return cars of which each pair of a home and a break has about as many."""
    x, y = (places_km - places_km.mean(axis=0)).T
    clusters = [tuple(sectors[s] for s in part) for part in np.array_split(np.argsort(np.arctan2(y, x)), size.homes)]
    spans = size.break_spans
    return tuple(
        Car(
            f"C{car:03}",
            home_sectors=clusters[car * size.homes // size.cars] if size.homes > 1 else (),
            breaks=(spans[car % size.breaks],) if spans else (),
        )
        for car in range(size.cars)
    )


def _shared_out(shares: np.ndarray[Any, np.dtype[np.float64]], rng: np.random.Generator) -> tuple[int, ...]:
    cars = np.floor(shares).astype(int)
    fractions = shares - cars
    rest = round(shares.sum()) - cars.sum()
    drawn = rng.choice(len(cars), size=rest, replace=False, p=fractions / fractions.sum()) if rest else []
    cars[drawn] += 1
    return tuple(cars.tolist())
