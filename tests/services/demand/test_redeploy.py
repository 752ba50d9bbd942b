"""Suggested moves of free cars."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.demand.redeploy import Fleet, redeploy
from services.demand.simulator.stationing import Stationing


def fleet_of(sectors, free_in=0.0, may_move=True):
    count = len(sectors)
    return Fleet(
        np.array(sectors, int), np.broadcast_to(free_in, count).astype(float), np.broadcast_to(may_move, count).copy()
    )


def stationing_of(demand, reach=None, **options):
    reach = np.eye(len(demand)) if reach is None else np.array(reach, float)
    return Stationing(np.array([demand], float), 60.0, reach, **options)


def drives(sectors, between):
    return np.array(between, float)[np.array(sectors)]


LINE = np.abs(np.subtract.outer(np.arange(3.0), np.arange(3.0))) * 9.0


def test_a_gap_is_filled_by_hand():
    answer = redeploy(fleet_of([0, 0]), stationing_of([4, 4, 2]), drives([0, 0], LINE), 3)
    # The second car at 0 adds 0.4 · 0.3 · 0.7; at 1, after 9 of 45 minutes' drive, 0.4 · 0.7 · 0.8.
    (move,) = answer.moves
    assert (move.car, move.from_sector, move.to_sector, move.minutes) == (0, 0, 1, 9.0)
    assert move.gain == pytest.approx(0.224 - 0.084)
    assert answer.coverage_before == pytest.approx(0.4 * (1 - 0.09))
    assert answer.coverage_after == pytest.approx(answer.coverage_before + move.gain)


def test_nothing_moves_where_that_gains_nothing():
    assert redeploy(fleet_of([0, 1]), stationing_of([5, 5, 0]), drives([0, 1], LINE), 3).moves == ()


def test_busy_and_kept_cars_stay():
    stationing = stationing_of([4, 4, 2])
    assert redeploy(fleet_of([0, 0], free_in=10.0), stationing, drives([0, 0], LINE), 3).moves == ()
    assert redeploy(fleet_of([0, 0], may_move=False), stationing, drives([0, 0], LINE), 3).moves == ()


def test_a_car_that_will_soon_be_free_counts_for_the_rest():
    stationing = stationing_of([5, 5, 0])
    soon = redeploy(fleet_of([0, 1], free_in=[0.0, 9.0]), stationing, drives([0, 1], LINE), 3)
    assert soon.coverage_before == pytest.approx(0.5 * 0.7 + 0.5 * 0.7 * 0.8)


def test_no_cars_and_no_moves_asked_for():
    empty = redeploy(fleet_of([]), stationing_of([1, 1, 1]), np.zeros((0, 3)), 3)
    assert (empty.moves, empty.coverage_before, empty.coverage_after) == ((), 0.0, 0.0)
    assert redeploy(fleet_of([0, 0]), stationing_of([4, 4, 2]), drives([0, 0], LINE), 0).moves == ()


def test_a_car_goes_nowhere_it_may_not_go():
    minutes = drives([0, 0], LINE)
    minutes[:, 1] = np.inf
    assert redeploy(fleet_of([0, 0]), stationing_of([4, 4, 2], least_gain=0.0), minutes, 3).moves == ()


def coverage(shares, miss, sectors, away, horizon):
    left = np.ones(len(shares))
    for sector, minutes in zip(sectors, away, strict=True):
        left *= 1 - (1 - miss[sector]) * max(0.0, 1 - minutes / horizon)
    return float(shares @ (1 - left))


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 10**6), cars=st.integers(1, 4))
def test_the_first_move_is_the_best_of_all_and_gains_what_it_says(seed, cars):
    rng = np.random.default_rng(seed)
    stationing = stationing_of(rng.uniform(0, 1, 4), rng.uniform(0, 1, (4, 4)), least_gain=0.0)
    between = rng.uniform(1, 60, (4, 4)) * (1 - np.eye(4))
    sectors, free_in = rng.integers(0, 4, cars), rng.choice([0.0, 12.0], cars)
    answer = redeploy(fleet_of(sectors, free_in), stationing, between[sectors], 1)
    shares, miss, horizon = stationing.shares[0], stationing.miss, stationing.horizon_minutes
    now = coverage(shares, miss, sectors, free_in, horizon)
    found = 0.0
    for car, sector in product(range(cars), range(4)):
        if free_in[car] == 0 and sector != sectors[car]:
            moved, away = sectors.copy(), free_in.copy()
            moved[car], away[car] = sector, between[sectors[car], sector]
            found = max(found, coverage(shares, miss, moved, away, horizon) - now)
    assert sum(move.gain for move in answer.moves) == pytest.approx(found, abs=1e-9)
    assert answer.coverage_after == pytest.approx(now + found, abs=1e-9)
