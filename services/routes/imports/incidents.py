"""Reads the places of incidents from a file."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from services.routes.arrays import FloatArray
from serving.errors import InvalidArgument

COLUMNS = ["longitude", "latitude"]


def read_incident_points(file: Path) -> FloatArray:
    """Read columns longitude and latitude of a CSV file, shape (n_incidents, 2); rows without numbers are left out.

    Raises
    ------
    InvalidArgument
        The file cannot be read, or has no such columns.
    """
    try:
        points = pd.read_csv(file)[COLUMNS].to_numpy(dtype=np.float64)
    except (OSError, ValueError, KeyError) as error:
        message = f"Expected a CSV file with numbers in columns longitude and latitude in {file}: {error}."
        raise InvalidArgument("incidents", message) from error
    return _finite(points)


def points_of_table(table: pa.Table, field: str) -> FloatArray:
    """Return columns longitude and latitude of a table, shape (n_incidents, 2); rows without numbers are left out.

    Raises
    ------
    InvalidArgument
        There are no such columns of numbers.
    """
    columns = [table.column(name) for name in COLUMNS if name in table.column_names]
    if len(columns) < len(COLUMNS) or not all(pa.types.is_floating(column.type) for column in columns):
        raise InvalidArgument(field, "Expected a table with numbers in columns longitude and latitude.")
    return _finite(np.column_stack([column.to_numpy() for column in columns]).astype(np.float64))


def _finite(points: FloatArray) -> FloatArray:
    kept: FloatArray = points[np.isfinite(points).all(axis=1)]
    return kept
