"""Cars per sector and period as single cars, with the least travel between periods."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cli.deployments.site import Site
from officers.demand.v1.demand_pb2 import CarTimetable, DemandPlan, Timetable
from services.demand.optimiser.stations import Presence, rotate_cars


def plan_timetable(plan: DemandPlan, site: Site, rotates: bool) -> Timetable:
    """Give the cars of a plan to single cars.

    Parameters
    ----------
    rotates
        Cars change sectors as the scheduler's rule PRESENCE_RULE_NO_RETURN_WITHIN_TWO makes them; else they stay
        where they may.
    """
    cars = np.array([period.cars for period in plan.periods], np.int64)
    presence = Presence.NO_RETURN_WITHIN_TWO if rotates else Presence.STAY
    minutes = plan.period_minutes
    sectors = rotate_cars(cars, site.between_minutes, minutes, minutes, presence).sectors
    ids = [*site.sector_ids, ""]  # off duty is -1
    rows = [[ids[sector] for sector in car] for car in sectors.T.tolist()]
    return timetable_of(rows, minutes, site)


def timetable_of(rows: Sequence[Sequence[str]], period_minutes: int, site: Site) -> Timetable:
    """Make a timetable of the sectors of each car by period; every car can do whatever calls of the area ask for."""
    width = len(str(len(rows)))
    cars = [
        CarTimetable(car_id=f"C{number:0{width}}", sectors=row, capabilities=site.area.capabilities)
        for number, row in enumerate(rows, start=1)
    ]
    return Timetable(period_minutes=period_minutes, cars=cars)


def sector_cars(timetable: Timetable, sector_ids: Sequence[str]) -> NDArray[np.int64]:
    """Count the cars of a timetable, shape (n_periods, n_sectors)."""
    position = {sector: number for number, sector in enumerate(sector_ids)}
    counts = np.zeros((len(timetable.cars[0].sectors), len(sector_ids)), np.int64)
    for car in timetable.cars:
        for period, sector in enumerate(car.sectors):
            if sector:
                counts[period, position[sector]] += 1
    return counts
