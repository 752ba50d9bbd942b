r"""The compact exact model: cars of a class are counted on arcs between sectors, not named.

For class k with periods f..l, origin o and sectors a, b:

    entry_o(b)     cars of origin o that begin in b at f
    move_t(a, b)   cars in a at t and in b at t+1
    present_t(b)   cars in b at t

    min  Σ cost(o, b) entry_o(b) + Σ cost(a, b) move_t(a, b)
         Σ_b entry_o(b) = cars of o        Σ_o entry_o(b) = present_f(b)
         Σ_b move_t(a, b) = present_t(a)   Σ_a move_t(a, b) = present_{t+1}(b)

Every other rule adds its rows from its own file in :mod:`services.scheduler.rules`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.scheduler.car_classes import CarClass
from services.scheduler.instance import NOWHERE, Instance
from services.scheduler.linear_program import NO_COLUMN, Floats, Indices, LinearProgram


@dataclass(frozen=True, eq=False)
class ClassColumns:
    """Columns of one class; `NO_COLUMN` where a car may not be.

    Attributes
    ----------
    entry
        Shape (n_origins, m).
    move
        Shape (T - 1, m, m), by the earlier period.
    present
        Shape (T, m).
    """

    car_class: CarClass
    entry: Indices
    move: Indices
    present: Indices


@dataclass(frozen=True, eq=False)
class FlowModel:
    """The model of an instance: its program and where its columns are."""

    instance: Instance
    program: LinearProgram
    classes: tuple[ClassColumns, ...]


Rule = Callable[[FlowModel], None]
"""Adds the rows of one rule to a model."""


def build_flow_model(instance: Instance, classes: list[CarClass], costs: Floats, rules: tuple[Rule, ...]) -> FlowModel:
    """Build the model.

    Parameters
    ----------
    costs
        What a drive counts, shape (n_homes, m, m); ``instance.costs`` or a variation of it.
    rules
        What adds the rows of each rule.
    """
    program = LinearProgram()
    room = _room(instance)
    columns = tuple(_add_class(program, car_class, costs[car_class.home], room) for car_class in classes)
    model = FlowModel(instance, program, columns)
    for rule in rules:
        rule(model)
    return model


def origin_costs(matrix: Floats, car_class: CarClass) -> Floats:
    """Return what it counts to drive from each origin to each sector, shape (n_origins, m)."""
    nothing = np.zeros(matrix.shape[0])
    return np.stack([nothing if o.start == NOWHERE else matrix[o.start] for o in car_class.origins])


def _room(instance: Instance) -> Indices:
    """Return the most cars that can be in each sector while all others have what they need, shape (T, m)."""
    spare = instance.active.sum(axis=0) - instance.demand.sum(axis=1)
    room: Indices = np.clip(instance.demand + spare[:, np.newaxis], 0, instance.cap)
    return room


def _add_class(program: LinearProgram, car_class: CarClass, matrix: Floats, room: Indices) -> ClassColumns:
    columns = _add_columns(program, car_class, matrix, np.minimum(room, len(car_class.cars)))
    _conserve_entries(program, columns)
    _conserve_moves(program, columns)
    return columns


def _add_columns(program: LinearProgram, car_class: CarClass, matrix: Floats, room: Indices) -> ClassColumns:
    places = np.where(car_class.allowed, room, 0)
    first = np.repeat(places[np.newaxis, car_class.first_period], len(car_class.origins), axis=0)
    arcs = np.minimum(places[:-1, :, np.newaxis], places[1:, np.newaxis, :])
    return ClassColumns(
        car_class=car_class,
        entry=program.add_columns(origin_costs(matrix, car_class), first, first > 0),
        move=program.add_columns(np.broadcast_to(matrix, arcs.shape), arcs, arcs > 0),
        present=program.add_columns(np.zeros(places.shape), places, places > 0),
    )


def _conserve_entries(program: LinearProgram, columns: ClassColumns) -> None:
    sizes = np.array([len(origin.cars) for origin in columns.car_class.origins])
    out = program.add_rows(sizes, sizes, sizes.shape)
    program.add_entries(out[:, np.newaxis], columns.entry, 1)
    into = program.add_rows(0, 0, columns.entry.shape[1:])
    program.add_entries(into[np.newaxis, :], columns.entry, 1)
    program.add_entries(into, columns.present[columns.car_class.first_period], -1)


def _conserve_moves(program: LinearProgram, columns: ClassColumns) -> None:
    periods = slice(columns.car_class.first_period, columns.car_class.last_period)
    move = columns.move[periods]
    out = program.add_rows(0, 0, move.shape[:2])
    program.add_entries(out[:, :, np.newaxis], move, 1)
    program.add_entries(out, columns.present[periods], -1)
    into = program.add_rows(0, 0, move.shape[:2])
    program.add_entries(into[:, np.newaxis, :], move, 1)
    program.add_entries(into, columns.present[periods.start + 1 : periods.stop + 1], -1)


def exists(columns: Indices) -> npt.NDArray[np.bool_]:
    """Return where there is a column."""
    found: npt.NDArray[np.bool_] = columns != NO_COLUMN
    return found
