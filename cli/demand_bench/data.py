"""The calls of a bench: drawn and recorded once through the services, then read from the artifact store."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from services.demand.area import Area
from services.demand.arrays import IntArray
from services.demand.calls import CallSet
from services.demand.convert_area import parse_area
from services.demand.library import Library
from services.demand.simulator.case import DispatchCase, measure_travel
from services.demand.superpose import (
    DAY_MINUTES,
    WEEK_MINUTES,
    concatenate,
    cut_days,
    superpose_scenarios,
    superpose_variously,
    superpose_weeks,
    usable_strides,
)
from services.demand.travel.times import TravelTimes
from serving.artifacts import ArtifactStore

STRIDES = (1, 3, 5, 7)
"""Weeks between those laid over each other where the past is varied: of up to three copies no two weeks meet twice."""


@dataclass(frozen=True)
class ShiftCalls:
    """Scenarios of one shift on one day: artifacts of the sets to optimise on and to choose on."""

    day: str
    shift: str
    start_minute: int
    minutes: int
    training: str
    validation: str


@dataclass(frozen=True)
class BenchData:
    """What a bench works on.

    Parameters
    ----------
    artifact_url
        Where the artifacts are.
    copies
        How many independent scenarios, or neighbouring weeks, are laid over each other.
    past_weeks, weeks
        Artifacts of the recorded calls of every week of the past and of the days to report on.
    spread_past_weeks
        As `past_weeks`, but for heaped times, which are spread over what they stand for.
    past_start, start
        First local day of each, ISO 8601.
    shifts
        Every shift that reaches into the days to report on; `start_minute` counts from their first midnight.
    many
        Artifact of many scenarios of the first shift, to measure speed on.
    """

    artifact_url: str
    area_artifact: str
    copies: int
    past_start: str
    past_weeks: tuple[str, ...]
    spread_past_weeks: tuple[str, ...]
    start: str
    weeks: tuple[str, ...]
    shifts: tuple[ShiftCalls, ...]
    many: str

    def to_dict(self) -> dict[str, Any]:
        """Return the fields for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "BenchData":
        """Read what `to_dict` wrote."""
        shifts = tuple(ShiftCalls(**shift) for shift in values["shifts"])
        weeks = {name: tuple(values[name]) for name in ("past_weeks", "spread_past_weeks", "weeks")}
        return cls(**{**values, **weeks, "shifts": shifts})


@dataclass(frozen=True, eq=False)
class OpenData:
    """The area of a bench with its travel times, opened once in a process."""

    data: BenchData
    library: Library
    area: Area
    travel: TravelTimes

    def scenarios(self, artifact: str) -> DispatchCase:
        """Return scenarios of a shift, laid over each other."""
        calls = superpose_scenarios(self.library.read_calls(artifact, "calls", self.area), self.data.copies)
        return measure_travel(calls, self.area, self.travel)

    def timeline(self, past: bool) -> DispatchCase:
        """Return recorded weeks as one long scenario in local minutes, laid over each other."""
        calls = self._recorded_past() if past else self._recorded(self.data.weeks, self.data.start)
        return measure_travel(superpose_weeks(calls, self.data.copies), self.area, self.travel)

    def layings(self) -> list[DispatchCase]:
        """Return the timeline of the days to report on with weeks laid over each other in several ways."""
        calls, copies = self._recorded(self.data.weeks, self.data.start), self.data.copies
        laid = (superpose_weeks(calls, copies, stride) for stride in usable_strides(calls, copies, STRIDES))
        return [measure_travel(each, self.area, self.travel) for each in laid]

    def past_shifts(self, start_minute: int, minutes: int) -> DispatchCase:
        """Return the past of a shift, one scenario a day, from the weeks laid over each other."""
        calls = superpose_weeks(self._recorded_past(), self.data.copies)
        return measure_travel(cut_days(calls, start_minute, minutes), self.area, self.travel)

    def varied_past_shifts(self, start_minute: int, minutes: int) -> DispatchCase:
        """Return the past of a shift with heaped times spread and weeks laid over each other in several ways."""
        recorded = self._recorded(self.data.spread_past_weeks, self.data.past_start)
        calls = superpose_variously(recorded, self.data.copies, STRIDES)
        return measure_travel(cut_days(calls, start_minute, minutes), self.area, self.travel)

    def past_calls(self, start_minute: int, minutes: int) -> IntArray:
        """Return recorded calls of the past per sector in the hours of a shift, shape (n_sectors,)."""
        calls = self._recorded_past()
        within = (calls.minute - start_minute) % DAY_MINUTES < minutes
        return np.bincount(calls.sector[within], minlength=self.area.sector_count).astype(np.int64)

    def _recorded_past(self) -> CallSet:
        return self._recorded(self.data.past_weeks, self.data.past_start)

    def _recorded(self, weeks: Sequence[str], start: str) -> CallSet:
        """Return the recorded calls of all weeks, minutes of the local clock from the first midnight on."""
        zone, first = ZoneInfo(self.area.time_zone), datetime.fromisoformat(start)
        parts = []
        for artifact in weeks:
            calls = self.library.read_calls(artifact, "calls", self.area)
            assert calls.start_time is not None  # recorded call sets say when they begin
            parts.append(_on_local_clock(calls, zone, first))
        span = float(len(weeks) * WEEK_MINUTES)
        joined = replace(concatenate(parts), span_minutes=span)
        return joined.take((joined.minute >= 0) & (joined.minute < span))


@lru_cache(maxsize=4)
def open_data(data: BenchData) -> OpenData:
    """Open a bench's area; once in a process."""
    store = ArtifactStore(data.artifact_url)
    library = Library(store, parse_area)
    area, travel = library.open_area(data.area_artifact)
    return OpenData(data, library, area, travel)


def weeks_from(first: date, last: date) -> list[date]:
    """Return the first days of the whole weeks within [first, last]."""
    count = ((last - first).days + 1) // 7
    return [first + timedelta(days=7 * week) for week in range(count)]


def _on_local_clock(calls: CallSet, zone: ZoneInfo, first: datetime) -> CallSet:
    """Count minutes on the local clock from a midnight on, across changes of the clocks."""
    assert calls.start_time is not None
    instants = [calls.start_time + timedelta(minutes=float(minute)) for minute in calls.minute]
    local = [instant.astimezone(zone).replace(tzinfo=None) for instant in instants]
    minute = np.array([(each - first) / timedelta(minutes=1) for each in local])
    return replace(calls, minute=minute, span_minutes=float(WEEK_MINUTES))
