"""CSV and parquet files as arrow tables; whole-file faults name the field of `area.toml` that names the file."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from serving.errors import InvalidArgument


def read_file(files: Mapping[str, bytes], field: str, name: str) -> bytes:
    """Return a file of the area directory.

    Raises
    ------
    InvalidArgument
        The area directory has no such file.
    """
    if name not in files:
        raise InvalidArgument(field, f"Expected the file {name!r} in the area directory; it is not there.")
    return files[name]


def read_table(files: Mapping[str, bytes], field: str, name: str) -> pa.Table:
    """Read a .csv file (every column as text) or a .parquet file (typed).

    Raises
    ------
    InvalidArgument
        The file is missing, is neither CSV nor parquet, or cannot be read.
    """
    content = read_file(files, field, name)
    suffix = name.rsplit(".", 1)[-1].lower()
    if suffix not in ("csv", "parquet"):
        raise InvalidArgument(field, f"Expected a .csv or .parquet file, got {name!r}.")
    try:
        table = _read_csv(content) if suffix == "csv" else pa.parquet.read_table(io.BytesIO(content))
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InvalidArgument(field, f"{name} cannot be read as {suffix}: {_first_line(error)}") from error
    repeated = sorted({column for column in table.column_names if table.column_names.count(column) > 1})
    if repeated:
        raise InvalidArgument(field, f"{name} has the column {repeated[0]!r} twice.")
    return table


def require_columns(table: pa.Table, field: str, columns: Sequence[str]) -> None:
    """Raise `InvalidArgument` unless the table has every column."""
    missing = [column for column in columns if column not in table.column_names]
    if missing:
        present = ", ".join(table.column_names)
        raise InvalidArgument(field, f"Expected the column {missing[0]!r}; the file has {present}.")


def numbers(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Turn text or numbers into floats; what is no number becomes NaN."""
    values = pd.to_numeric(column, errors="coerce").astype("float64")
    if not pd.api.types.is_numeric_dtype(column.dtype):
        # pandas reads text to the last digit but one; the same file as parquet must give the same numbers.
        readable = values.notna()
        values[readable] = column[readable].to_numpy(dtype=str).astype(np.float64)
    return values


def texts(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Turn values into stripped text; missing and blank values become None.

    Whole numbers are written without a decimal point: pandas reads a column of whole numbers with gaps as floats.
    """
    present = column.notna()
    if pd.api.types.is_float_dtype(column.dtype) and (column[present] % 1 == 0).all():
        column = column.astype("Int64")
    stripped = column.astype(object).where(present, "").astype(str).str.strip().astype(object)
    return stripped.where(stripped != "", None)


def _read_csv(content: bytes) -> pa.Table:
    header = pa.csv.read_csv(io.BytesIO(content.split(b"\n", 1)[0] + b"\n"))
    as_text = pa.csv.ConvertOptions(
        column_types=dict.fromkeys(header.column_names, pa.string()), strings_can_be_null=True, null_values=[""]
    )
    return pa.csv.read_csv(io.BytesIO(content), convert_options=as_text)


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return f"{lines[0].rstrip('.')}." if lines else f"{type(error).__name__}."
