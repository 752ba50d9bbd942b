"""The road graph of an area: nodes and directed arcs with driving minutes, checked."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from services.predictor.table_file import numbers, read_table, require_columns, texts
from serving.errors import InvalidArgument

NODE_COLUMNS = ("node", "longitude", "latitude")
ARC_COLUMNS = ("arc", "from_node", "to_node", "urgent_minutes", "normal_minutes")
NODES_FIELD = "roads.nodes"
ARCS_FIELD = "roads.arcs"


def read_roads(files: Mapping[str, bytes], nodes_file: str, arcs_file: str) -> tuple[pa.Table, pa.Table]:
    """Read and check nodes and arcs.

    Returns
    -------
    The tables of nodes and arcs as in docs/formats.md "Roads artifacts".

    Raises
    ------
    InvalidArgument
        A file cannot be read or lacks a column; an identifier is repeated, unknown or no whole number; coordinates or
        minutes are negative, missing or not finite. Names the first row at fault.
    """
    nodes = _read(files, NODES_FIELD, nodes_file, NODE_COLUMNS)
    arcs = _read(files, ARCS_FIELD, arcs_file, ARC_COLUMNS)
    node_table = _node_table(nodes)
    return node_table, _arc_table(arcs, node_table.column("node").to_numpy())


def _read(files: Mapping[str, bytes], field: str, name: str, columns: Sequence[str]) -> pd.DataFrame:
    table = read_table(files, field, name)
    require_columns(table, field, columns)
    if table.num_rows == 0:
        raise InvalidArgument(field, "Expected rows, got none.")
    rows: pd.DataFrame = table.to_pandas()
    return rows


def _node_table(rows: pd.DataFrame) -> pa.Table:
    nodes = _identifiers(rows, "node", NODES_FIELD)
    _refuse_repeats(nodes, "node", NODES_FIELD)
    columns: dict[str, NDArray[Any]] = {"node": nodes}
    for name, limit in (("longitude", 180.0), ("latitude", 90.0)):
        columns[name] = _bounded(rows, name, NODES_FIELD, -limit, limit)
    return pa.table(columns)


def _arc_table(rows: pd.DataFrame, nodes: NDArray[np.int64]) -> pa.Table:
    columns: dict[str, NDArray[Any]] = {
        name: _identifiers(rows, name, ARCS_FIELD) for name in ("arc", "from_node", "to_node")
    }
    _refuse_repeats(columns["arc"], "arc", ARCS_FIELD)
    for name in ("from_node", "to_node"):
        unknown = ~np.isin(columns[name], nodes)
        _refuse(unknown, ARCS_FIELD, name, "a node of roads.nodes", columns[name])
    for name in ("urgent_minutes", "normal_minutes"):
        columns[name] = _bounded(rows, name, ARCS_FIELD, 0.0, 1_440.0)
    table = pa.table(columns)
    if "name" in rows:
        table = table.append_column("name", pa.array(texts(rows["name"]), pa.string()))
    if "length_m" in rows:
        table = table.append_column("length_m", pa.array(_bounded(rows, "length_m", ARCS_FIELD, 0.0, 1e6)))
    return table


def _identifiers(rows: pd.DataFrame, name: str, field: str) -> NDArray[np.int64]:
    values = numbers(rows[name]).to_numpy(float)
    bad = ~np.isfinite(values) | (values % 1 != 0) | (np.abs(values) > 2**53)
    _refuse(bad, field, name, "a whole number", rows[name].to_numpy())
    return values.astype(np.int64)


def _refuse_repeats(values: NDArray[np.int64], name: str, field: str) -> None:
    _refuse(pd.Series(values).duplicated().to_numpy(), field, name, "a value that occurs once", values)


def _bounded(rows: pd.DataFrame, name: str, field: str, least: float, most: float) -> NDArray[np.float64]:
    values = numbers(rows[name]).to_numpy(float)
    inside = (values >= least) & (values <= most)
    _refuse(~inside, field, name, f"a number from {least:g} to {most:g}", rows[name].to_numpy())
    return values


def _refuse(bad: NDArray[np.bool_], field: str, name: str, expected: str, values: NDArray[Any]) -> None:
    """Raise `InvalidArgument` that names the first row at fault, if there is one."""
    if bad.any():
        position = int(np.argmax(bad))
        got = values[position]
        raise InvalidArgument(f"{field}.{name}", f"Expected {expected} in row {position + 1}, got {got!s}.")
