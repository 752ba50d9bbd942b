"""Minutes per km of straight line."""

import numpy as np
import pytest

from services.demand.travel.distance import DistanceTravelTimes
from services.demand.travel.straight_line import NEAREST, minutes_per_km


def test_driving_that_is_proportional_to_distance():
    apart_km = np.random.default_rng(0).uniform(0, 10, (7, 50))
    assert minutes_per_km(2.5 * apart_km, apart_km) == pytest.approx(2.5)


def test_only_the_sectors_near_each_place_count():
    rng = np.random.default_rng(1)
    apart_km = rng.uniform(0, 10, (9, 40))
    minutes = 3 * np.sqrt(apart_km) + rng.uniform(0, 1, apart_km.shape)
    minutes[3, ::7] = np.inf
    total_minutes = total_km = 0.0
    for place in range(40):
        reached = [sector for sector in range(9) if np.isfinite(minutes[sector, place])]
        for sector in sorted(reached, key=lambda sector: apart_km[sector, place])[:NEAREST]:
            total_minutes += minutes[sector, place]
            total_km += apart_km[sector, place]
    assert minutes_per_km(minutes, apart_km) == pytest.approx(total_minutes / total_km)


def test_nothing_to_go_by():
    assert minutes_per_km(np.full((2, 3), np.inf), np.ones((2, 3))) == 0
    assert minutes_per_km(np.zeros((1, 1)), np.zeros((1, 1))) == 0


def test_by_distance_it_is_the_areas_own(square_area):
    travel = DistanceTravelTimes(square_area)
    assert travel.minutes_per_km(urgent=True) == pytest.approx(60 * 1.35 / 36)
    kilometres = np.linalg.norm(square_area.sector_km[:, np.newaxis] - square_area.sector_km, axis=2)
    assert minutes_per_km(travel.between_sectors(urgent=True), kilometres) == pytest.approx(60 * 1.35 / 36, rel=1e-4)
