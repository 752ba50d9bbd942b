"""The calls that were really recorded in a span, as one scenario."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.predictor.area import Area, Priority
from services.predictor.call_tables import needed_capabilities
from services.predictor.calls import Calls, Span, type_demands
from services.predictor.heaped_times import spread_heaped_times
from services.predictor.on_scene import draw_service_minutes
from serving.errors import FailedPrecondition

RECORDED_STREAM = 2
"""Keeps these draws apart from those of scenarios with the same seed."""


@dataclass(frozen=True)
class RecordOptions:
    """How records become calls.

    Attributes
    ----------
    seed : of on-scene minutes where the records have none.
    spreads_heaped_times : move heaped times within what they stand for, see `spread_heaped_times`.
    """

    seed: int
    spreads_heaped_times: bool = False


def recorded_calls(area: Area, incidents: pd.DataFrame, span: Span, options: RecordOptions) -> Calls:
    """Take the incidents of [start, start + minutes).

    What a record says of priority, cars, capability and on-scene minutes stands; the rest comes from its type,
    on-scene minutes drawn from the seed. A record whose priority is not its type's has the usual target of that
    priority (15 minutes urgent, 30 other). Times within the span decide, spread ones where times are spread.

    Raises
    ------
    FailedPrecondition
        The span lies outside the time for which incidents are known.
    """
    start = pd.Timestamp(span.start_time)
    end = start + pd.Timedelta(minutes=span.minutes)
    first_time, last_time = incidents["time"].iloc[0], incidents["time"].iloc[-1]
    if end <= first_time or start > last_time:
        known = f"{first_time.isoformat()} to {last_time.isoformat()}"
        raise FailedPrecondition("NO_RECORDS", f"Incidents are known from {known} only.")
    if options.spreads_heaped_times:
        incidents = spread_heaped_times(incidents, area.time_zone)
    times = incidents["time"]
    rows = incidents.iloc[int(times.searchsorted(start)) : int(times.searchsorted(end))]
    return _as_calls(area, rows, start, np.random.default_rng([options.seed % 2**64, RECORDED_STREAM]))


def coverage_notes(area: Area, incidents: pd.DataFrame, span: Span) -> tuple[str, ...]:
    """Return why calls of a span may be missing: it begins before the first record or ends after the last one.

    A quiet end of the records looks the same as records that stop; the note says where they end.
    """
    start = pd.Timestamp(span.start_time)
    end = start + pd.Timedelta(minutes=span.minutes)
    first_time, last_time = incidents["time"].iloc[0], incidents["time"].iloc[-1]
    notes = []
    if start < first_time:
        notes.append(f"The first record is of {_local(area, first_time)}: calls before it are not known.")
    if end > last_time + pd.Timedelta(hours=1):
        notes.append(f"The last record is of {_local(area, last_time)}: calls after it are not known.")
    return tuple(notes)


def _local(area: Area, time: pd.Timestamp) -> str:
    return f"{time.tz_convert(area.time_zone):%Y-%m-%d %H:%M} local time"


def _as_calls(area: Area, rows: pd.DataFrame, start: pd.Timestamp, generator: np.random.Generator) -> Calls:
    types = _positions(rows, "type", area.type_positions)
    urgent, target_minutes, cars_required = type_demands(types, area.service_types)
    recorded_urgent = rows["priority"].eq(Priority.URGENT.value).to_numpy(bool)
    overruled = rows["priority"].notna().to_numpy(bool) & (recorded_urgent != urgent)
    usual = np.where(recorded_urgent, Priority.URGENT.default_target_minutes, Priority.OTHER.default_target_minutes)
    drawn_minutes = draw_service_minutes(types, area.service_types, generator)
    minutes = np.asarray((rows["time"] - start).dt.total_seconds(), dtype=np.float64) / 60.0
    return Calls(
        scenario=np.zeros(len(rows), dtype=np.int64),
        minute=minutes,
        latitude=rows["latitude"].to_numpy(dtype=np.float64),
        longitude=rows["longitude"].to_numpy(dtype=np.float64),
        sector=_positions(rows, "sector", area.sector_positions),
        type=types,
        urgent=np.where(overruled, recorded_urgent, urgent),
        target_minutes=np.where(overruled, usual, target_minutes),
        cars_required=_recorded_or(rows, "cars_required", cars_required).astype(np.int64),
        service_minutes=_recorded_or(rows, "service_minutes", drawn_minutes),
        capability=needed_capabilities(area, rows),
    )


def _positions(rows: pd.DataFrame, name: str, positions: Mapping[str, int]) -> NDArray[np.int64]:
    """Return the positions of a column's values on an axis of the area."""
    return np.asarray(rows[name].map(positions), dtype=np.int64)


def _recorded_or(rows: pd.DataFrame, name: str, otherwise: NDArray[Any]) -> NDArray[Any]:
    """Return the recorded numbers, and the others where a record has none."""
    recorded = rows[name].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isnan(recorded), otherwise, recorded)
