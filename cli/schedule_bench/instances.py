"""Random instances with a fixed recipe.

Sectors lie uniformly in 20 x 14 km; travel is 2 minutes and the Manhattan distance at 30 km/h, times a factor uniform
in 0.95-1.1 per direction, rounded to 0.1 minutes. Weights are Gamma(2, 1) x (1 + 0.6 sin(4 pi t / 24 + phase)),
scaled to the number of cars, floored, and the rest is drawn by the fractions.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from services.scheduler.problem import Car, PresenceRule, Problem


@dataclass(frozen=True)
class Size:
    """Sectors, cars and periods of an instance."""

    sectors: int
    cars: int
    periods: int

    def __str__(self) -> str:
        return f"{self.sectors}x{self.cars}x{self.periods}"

    @property
    def variable_count(self) -> int:
        """Binaries of the formulation with a variable for each car, place and drive."""
        places = self.cars * self.periods * self.sectors
        return places + self.cars * (self.periods - 1) * self.sectors**2


SMALL_SIZES = tuple(Size(20, cars, periods) for periods in (12, 18, 24) for cars in (20, 50, 70))
LARGE_SIZES = (Size(50, 100, 24), Size(100, 300, 24))


def random_problem(
    sector_count: int,
    car_count: int,
    period_count: int,
    seed: int,
    rule: PresenceRule = PresenceRule.NO_RETURN_WITHIN_TWO,
) -> Problem:
    """Return an instance; the same arguments give the same instance."""
    rng = np.random.default_rng(seed)
    places_km = rng.uniform((0, 0), (20, 14), (sector_count, 2))
    distances_km = np.abs(places_km[:, None] - places_km).sum(axis=2)
    minutes = (2 + 2 * distances_km) * rng.uniform(0.95, 1.1, distances_km.shape)
    np.fill_diagonal(minutes, 0)
    base, phase = rng.gamma(2, 1, sector_count), rng.uniform(0, 2 * np.pi, sector_count)
    times = np.arange(period_count)[:, None]
    weights = base * (1 + 0.6 * np.sin(4 * np.pi * times / 24 + phase))
    return Problem(
        sectors=tuple(f"S{sector:03}" for sector in range(sector_count)),
        cars=tuple(Car(f"C{car:03}") for car in range(car_count)),
        period_minutes=60,
        travel_minutes=tuple(tuple(row) for row in np.round(minutes, 1).tolist()),
        demand=tuple(_shared_out(row / row.sum() * car_count, rng) for row in weights),
        presence_rule=rule,
    )


def _shared_out(shares: np.ndarray[Any, np.dtype[np.float64]], rng: np.random.Generator) -> tuple[int, ...]:
    cars = np.floor(shares).astype(int)
    fractions = shares - cars
    rest = round(shares.sum()) - cars.sum()
    drawn = rng.choice(len(cars), size=rest, replace=False, p=fractions / fractions.sum()) if rest else []
    cars[drawn] += 1
    return tuple(cars.tolist())
