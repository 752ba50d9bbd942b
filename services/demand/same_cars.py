"""Simple rules for the cars of another deployment: the same hours, breaks and teams, in other sectors."""

from dataclasses import replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from services.demand.area import Area
from services.demand.arrays import BoolArray, FloatArray, IntArray
from services.demand.deployments import Baseline, check_past_calls, share_by_rule
from services.demand.simulator.placement import Placement
from services.demand.simulator.records import OFF_DUTY


def place_same_cars(
    baseline: Baseline, first: Placement, area: Area, past_calls: IntArray, between_minutes: FloatArray
) -> Placement:
    """Place the cars of a placement by a simple rule, with the hours, breaks and skills that they have there.

    Whenever cars come on duty or go off, those on duty are shared out anew, with the least travel. In an area with
    teams, a car belongs to the team in whose sector it is first, and each team's cars are shared out by themselves.

    Parameters
    ----------
    past_calls
        Past calls per sector, shape (n_sectors,).
    between_minutes
        Shape (n_sectors, n_sectors), minutes of normal driving, row = from.

    Raises
    ------
    FailedPrecondition
        Cars cannot be in proportion to past calls where there are none.
    """
    check_past_calls(baseline, past_calls)
    on_duty = first.sectors != OFF_DUTY
    first_period = on_duty.argmax(axis=0)
    team_of_car = area.team_of_sector[first.sectors[first_period, np.arange(first.car_count)]]
    sectors = np.full_like(first.sectors, OFF_DUTY)
    for team in np.unique(team_of_car):
        cars = np.flatnonzero(team_of_car == team)
        own = np.flatnonzero(area.team_of_sector == team)
        places = _share_out(baseline, on_duty[:, cars], past_calls[own], between_minutes[np.ix_(own, own)])
        sectors[:, cars] = np.where(places == OFF_DUTY, OFF_DUTY, own[places])
    return replace(first, sectors=sectors)


def _share_out(baseline: Baseline, on_duty: BoolArray, past_calls: IntArray, between_minutes: FloatArray) -> IntArray:
    """Return the sector of each car by period, shape (n_periods, n_cars), from when they are on duty."""
    sectors = np.full(on_duty.shape, OFF_DUTY)
    for period, now in enumerate(on_duty):
        before = sectors[period - 1] if period else np.full(len(now), OFF_DUTY)
        if period and (now == on_duty[period - 1]).all():
            sectors[period] = before
            continue
        places = np.repeat(np.arange(len(past_calls)), share_by_rule(baseline, int(now.sum()), past_calls))
        driving = np.zeros((len(now), len(places)))
        stationed = before != OFF_DUTY
        driving[stationed] = between_minutes[np.ix_(before[stationed], places)]
        cars = np.flatnonzero(now)
        chosen, place = linear_sum_assignment(driving[cars])
        sectors[period, cars[chosen]] = places[place]
    return sectors
