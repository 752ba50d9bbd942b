"""Turns counts on arcs into a path for every car.

The cars of a class that meet in a sector may be matched with the onward drives in any way the presence rule allows.
That freedom is used for fairness: who has driven most takes the shortest drive.
"""

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from services.scheduler.flow_model import ClassColumns, FlowModel
from services.scheduler.instance import NOWHERE, Instance, Rows
from services.scheduler.linear_program import NO_COLUMN, Floats

Counts = npt.NDArray[np.int64]


def flow_paths(model: FlowModel, values: Floats) -> Rows:
    """Return a schedule, shape (n, T), of a solution of the flow model.

    Parameters
    ----------
    values
        Columns of a feasible solution, integer, shape (n_columns,).
    """
    instance = model.instance
    rows = np.full((instance.car_count, instance.period_count), NOWHERE, dtype=np.int64)
    for columns in model.classes:
        _enter(rows, columns, values)
        for period in range(columns.car_class.first_period, columns.car_class.last_period):
            _move(instance, rows, columns, _counts(columns.move[period], values), period)
    return rows


def path_flow(model: FlowModel, rows: Rows) -> Floats:
    """Return the solution of the flow model, shape (n_columns,), that a schedule is."""
    values = np.zeros(model.program.column_count)
    for columns in model.classes:
        first, last = columns.car_class.first_period, columns.car_class.last_period
        for origin, entry in zip(columns.car_class.origins, columns.entry, strict=True):
            np.add.at(values, entry[rows[origin.cars, first]], 1)
        for period in range(first, last + 1):
            here = rows[columns.car_class.cars, period]
            np.add.at(values, columns.present[period, here], 1)
            if period < last:
                np.add.at(values, columns.move[period, here, rows[columns.car_class.cars, period + 1]], 1)
    return values


def _counts(columns: npt.NDArray[np.int64], values: Floats) -> Counts:
    counts: Counts = np.where(columns == NO_COLUMN, 0, values[columns]).astype(np.int64)
    return counts


def _enter(rows: Rows, columns: ClassColumns, values: Floats) -> None:
    counts = _counts(columns.entry, values)
    for origin, into in zip(columns.car_class.origins, counts, strict=True):
        rows[origin.cars, columns.car_class.first_period] = np.repeat(np.arange(len(into)), into)


def _move(instance: Instance, rows: Rows, columns: ClassColumns, moves: Counts, period: int) -> None:
    cars = columns.car_class.cars
    driven = _driven_minutes(instance, rows, cars, period)
    for sector in np.unique(rows[cars, period]):
        here = rows[cars, period] == sector
        targets = np.repeat(np.arange(len(moves)), moves[sector])
        rows[cars[here], period + 1] = _match(instance, rows, cars[here], driven[here], targets, period)


def _driven_minutes(instance: Instance, rows: Rows, cars: Counts, period: int) -> Floats:
    path = np.column_stack([instance.start[cars], rows[cars, instance.first_period[cars[0]] : period + 1]])
    drives = path[:, :-1] != NOWHERE
    minutes: Floats = np.where(drives, instance.minutes[path[:, :-1], path[:, 1:]], 0.0).sum(axis=1)
    return minutes


def _match(instance: Instance, rows: Rows, cars: Counts, driven: Floats, targets: Counts, period: int) -> Counts:
    """Return the next sector of cars that are in one sector, given the onward drives as a list of targets."""
    sector = int(rows[cars[0], period])
    # The sum of products is least when the most driven cars take the shortest drives; as a whole it stays below 1, so
    # that it only chooses among matches that keep the presence rule.
    cost = driven[:, np.newaxis] * instance.minutes[sector, targets][np.newaxis, :]
    cost /= 1 + cost.max() * len(cars)
    if instance.no_return:
        cost += _sector_before(instance, rows, cars, period)[:, np.newaxis] == targets
    if instance.max_consecutive:  # who came first leaves first
        cost += _run_length(instance, rows, cars, period)[:, np.newaxis] * (targets == sector)
    car, target = linear_sum_assignment(cost)
    matched = np.empty(len(cars), dtype=np.int64)
    matched[car] = targets[target]
    return matched


def _sector_before(instance: Instance, rows: Rows, cars: Counts, period: int) -> Counts:
    nowhere = np.full(len(cars), NOWHERE)
    path = np.column_stack([nowhere, instance.before[cars], rows[cars]])
    before: Counts = path[:, instance.before.shape[1] + period]
    return before


def _run_length(instance: Instance, rows: Rows, cars: Counts, period: int) -> Counts:
    path = np.column_stack([instance.before[cars], rows[cars, : period + 1]])[:, ::-1]
    same = np.cumprod(path == path[:, :1], axis=1)
    length: Counts = same.sum(axis=1)
    return length
