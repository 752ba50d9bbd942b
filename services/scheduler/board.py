"""The arrays that the annealing kernel works on: what stays fixed, and what moves."""

from collections.abc import Hashable, Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from services.scheduler.instance import Instance, Rows

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Board(NamedTuple):
    """What stays fixed; the shapes are those of `Instance`, `kind` (n,) numbers distinct availabilities,
    cars of one `twin` (n,) may do the same at the same cost: they differ only in start and history. `has_spare` tells
    whether a period has more cars than its demand.
    """

    minutes: Floats
    costs: Floats
    home: Integers
    start: Integers
    first: Integers
    last: Integers
    kind: Integers
    twin: Integers
    has_spare: bool
    allowed: Flags
    available: Flags
    demand: Integers
    cap: Integers
    history_length: int
    no_return: bool
    max_consecutive: int
    fairness_weight: float
    penalty: float


class Position(NamedTuple):
    """What moves.

    `path` (n, P + T) is the history and the sectors; `cover` (T, Q, m) the cars that count; `load` (T, m) the cars;
    `counted`, `driven` and `broken` (n,) are of each car what its drives count, its minutes, and its breaches of the
    presence rule; `missing` (1,) is the shortage of cover plus the excess over the cap.
    """

    path: Integers
    cover: Integers
    load: Integers
    counted: Floats
    driven: Floats
    broken: Integers
    missing: Integers


def make_board(instance: Instance, penalty: float) -> Board:
    """Return the fixed arrays; a broken rule costs `penalty` times the largest cost of a drive."""
    kind = _number(row.tobytes() for row in instance.available)
    marks = zip(kind, instance.home, instance.allowed, strict=True)
    twin = _number((int(kind), int(home), allowed.tobytes()) for kind, home, allowed in marks)
    return Board(
        minutes=instance.minutes,
        costs=instance.costs,
        home=instance.home,
        start=instance.start,
        first=instance.first_period,
        last=instance.last_period,
        kind=kind,
        twin=twin,
        has_spare=has_spare_cars(instance),
        allowed=instance.allowed,
        available=instance.available,
        demand=instance.demand,
        cap=instance.cap,
        history_length=instance.before.shape[1],
        no_return=instance.no_return,
        max_consecutive=instance.max_consecutive,
        fairness_weight=instance.fairness_weight,
        penalty=_cost_of_breach(instance, penalty),
    )


def with_penalty(board: Board, instance: Instance, penalty: float) -> Board:
    """Return the same arrays with another cost of a broken rule, in units of the largest cost of a drive."""
    return board._replace(penalty=_cost_of_breach(instance, penalty))


def has_spare_cars(instance: Instance) -> bool:
    """Return whether a period has more cars than its demand."""
    return bool((instance.active.sum(axis=0) > instance.demand.sum(axis=1)).any())


def _number(marks: Iterable[Hashable]) -> Integers:
    """Number distinct marks in the order in which they come."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(mark, len(numbers)) for mark in marks], dtype=np.int64)


def _cost_of_breach(instance: Instance, penalty: float) -> float:
    largest = float(instance.costs.max()) + instance.fairness_weight * float(instance.minutes.max())
    return penalty * largest + 1


def make_position(instance: Instance, rows: Rows) -> Position:
    """Return the arrays of a schedule, shape (n, T), that may break rules of cover, cap and presence."""
    sectors = np.arange(instance.sector_count)
    inside = rows[:, :, np.newaxis] == sectors
    cover = np.einsum("itb,itq->tqb", inside.astype(np.int64), instance.available.astype(np.int64))
    load = inside.sum(axis=0)
    shortage = np.maximum(instance.demand[:, np.newaxis, :] - cover, 0).sum()
    excess = np.maximum(load - instance.cap, 0).sum()
    return Position(
        path=np.column_stack([instance.before, rows]),
        cover=cover,
        load=load,
        counted=np.zeros(instance.car_count),
        driven=np.zeros(instance.car_count),
        broken=np.zeros(instance.car_count, dtype=np.int64),
        missing=np.array([shortage + excess]),
    )
