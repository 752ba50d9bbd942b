"""Calls artifacts put one after the other, or laid over each other (docs/formats.md, "Calls artifact")."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

SCENARIO_COUNT = b"scenario_count"


def scenario_count(table: pa.Table) -> int:
    """Scenarios of a calls artifact, those without calls included."""
    return int(table.schema.metadata[SCENARIO_COUNT])


def join(tables: Sequence[pa.Table]) -> pa.Table:
    """Put the scenarios of call sets of spans of the same length one after the other; the span is that of the first.

    Raises
    ------
    ValueError
        There are no call sets.
    """
    if not tables:
        raise ValueError("Expected at least one call set.")
    firsts = np.cumsum([0, *(scenario_count(table) for table in tables)])
    moved = [
        _with_scenarios(table, table["scenario"].to_numpy() + int(first), int(firsts[-1]))
        for table, first in zip(tables, firsts, strict=False)
    ]
    metadata = moved[0].schema.metadata
    return pa.concat_tables([table.replace_schema_metadata(metadata) for table in moved])


def superpose(table: pa.Table, copies: int) -> pa.Table:
    """Lay every `copies` consecutive scenarios over each other; scenarios left over are left out."""
    count = scenario_count(table) // copies
    scenario = table["scenario"].to_numpy() // copies
    order = np.lexsort((table["minute"].to_numpy(), scenario))
    order = order[scenario[order] < count]
    return _with_scenarios(table.take(pa.array(order)), scenario[order], count)


def calls_per_scenario(table: pa.Table, from_minute: float) -> list[int]:
    """Count the calls of each scenario that come at a minute or later."""
    counted = table["scenario"].to_numpy()[table["minute"].to_numpy() >= from_minute]
    counts: list[int] = np.bincount(counted, minlength=scenario_count(table)).tolist()
    return counts


def _with_scenarios(table: pa.Table, scenario: "np.ndarray[tuple[int], np.dtype[np.int64]]", count: int) -> pa.Table:
    position = table.schema.get_field_index("scenario")
    field = table.schema.field(position)
    changed = table.set_column(position, field, pa.array(scenario.astype(np.int32), field.type))
    return changed.replace_schema_metadata({**table.schema.metadata, SCENARIO_COUNT: str(count).encode()})
