"""How calls of each type are served: the agency's table, completed by stated defaults."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from services.predictor.area import Priority, ServiceType
from services.predictor.table_file import numbers, read_table, require_columns, texts
from serving.errors import InvalidArgument

FIELD = "services.file"
MAXIMUM_CARS_REQUIRED = 100
BOUNDS: Mapping[str, tuple[float, float]] = {
    "target_minutes": (1e-3, 1_440.0),
    "cars_required": (1, MAXIMUM_CARS_REQUIRED),
    "lognormal_mu": (-5.0, 10.0),
    "lognormal_sigma": (0.0, 5.0),
    "maximum_minutes": (1e-3, 10_080.0),
}
COLUMNS = ("type", "priority", *BOUNDS)
CAPABILITY = "capability"
"""Optional: what a car must be able to do to take calls of the type."""


def assumed_type(name: str) -> ServiceType:
    """Return what is assumed of a type that the agency's table does not have."""
    return ServiceType(
        type=name,
        priority=Priority.OTHER,
        target_minutes=Priority.OTHER.default_target_minutes,
        cars_required=1,
        lognormal_mu=3.0593,
        lognormal_sigma=1.0,
        maximum_minutes=240.0,
        assumed=True,
    )


def complete(listed: Sequence[ServiceType], types: Sequence[str]) -> tuple[ServiceType, ...]:
    """Return one entry for every incident type of the data, ordered by type."""
    known = {entry.type: entry for entry in listed}
    return tuple(known.get(name) or assumed_type(name) for name in sorted(types))


def read_service_types(files: Mapping[str, bytes], name: str) -> tuple[ServiceType, ...]:
    """Read the services table.

    Raises
    ------
    InvalidArgument
        The file cannot be read, lacks a column, repeats a type, or has a value out of range; names row and column.
    """
    table = read_table(files, FIELD, name)
    require_columns(table, FIELD, COLUMNS)
    rows = table.to_pandas()
    names, priorities = texts(rows["type"]), texts(rows["priority"])
    capabilities = texts(rows[CAPABILITY]) if CAPABILITY in rows else pd.Series([None] * len(rows))
    values = {column: _checked(rows[column], column, bounds) for column, bounds in BOUNDS.items()}
    for position in range(len(rows)):
        _check_row(names, priorities, position)
    return tuple(
        ServiceType(
            type=str(names[position]),
            priority=Priority(priorities[position]),
            target_minutes=float(values["target_minutes"][position]),
            cars_required=int(values["cars_required"][position]),
            lognormal_mu=float(values["lognormal_mu"][position]),
            lognormal_sigma=float(values["lognormal_sigma"][position]),
            maximum_minutes=float(values["maximum_minutes"][position]),
            capability=capabilities[position] or "",
        )
        for position in range(len(rows))
    )


def _check_row(names: "pd.Series[Any]", priorities: "pd.Series[Any]", position: int) -> None:
    row = position + 1
    if names[position] is None:
        raise InvalidArgument("services.type", f"Expected a type in row {row}.")
    if (names[:position] == names[position]).any():
        raise InvalidArgument("services.type", f"Expected every type once, got {names[position]!r} again in row {row}.")
    if priorities[position] not in [priority.value for priority in Priority]:
        got = priorities[position]
        raise InvalidArgument("services.priority", f"Expected urgent or other in row {row}, got {got!r}.")


def _checked(column: "pd.Series[Any]", name: str, bounds: tuple[float, float]) -> "pd.Series[Any]":
    """Return numbers within bounds, whole ones for cars."""
    values = numbers(column)
    bad = ~values.between(*bounds)
    if name == "cars_required":
        bad |= values % 1 != 0
    if bad.any():
        position = int(np.argmax(bad.to_numpy()))
        expected = f"a number from {bounds[0]:g} to {bounds[1]:g} in row {position + 1}"
        raise InvalidArgument(f"services.{name}", f"Expected {expected}, got {column[position]!r}.")
    return values
