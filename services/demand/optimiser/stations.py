"""Gives cars per sector and block to single cars, so that the simulator sees their drives."""

from enum import Enum

import numpy as np
from scipy.optimize import linear_sum_assignment

from services.demand.arrays import FloatArray, IntArray
from services.demand.simulator.placement import Placement
from services.demand.simulator.records import OFF_DUTY

FORBIDDEN_MINUTES = 1e5
"""What a return that the presence rule forbids counts as: taken only where there is no other way."""


class Presence(Enum):
    """Whether cars must change sectors."""

    STAY = "cars may stay"
    NO_RETURN_WITHIN_TWO = "no car is in the same sector two periods later"


def station_cars(cars: IntArray, between_minutes: FloatArray, block_minutes: float) -> Placement:
    """Station cars with the least travel at each turn of a block; cars come on duty and go off where numbers change.

    Parameters
    ----------
    cars
        Cars per block and sector, shape (n_blocks, n_sectors).
    between_minutes
        Shape (n_sectors, n_sectors), minutes of normal driving, row = from.
    block_minutes
        Length of a block.
    """
    return Placement(_list_by_block(cars, between_minutes, Presence.STAY), block_minutes)


def rotate_cars(
    cars: IntArray, between_minutes: FloatArray, block_minutes: int, period_minutes: int, presence: Presence
) -> Placement:
    """Station cars as a schedule under a presence rule would: they change sectors between periods where they must.

    Each turn is solved by itself, so that drives are at least about as long as those of the best schedule.

    Parameters
    ----------
    cars, between_minutes, block_minutes
        As for `station_cars`.
    period_minutes
        Length of a period; divides `block_minutes`.
    """
    if presence is Presence.STAY:
        return station_cars(cars, between_minutes, block_minutes)
    periods = np.repeat(cars, block_minutes // period_minutes, axis=0)
    return Placement(_list_by_block(periods, between_minutes, presence), period_minutes)


def _list_by_block(cars: IntArray, between_minutes: FloatArray, presence: Presence) -> IntArray:
    """Return each car's sector (or OFF_DUTY) by block, shape (n_blocks, n_cars)."""
    count = int(cars.sum(axis=1).max(initial=0))
    sectors = np.empty((len(cars), count), np.int64)
    for block, row in enumerate(cars):
        places = _list_places(row, count)
        if block == 0:
            sectors[0] = places
        elif presence is Presence.STAY and (row == cars[block - 1]).all():
            sectors[block] = sectors[block - 1]
        else:
            forbidden = sectors[block - 2] if presence is not Presence.STAY and block > 1 else None
            sectors[block] = _drive_on(sectors[block - 1], places, between_minutes, forbidden)
    return sectors


def _drive_on(
    stationed: IntArray, places: IntArray, between_minutes: FloatArray, forbidden: IntArray | None
) -> IntArray:
    minutes = np.zeros((len(stationed), len(places)))
    on_duty, wanted = stationed != OFF_DUTY, places != OFF_DUTY
    minutes[np.ix_(on_duty, wanted)] = between_minutes[np.ix_(stationed[on_duty], places[wanted])]
    if forbidden is not None:
        returns = (forbidden[:, np.newaxis] == places[np.newaxis, :]) & wanted[np.newaxis, :]
        minutes[returns & (forbidden != OFF_DUTY)[:, np.newaxis]] += FORBIDDEN_MINUTES
    car, place = linear_sum_assignment(minutes)
    moved = np.empty_like(stationed)
    moved[car] = places[place]
    return moved


def _list_places(cars: IntArray, count: int) -> IntArray:
    places = np.full(count, OFF_DUTY)
    places[: int(cars.sum())] = np.repeat(np.arange(len(cars)), cars)
    return places
