"""Call sets: the calls of one or more scenarios of the same span, in columns."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from services.demand.arrays import BoolArray, FloatArray, IntArray
from serving.errors import InvalidArgument

COLUMNS = (
    "scenario",
    "minute",
    "latitude",
    "longitude",
    "sector",
    "urgent",
    "target_minutes",
    "cars_required",
    "service_minutes",
)
CAPABILITY = "capability"
"""A column that older call sets lack."""
CALL_COLUMNS = (*COLUMNS[1:], "needs")
"""The fields of a call set with one value per call."""
METADATA = (b"scenario_count", b"span_minutes")
MOST_CALL_MINUTES = 1_000_000
"""Longest target and service, about two years."""
START_TIME = b"start_time"


@dataclass(frozen=True, eq=False)
class CallSet:
    """Calls sorted by scenario and minute.

    Parameters
    ----------
    span_minutes
        Length of the span; every call comes in [0, span_minutes).
    first_call
        Shape (n_scenarios + 1,): scenario s holds the calls ``first_call[s]:first_call[s + 1]``.
    minute
        Shape (n_calls,), minutes after the span's start; so are the other columns, one value per call.
    sector
        Index of the sector that the call lies in.
    target_minutes
        Minutes until the first car is due (τ).
    cars_required
        Cars asked for (d), at least 1.
    service_minutes
        Minutes that each car spends on the scene (g).
    needs
        Capabilities that a car must have, a bit for each of the area's; 0: any car will do.
    start_time
        The span's start; None: not known.
    """

    span_minutes: float
    first_call: IntArray
    minute: FloatArray
    latitude: FloatArray
    longitude: FloatArray
    sector: IntArray
    urgent: BoolArray
    target_minutes: FloatArray
    cars_required: IntArray
    service_minutes: FloatArray
    needs: IntArray
    start_time: datetime | None = None

    @property
    def scenario_count(self) -> int:
        """Number of scenarios, those without calls included."""
        return len(self.first_call) - 1

    @property
    def call_count(self) -> int:
        """Number of calls of all scenarios."""
        return len(self.minute)

    @property
    def scenario(self) -> IntArray:
        """Scenario of each call, shape (n_calls,)."""
        return np.repeat(np.arange(self.scenario_count), np.diff(self.first_call))

    def take(self, kept: BoolArray) -> "CallSet":
        """Take some calls of all scenarios; `kept` has shape (n_calls,)."""
        values: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        columns: dict[str, Any] = {name: value[kept] for name, value in values.items() if name in CALL_COLUMNS}
        first_call = np.concatenate([[0], np.cumsum(kept)])[self.first_call]
        return replace(self, **columns | {"first_call": first_call})

    def first_scenarios(self, count: int) -> "CallSet":
        """Take the first `count` scenarios."""
        end = int(self.first_call[count])
        values: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        columns: dict[str, Any] = {name: value[:end] for name, value in values.items() if isinstance(value, np.ndarray)}
        return replace(self, **columns | {"first_call": self.first_call[: count + 1]})


def read_calls(table: pa.Table, field: str, sector_count: int, capability_count: int = 0) -> CallSet:
    """Check a calls artifact and take its columns.

    Parameters
    ----------
    table
        The artifact (docs/formats.md, "Calls artifact").
    field
        The request's field that names it, for errors.
    sector_count, capability_count
        Of the area that the calls must belong to.

    Raises
    ------
    InvalidArgument
        The table is not a call set, or is one of another area.
    """
    scenario_count, span_minutes = _read_metadata(table, field)
    columns = _read_columns(table, field, COLUMNS)
    scenario = columns.pop("scenario").astype(np.int64)
    _require(field, scenario_count >= 1, f"Expected at least 1 scenario, got {scenario_count}.")
    _require(field, _within(scenario, 0, scenario_count - 1), f"Expected scenarios 0 to {scenario_count - 1}.")
    calls = CallSet(
        span_minutes=span_minutes,
        first_call=np.searchsorted(scenario, np.arange(scenario_count + 1)),
        minute=columns["minute"].astype(np.float64),
        latitude=columns["latitude"].astype(np.float64),
        longitude=columns["longitude"].astype(np.float64),
        sector=columns["sector"].astype(np.int64),
        urgent=columns["urgent"].astype(np.bool_),
        target_minutes=columns["target_minutes"].astype(np.float64),
        cars_required=columns["cars_required"].astype(np.int64),
        service_minutes=columns["service_minutes"].astype(np.float64),
        needs=_read_needs(table, field, capability_count),
        start_time=_read_start(table, field),
    )
    _check_order(scenario, calls.minute, field)
    _check_values(calls, field, sector_count)
    return calls


def _read_metadata(table: pa.Table, field: str) -> tuple[int, float]:
    metadata = table.schema.metadata or {}
    missing = [key.decode() for key in METADATA if key not in metadata]
    _require(field, not missing, f"Expected a calls artifact, but its metadata lack {', '.join(missing)}.")
    scenario_count, span_minutes = (metadata[key].decode() for key in METADATA)
    _require(field, scenario_count.isdigit(), f"Expected scenario_count to be a whole number, got {scenario_count!r}.")
    _require(field, _is_positive(span_minutes), f"Expected span_minutes above 0, got {span_minutes!r}.")
    return int(scenario_count), float(span_minutes)


def _read_start(table: pa.Table, field: str) -> datetime | None:
    text = (table.schema.metadata or {}).get(START_TIME, b"").decode()
    try:
        start_time = datetime.fromisoformat(text) if text else None
    except ValueError:
        start_time = datetime.min  # has no offset
    has_offset = start_time is None or start_time.tzinfo is not None
    _require(field, has_offset, f"Expected start_time as ISO 8601 with its offset, got {text!r}.")
    return start_time


def _is_positive(text: str) -> bool:
    try:
        return 0 < float(text) < float("inf")
    except ValueError:
        return False


def _read_needs(table: pa.Table, field: str, capability_count: int) -> IntArray:
    """Return what each call needs, a bit per capability; call sets from before there were any need nothing."""
    if CAPABILITY not in table.column_names:
        return np.zeros(table.num_rows, np.int64)
    capability = _read_columns(table, field, (CAPABILITY,))[CAPABILITY].astype(np.int64)
    of_area = _within(capability, -1, capability_count - 1)
    _require(field, of_area, f"Expected calls of this area, with capabilities -1 to {capability_count - 1}.")
    return np.where(capability < 0, 0, np.left_shift(1, np.maximum(capability, 0)))


def _read_columns(table: pa.Table, field: str, names: tuple[str, ...]) -> dict[str, Any]:
    missing = [name for name in names if name not in table.column_names]
    _require(field, not missing, f"Expected a calls artifact, but it lacks the columns {', '.join(missing)}.")
    for name in names:
        kind = table.schema.field(name).type
        numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
        _require(field, numeric, f"Expected numbers in the column {name}, got {kind}.")
        _require(field, table[name].null_count == 0, f"Expected no empty values in the column {name}.")
    return {name: table[name].to_numpy() for name in names}


def _check_order(scenario: IntArray, minute: FloatArray, field: str) -> None:
    later_scenario, same_scenario = np.diff(scenario) > 0, np.diff(scenario) == 0
    in_order = later_scenario | (same_scenario & (np.diff(minute) >= 0))
    _require(field, bool(in_order.all()), "Expected calls sorted by scenario and minute.")


def _check_values(calls: CallSet, field: str, sector_count: int) -> None:
    span_minutes = calls.span_minutes
    in_span = bool(((calls.minute >= 0) & (calls.minute < span_minutes)).all())
    _require(field, in_span, f"Expected every call within the span of {span_minutes:g} minutes.")
    _require(field, _within(calls.latitude, -90, 90), "Expected latitudes of -90 to 90 degrees.")
    _require(field, _within(calls.longitude, -180, 180), "Expected longitudes of -180 to 180 degrees.")
    of_area = _within(calls.sector, 0, sector_count - 1)
    _require(field, of_area, f"Expected calls of this area, with sectors 0 to {sector_count - 1}.")
    _require(field, _within(calls.cars_required, 1, 1000), "Expected cars_required of 1 to 1000.")
    for name in ("target_minutes", "service_minutes"):
        allowed = _within(getattr(calls, name), 0, MOST_CALL_MINUTES)
        _require(field, allowed, f"Expected {name} of 0 to {MOST_CALL_MINUTES} minutes.")


def _within(values: FloatArray | IntArray, least: float, most: float) -> bool:
    return bool(((values >= least) & (values <= most)).all())


def _require(field: str, condition: bool, description: str) -> None:
    if not condition:
        raise InvalidArgument(field, description)
