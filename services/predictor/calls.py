"""Calls: columns of one or more scenarios of a span, and the calls artifact (docs/formats.md)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from services.predictor.area import Priority, ServiceType
from serving.errors import InvalidArgument

SCHEMA = pa.schema(
    [
        pa.field("scenario", pa.int32(), nullable=False),
        pa.field("minute", pa.float64(), nullable=False),
        pa.field("latitude", pa.float64(), nullable=False),
        pa.field("longitude", pa.float64(), nullable=False),
        pa.field("sector", pa.int32(), nullable=False),
        pa.field("type", pa.int32(), nullable=False),
        pa.field("urgent", pa.bool_(), nullable=False),
        pa.field("target_minutes", pa.float64(), nullable=False),
        pa.field("cars_required", pa.int32(), nullable=False),
        pa.field("service_minutes", pa.float64(), nullable=False),
        pa.field("capability", pa.int32(), nullable=False),
    ]
)
OLDER_SCHEMA = SCHEMA.remove(SCHEMA.get_field_index("capability"))
"""Call sets from before calls asked for capabilities."""


@dataclass(frozen=True)
class Span:
    """A stretch of time: its start (UTC) and its length in minutes."""

    start_time: datetime
    minutes: int


@dataclass(frozen=True)
class Calls:
    """Calls in columns, every array of shape (n_calls,), sorted by scenario and minute.

    `minute` counts from the span's start; `sector`, `type` and `capability` are positions on the area's axes,
    `capability` -1 where any car will do.
    """

    scenario: NDArray[np.int64]
    minute: NDArray[np.float64]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    sector: NDArray[np.int64]
    type: NDArray[np.int64]
    urgent: NDArray[np.bool_]
    target_minutes: NDArray[np.float64]
    cars_required: NDArray[np.int64]
    service_minutes: NDArray[np.float64]
    capability: NDArray[np.int64]


@dataclass(frozen=True)
class CallSet:
    """A stored set of calls; `model` is empty for recorded calls."""

    artifact: str
    span: Span
    scenario_count: int
    call_count: int
    model: str
    seed: int


def type_demands(
    types: NDArray[np.int64], services: Sequence[ServiceType]
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.int64]]:
    """Return whether calls of these types are urgent, their target minutes and the cars they need."""
    urgent = np.array([service.priority is Priority.URGENT for service in services])
    targets = np.array([service.target_minutes for service in services])
    cars = np.array([service.cars_required for service in services])
    return urgent[types], targets[types], cars[types]


def calls_table(calls: Calls, span: Span, scenario_count: int) -> pa.Table:
    """Return the calls artifact; span and number of scenarios stand in the schema's metadata."""
    metadata = {
        b"scenario_count": str(scenario_count).encode(),
        b"span_minutes": str(span.minutes).encode(),
        b"start_time": span.start_time.astimezone(UTC).isoformat().encode(),
    }
    columns = [pa.array(getattr(calls, field.name), field.type) for field in SCHEMA]
    return pa.Table.from_arrays(columns, schema=SCHEMA.with_metadata(metadata))


def check_calls_table(table: pa.Table) -> None:
    """Raise `InvalidArgument` unless the table is a calls artifact."""
    if not any(table.schema.remove_metadata().equals(schema) for schema in (SCHEMA, OLDER_SCHEMA)):
        raise InvalidArgument("artifact", "Expected a call set.")
