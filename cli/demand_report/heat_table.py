"""Cars per sector and period as a table with shades."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cli.clock import clock_times
from cli.deployments.timetables import sector_cars
from cli.report.demand_table import DemandCell, car_shade
from cli.report.scales import plain_name
from officers.area.v1.area_pb2 import Area
from officers.demand.v1.demand_pb2 import DemandPlan, Timetable

MOST_COLUMNS, MOST_FULL_HEADS = 26, 16
FULL_SHADE_CARS = 4
"""The darkest shade means at least this many cars, so that a plan of ones stays pale."""


@dataclass(frozen=True)
class HeatRow:
    """One sector."""

    name: str
    cells: tuple[DemandCell, ...]
    mean_cars: float


@dataclass(frozen=True)
class HeatTable:
    """What the template draws; sectors that never have a car are named below it."""

    title: str
    periods: tuple[str, ...]
    rows: tuple[HeatRow, ...]
    totals: tuple[int, ...]
    empty: tuple[str, ...]


def plan_heat(title: str, area: Area, plan: DemandPlan, start: str) -> HeatTable:
    """Lay out a plan of a shift that begins at a local time."""
    cars = np.array([period.cars for period in plan.periods], np.int64)
    return heat_table(title, area, cars, start, plan.period_minutes)


def timetable_heat(title: str, area: Area, timetable: Timetable, start: str) -> HeatTable:
    """Lay out where the cars of a timetable are."""
    cars = sector_cars(timetable, [sector.id for sector in area.sectors])
    return heat_table(title, area, cars, start, timetable.period_minutes)


def heat_table(title: str, area: Area, cars: NDArray[np.int64], start: str, period_minutes: int) -> HeatTable:
    """Lay out cars, shape (n_periods, n_sectors); of many short periods, every second one and so on is shown."""
    every = max(1, -(-len(cars) // MOST_COLUMNS))
    shown = cars[::every]
    most = max(int(cars.max(initial=0)), FULL_SHADE_CARS)
    names = [plain_name(sector.name) for sector in area.sectors]
    rows = [
        HeatRow(name, tuple(DemandCell(count, car_shade(count, most)) for count in column.tolist()), float(mean))
        for name, column, mean in zip(names, shown.T, cars.mean(axis=0), strict=True)
        if mean > 0
    ]
    empty = tuple(name for name, mean in zip(names, cars.mean(axis=0), strict=True) if mean == 0)
    times = column_heads(clock_times(start, period_minutes * every, len(shown)))
    return HeatTable(title, times, tuple(rows), tuple(shown.sum(axis=1).tolist()), empty)


def column_heads(times: Sequence[str]) -> tuple[str, ...]:
    """Shorten the times of many columns to full hours, so that they leave room for each other.

    >>> column_heads(["08:00", "08:30"] * 9)[:3]
    ('8', '', '8')
    """
    if len(times) <= MOST_FULL_HEADS:
        return tuple(times)
    return tuple(f"{int(time[:2])}" if time.endswith(":00") else "" for time in times)


def without_repeats(tables: Sequence[HeatTable]) -> list[HeatTable]:
    """Leave out tables that show the same cars as one before."""
    kept: list[HeatTable] = []
    for table in tables:
        if not any((table.rows, table.periods) == (one.rows, one.periods) for one in kept):
            kept.append(table)
    return kept
