"""Draws scenarios of calls from intensities."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.predictor.area import Area
from services.predictor.call_counts import Sampling, draw_call_counts
from services.predictor.call_tables import CallTables
from services.predictor.calls import Calls, Span
from services.predictor.dispersion import POISSON, CountDispersion, Stretches
from services.predictor.past_places import DrawsPlaces
from serving.errors import InvalidArgument

MAXIMUM_CALLS = 20_000_000
SCENARIO_STREAM = 1
"""Keeps the draws of scenarios apart from those of other steps with the same seed."""

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class IntensityMaps:
    """Consecutive maps, one per frame.

    Attributes
    ----------
    start_time : start of the first frame (UTC).
    values : shape (n_frames, n_rows, n_columns), expected incidents per cell and frame.
    frame_minutes : length of a frame.
    """

    start_time: datetime
    values: NDArray[np.float32]
    frame_minutes: int = 60


@dataclass(frozen=True)
class CallSource:
    """What calls of an area are drawn from, beside intensities."""

    area: Area
    places: DrawsPlaces
    tables: CallTables
    dispersion: CountDispersion = POISSON


@dataclass(frozen=True)
class _Groups:
    """Groups of calls at one place and minute, of one type; sorted by scenario and minute; arrays of shape (n,)."""

    scenarios: IntArray
    minutes: FloatArray
    cells: IntArray
    sizes: IntArray


def sample_calls(
    source: CallSource,
    maps: IntensityMaps,
    span: Span,
    scenario_count: int,
    seed: int,
    sampling: Sampling = Sampling.INDEPENDENT,
) -> Calls:
    """Draw scenarios (METHODS: scenarios), as variable as `CountDispersion` says.

    The number of calls follows the intensities times shared factors of the day and the hour (`draw_call_counts`); each
    falls into a cell in proportion to the intensities of its hour, which is the same as one Poisson count per cell and
    hour. Frames that the span covers in part count in proportion. Minutes are uniform in the frame; positions, types
    and needs come from the source.

    Parameters
    ----------
    maps : cover the span.
    scenario_count : scenarios to draw.
    seed : one seed, one set; sets of different seeds are independent.

    Raises
    ------
    InvalidArgument
        More than 20 million calls are to be expected.
    """
    generator = np.random.default_rng([seed % 2**64, SCENARIO_STREAM])
    starts, lengths = _covered_minutes(maps, span)
    parts = (lengths / maps.frame_minutes)[:, None]
    expected = maps.values.reshape(len(starts), -1).astype(np.float64) * parts
    total = float(expected.sum())
    if total * scenario_count > MAXIMUM_CALLS:
        got = f"{total * scenario_count:.0f} expected calls"
        raise InvalidArgument("scenario_count", f"Expected at most {MAXIMUM_CALLS} calls in all, got {got}.")
    stretches = Stretches.of(_local_times(source.area, span, starts))
    counts = draw_call_counts(expected.sum(axis=1), stretches, source.dispersion, scenario_count, sampling, generator)
    groups = _draw_groups(counts, expected, starts, lengths, source.dispersion, generator)
    return _complete(source, span, groups, generator)


def _covered_minutes(maps: IntensityMaps, span: Span) -> tuple[FloatArray, FloatArray]:
    """Return where each frame's part of the span begins (minutes from its start) and how long it is."""
    first = (maps.start_time - span.start_time).total_seconds() / 60.0
    frame_starts = first + maps.frame_minutes * np.arange(len(maps.values))
    starts = np.clip(frame_starts, 0.0, span.minutes)
    return starts, np.clip(frame_starts + maps.frame_minutes, 0.0, span.minutes) - starts


def _draw_groups(
    counts: IntArray,
    expected: FloatArray,
    starts: FloatArray,
    lengths: FloatArray,
    dispersion: CountDispersion,
    generator: np.random.Generator,
) -> _Groups:
    """Place groups of calls, counted per scenario and frame, in minutes and cells."""
    scenario_count, frame_count = counts.shape
    scenarios = np.repeat(np.arange(scenario_count), counts.sum(axis=1))
    frames = np.repeat(np.tile(np.arange(frame_count), scenario_count), counts.ravel())
    ends = np.cumsum(expected)
    frame_ends = ends.reshape(frame_count, -1)[:, -1]
    frame_totals = np.diff(frame_ends, prepend=0.0)
    targets = frame_ends[frames] - generator.random(len(frames)) * frame_totals[frames]
    drawn = np.searchsorted(ends, targets, side="left").clip(max=len(ends) - 1)
    minutes = starts[frames] + generator.random(len(frames)) * lengths[frames]
    share = dispersion.group_share
    sizes = generator.logseries(share, len(frames)) if share > 0 else np.ones(len(frames), dtype=np.int64)
    order = np.lexsort((minutes, scenarios))
    return _Groups(scenarios, minutes[order], drawn[order] % expected.shape[1], sizes)


def _complete(source: CallSource, span: Span, groups: _Groups, generator: np.random.Generator) -> Calls:
    """Give groups their positions and types, and each of their calls what serving it takes."""
    places = source.places.draw(groups.cells, generator)
    group_hours = local_hours_of_day(source.area, span, groups.minutes)
    group_types = source.tables.mix.draw(group_hours, places.sectors, generator)
    calls = np.repeat(np.arange(len(groups.sizes)), groups.sizes)
    types = group_types[calls]
    needs = source.tables.draw_needs(types, group_hours[calls], generator)
    return Calls(
        scenario=groups.scenarios[calls],
        minute=groups.minutes[calls],
        latitude=places.latitudes[calls],
        longitude=places.longitudes[calls],
        sector=places.sectors[calls],
        type=types,
        urgent=needs.urgent,
        target_minutes=needs.target_minutes,
        cars_required=needs.cars_required,
        service_minutes=needs.service_minutes,
        capability=needs.capability,
    )


def local_hours_of_day(area: Area, span: Span, minutes: FloatArray) -> IntArray:
    """Return the local hour of the day of minutes after a span's start, shape (n,)."""
    return np.asarray(_local_times(area, span, minutes).hour, dtype=np.int64)


def _local_times(area: Area, span: Span, minutes: FloatArray) -> pd.DatetimeIndex:
    offsets = pd.to_timedelta(minutes, unit="min")
    return pd.DatetimeIndex(pd.Timestamp(span.start_time) + offsets).tz_convert(area.time_zone)
