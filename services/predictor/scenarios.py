"""Draws scenarios of calls from intensities."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.predictor.area import Area
from services.predictor.calls import Calls, Span, type_demands
from services.predictor.on_scene import draw_service_minutes
from services.predictor.placement import PlaceTable
from services.predictor.type_mix import TypeMix
from serving.errors import InvalidArgument

MAXIMUM_CALLS = 20_000_000
MINUTES_PER_HOUR = 60.0
SCENARIO_STREAM = 1
"""Keeps the draws of scenarios apart from those of other steps with the same seed."""


@dataclass(frozen=True)
class HourlyIntensities:
    """Consecutive hourly maps.

    Attributes
    ----------
    start_time : start of the first hour (UTC).
    values : shape (n_hours, n_rows, n_columns), expected incidents per cell and hour.
    """

    start_time: datetime
    values: NDArray[np.float32]


def sample_calls(
    area: Area,
    places: PlaceTable,
    mix: TypeMix,
    intensities: HourlyIntensities,
    span: Span,
    scenario_count: int,
    seed: int,
) -> Calls:
    """Draw scenarios of an inhomogeneous Poisson process (METHODS: scenarios).

    The number of calls of a scenario is Poisson with the summed intensity of the span; each call then falls into a
    cell and hour in proportion to intensity, which is the same as a Poisson count per cell and hour. Hours that the
    span covers in part count in proportion. Positions are uniform in the cell within the sectors, minutes uniform in
    the hour; type by the hour's type shares; on-scene minutes truncated lognormal.

    Parameters
    ----------
    intensities : cover the span.
    scenario_count : scenarios to draw.
    seed : one seed, one set; sets of different seeds are independent.

    Raises
    ------
    InvalidArgument
        More than 20 million calls are to be expected.
    """
    generator = np.random.default_rng([seed % 2**64, SCENARIO_STREAM])
    starts, lengths = _covered_minutes(intensities, span)
    expected = intensities.values.reshape(len(starts), -1).astype(np.float64) * (lengths / MINUTES_PER_HOUR)[:, None]
    ends = np.cumsum(expected)
    total = float(ends[-1])
    if total * scenario_count > MAXIMUM_CALLS:
        got = f"{total * scenario_count:.0f} expected calls"
        raise InvalidArgument("scenario_count", f"Expected at most {MAXIMUM_CALLS} calls in all, got {got}.")
    counts = generator.poisson(total, scenario_count)
    call_count = int(counts.sum())
    drawn = np.searchsorted(ends, generator.random(call_count) * total, side="right").clip(max=len(ends) - 1)
    hours, cells = np.divmod(drawn, area.grid.cell_count)
    minutes = starts[hours] + generator.random(call_count) * lengths[hours]
    scenarios = np.repeat(np.arange(scenario_count), counts)
    order = np.lexsort((minutes, scenarios))
    return _complete(area, places, mix, span, scenarios, minutes[order], cells[order], generator)


def _covered_minutes(intensities: HourlyIntensities, span: Span) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where each hour's part of the span begins (minutes from its start) and how long it is."""
    first = (intensities.start_time - span.start_time).total_seconds() / 60.0
    hour_starts = first + MINUTES_PER_HOUR * np.arange(len(intensities.values))
    starts = np.clip(hour_starts, 0.0, span.minutes)
    return starts, np.clip(hour_starts + MINUTES_PER_HOUR, 0.0, span.minutes) - starts


def _complete(
    area: Area,
    places: PlaceTable,
    mix: TypeMix,
    span: Span,
    scenarios: NDArray[np.int64],
    minutes: NDArray[np.float64],
    cells: NDArray[np.int64],
    generator: np.random.Generator,
) -> Calls:
    """Give sorted calls their positions, types and what serving them takes."""
    drawn = places.draw(cells, generator)
    types = mix.draw(local_hours_of_day(area, span, minutes), generator)
    urgent, target_minutes, cars_required = type_demands(types, area.service_types)
    return Calls(
        scenario=scenarios,
        minute=minutes,
        latitude=drawn.latitudes,
        longitude=drawn.longitudes,
        sector=drawn.sectors,
        type=types,
        urgent=urgent,
        target_minutes=target_minutes,
        cars_required=cars_required,
        service_minutes=draw_service_minutes(types, area.service_types, generator),
    )


def local_hours_of_day(area: Area, span: Span, minutes: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the local hour of the day of minutes after a span's start, shape (n,)."""
    offsets = pd.to_timedelta(minutes, unit="min")
    local = (pd.Timestamp(span.start_time) + offsets).tz_convert(area.time_zone)
    return np.asarray(local.hour, dtype=np.int64)
