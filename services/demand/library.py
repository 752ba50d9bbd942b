"""Reads areas, travel times and call sets from the artifact store, and keeps the last few areas in memory."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pyarrow as pa
import structlog

from services.demand.area import Area
from services.demand.arrays import IntArray
from services.demand.calls import CallSet, read_calls
from services.demand.history import HistoryWindow, count_past_calls
from services.demand.simulator.case import DispatchCase, measure_travel
from services.demand.travel.calibration import Calibration, calibrate
from services.demand.travel.choose import open_travel
from services.demand.travel.response_records import read_response_records
from services.demand.travel.times import TravelTimes
from services.demand.travel.unreached import UnreachedPoints, find_unreached
from serving.artifacts import ArtifactStore
from serving.errors import InvalidArgument

AREAS_IN_MEMORY = 8
INCIDENTS_CHECKED = 5000
"""The last incidents of an area are looked at for points that no road leads to."""

log = structlog.get_logger("demand")


@dataclass(frozen=True, eq=False)
class OpenArea:
    """An area at its own pace or the fitted one, its travel times, and the fit; None: the area asks for none."""

    area: Area
    travel: TravelTimes
    calibration: Calibration | None


class Library:
    """Reads what requests name.

    Parameters
    ----------
    store
        Where artifacts are.
    parse_area
        Turns the bytes of an area snapshot into an `Area`; raises InvalidArgument.
    """

    def __init__(self, store: ArtifactStore, parse_area: Callable[[bytes], Area]) -> None:
        self._store = store
        self._parse_area = parse_area
        self._open_area = lru_cache(maxsize=AREAS_IN_MEMORY)(self._read_area)
        self._check_incidents = lru_cache(maxsize=AREAS_IN_MEMORY)(self._find_unreached_incidents)

    def open_area(self, artifact: str) -> tuple[Area, TravelTimes]:
        """Return an area, at the fitted pace where it asks for a fit, and its travel times.

        Raises
        ------
        NotFound
            There is no such artifact.
        InvalidArgument
            It is no area snapshot.
        FailedPrecondition
            Its roads or its travel server are unusable or leave sectors cut off.
        Unavailable
            Its travel server cannot be reached.
        """
        opened = self._open_area(artifact)
        return opened.area, opened.travel

    def calibration(self, artifact: str) -> Calibration | None:
        """Return the fit of an area's pace to recorded responses; None where it asks for none.

        Raises as `open_area`.
        """
        return self._open_area(artifact).calibration

    def check_incidents(self, artifact: str) -> UnreachedPoints:
        """Return those of the area's last incidents that no road leads to or from. Raises as `open_area`."""
        return self._check_incidents(artifact)

    def read_case(
        self, artifact: str, field: str, area: Area, travel: TravelTimes, sectors: IntArray | None = None
    ) -> DispatchCase:
        """Return a call set with the travel to its calls, of some sectors or all; `field` names it in errors.

        Raises
        ------
        NotFound
            There is no such artifact.
        InvalidArgument
            It is no call set of this area, or does not say when it begins and hours of the day differ.
        Unavailable
            The area's travel server cannot be reached.
        """
        calls = self.read_calls(artifact, field, area)
        if calls.start_time is None and not area.pace.is_even:
            message = "Expected start_time in its metadata: driving takes another time at other hours of the day."
            raise InvalidArgument(field, message)
        case = measure_travel(calls, area, travel, sectors)
        if not case.reachable.all():
            log.warning("calls that no road leads to", area=area.name, calls=str(case.unreached))
        return case

    def read_calls(self, artifact: str, field: str, area: Area) -> CallSet:
        """Return a call set; `field` names it in errors.

        Raises
        ------
        NotFound
            There is no such artifact.
        InvalidArgument
            It is no call set of this area.
        """
        try:
            table = self._store.get_table(artifact)
        except pa.ArrowInvalid as error:
            raise InvalidArgument(field, "Expected a calls artifact, but it is no parquet table.") from error
        return read_calls(table, field, area.sector_count, len(area.capabilities))

    def count_past_calls(self, area: Area, window: HistoryWindow) -> IntArray:
        """Return past calls per sector, shape (n_sectors,). Raises NotFound."""
        return count_past_calls(area, self._store.get_table(area.incidents_artifact), window)

    def _read_area(self, artifact: str) -> OpenArea:
        area = self._parse_area(self._store.get(artifact))
        travel = open_travel(area, self._store)
        if not area.calibrates:
            return OpenArea(area, travel, None)
        records = read_response_records(area, self._store.get_table(area.incidents_artifact), travel)
        calibration = calibrate(records, area.pace)
        if not calibration.used:
            log.warning("too few recorded responses to calibrate travel", area=area.name, records=records.count)
        return OpenArea(replace(area, pace=calibration.pace), travel, calibration)

    def _find_unreached_incidents(self, artifact: str) -> UnreachedPoints:
        area, travel = self.open_area(artifact)
        rows = self._store.get_table(area.incidents_artifact).to_pandas().iloc[-INCIDENTS_CHECKED:]
        points = rows["latitude"].to_numpy(float), rows["longitude"].to_numpy(float)
        there = travel.to_points(*points, np.zeros(len(rows), bool)).min(axis=1)
        back = travel.from_points(*points).min(axis=1)
        return find_unreached(np.isfinite(there + back), *points, tuple(rows["id"]))
