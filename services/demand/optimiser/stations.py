"""Gives cars per sector and block to single cars, so that the simulator sees their drives."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from services.demand.arrays import FloatArray, IntArray
from services.demand.simulator.placement import Placement


def station_cars(cars: IntArray, between_minutes: FloatArray, block_minutes: float) -> Placement:
    """Station cars with the least travel at each turn of a block.

    Parameters
    ----------
    cars
        Cars per block and sector, shape (n_blocks, n_sectors), every row with the same sum.
    between_minutes
        Shape (n_sectors, n_sectors), minutes of normal driving, row = from.
    block_minutes
        Length of a block.
    """
    sectors = np.empty((len(cars), int(cars[0].sum())), np.int64)
    sectors[0] = _list_sectors(cars[0])
    for block in range(1, len(cars)):
        sectors[block] = _drive_on(sectors[block - 1], cars[block], between_minutes)
    return Placement(sectors, block_minutes)


def _drive_on(stationed: IntArray, cars: IntArray, between_minutes: FloatArray) -> IntArray:
    places = _list_sectors(cars)
    car, place = linear_sum_assignment(between_minutes[np.ix_(stationed, places)])
    moved = np.empty_like(stationed)
    moved[car] = places[place]
    return moved


def _list_sectors(cars: IntArray) -> IntArray:
    return np.repeat(np.arange(len(cars)), cars)
