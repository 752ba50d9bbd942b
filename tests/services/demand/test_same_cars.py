from datetime import date

import numpy as np
import pytest

from services.demand.area import Area, Speeds, Team
from services.demand.deployments import Baseline
from services.demand.same_cars import place_same_cars
from services.demand.simulator.placement import Break, Placement
from services.demand.simulator.records import OFF_DUTY
from serving.errors import FailedPrecondition

LINE = 10.0 * np.abs(np.subtract.outer(np.arange(3), np.arange(3)))
PAST = np.array([60, 20, 20])


def make_area(*teams: Team) -> Area:
    zeros = np.zeros(3)
    return Area("Row", "UTC", date(2014, 12, 31), ("A", "B", "C"), zeros, zeros, Speeds(24, 36, 1.35), "", teams=teams)


def place(sectors: list[list[int]], baseline: Baseline, *teams: Team, past=PAST) -> np.ndarray:
    """Sectors are given by car."""
    first = Placement(np.array(sectors).T, 60.0)
    placed = place_same_cars(baseline, first, make_area(*teams), past, LINE)
    return placed.sectors.T


def test_cars_that_are_always_on_duty_stay_where_the_rule_puts_them():
    assert place([[2, 1, 0]] * 5, Baseline.PROPORTIONAL).tolist() == [[0] * 3] * 3 + [[1] * 3] + [[2] * 3]
    assert place([[2, 1, 0]] * 3, Baseline.ONE_PER_SECTOR).tolist() == [[0] * 3, [1] * 3, [2] * 3]


def test_hours_are_those_of_the_first_deployment():
    hours = [[0, 0, OFF_DUTY], [OFF_DUTY, 1, 1], [OFF_DUTY, OFF_DUTY, 2], [OFF_DUTY] * 3]
    placed = place(hours, Baseline.PROPORTIONAL)
    assert ((placed == OFF_DUTY) == (np.array(hours) == OFF_DUTY)).all()


def test_cars_are_shared_out_anew_with_the_least_travel_when_others_come_or_go():
    hours = [[0, 0, OFF_DUTY], [0, 0, 0], [0, 0, 0], [OFF_DUTY, 0, 0]]
    placed = place(hours, Baseline.ONE_PER_SECTOR)
    assert placed[:3, 0].tolist() == [0, 1, 2]
    assert placed[:3, 1].tolist() == [0, 1, 2]  # who is there stays; the fourth goes to the busiest
    assert placed[3].tolist() == [OFF_DUTY, 0, 0]
    assert placed[1:3, 2].tolist() == [1, 2]


def test_breaks_and_skills_go_with_the_car():
    first = Placement(np.zeros((2, 2), np.int64), 60.0, (Break(1, 15, 30),), np.array([0, 5]), np.array([0.0, 9.0]))
    placed = place_same_cars(Baseline.ONE_PER_SECTOR, first, make_area(), PAST, LINE)
    assert placed.breaks == first.breaks
    assert placed.skills.tolist() == [0, 5]
    assert placed.busy_until.tolist() == [0.0, 9.0]


def test_teams_keep_their_cars():
    teams = Team("west", (0,)), Team("east", (1, 2))
    placed = place([[1, 1], [0, 0], [2, 2], [2, 2]], Baseline.PROPORTIONAL, *teams, past=np.array([5, 0, 9]))
    assert placed[:, 0].tolist() == [2, 0, 2, 2]
    quiet = place([[1, 1], [0, 0], [2, 2]], Baseline.PROPORTIONAL, *teams, past=np.array([5, 0, 0]))
    assert quiet[:, 0].tolist() == [1, 0, 2]  # without past calls as equally as possible


def test_proportion_needs_past_calls():
    with pytest.raises(FailedPrecondition, match="past calls"):
        place([[0]], Baseline.PROPORTIONAL, past=np.zeros(3, int))
