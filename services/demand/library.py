"""Reads areas, travel times and call sets from the artifact store, and keeps the last few areas in memory."""

from collections.abc import Callable
from functools import lru_cache

import pyarrow as pa
import structlog

from services.demand.area import Area
from services.demand.arrays import IntArray
from services.demand.calls import CallSet, read_calls
from services.demand.history import HistoryWindow, count_past_calls
from services.demand.simulator.case import DispatchCase, measure_travel
from services.demand.travel.choose import open_travel
from services.demand.travel.times import TravelTimes
from serving.artifacts import ArtifactStore
from serving.errors import InvalidArgument

AREAS_IN_MEMORY = 8

log = structlog.get_logger("demand")


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

    def open_area(self, artifact: str) -> tuple[Area, TravelTimes]:
        """Return an area and its travel times.

        Raises
        ------
        NotFound
            There is no such artifact.
        InvalidArgument
            It is no area snapshot.
        FailedPrecondition
            Its roads are unusable or leave sectors cut off.
        """
        return self._open_area(artifact)

    def read_case(self, artifact: str, field: str, area: Area, travel: TravelTimes) -> DispatchCase:
        """Return a call set with the travel to its calls; `field` names it in errors.

        Raises
        ------
        NotFound
            There is no such artifact.
        InvalidArgument
            It is no call set of this area.
        """
        calls = self._read_calls(artifact, field, area)
        case = measure_travel(calls, area, travel)
        unreachable = calls.call_count - int(case.reachable.sum())
        if unreachable:
            log.warning("calls that no road leads to", area=area.name, calls=unreachable, of=calls.call_count)
        return case

    def count_past_calls(self, area: Area, window: HistoryWindow) -> IntArray:
        """Return past calls per sector, shape (n_sectors,). Raises NotFound."""
        return count_past_calls(area, self._store.get_table(area.incidents_artifact), window)

    def _read_area(self, artifact: str) -> tuple[Area, TravelTimes]:
        area = self._parse_area(self._store.get(artifact))
        return area, open_travel(area, self._store)

    def _read_calls(self, artifact: str, field: str, area: Area) -> CallSet:
        try:
            table = self._store.get_table(artifact)
        except pa.ArrowInvalid as error:
            raise InvalidArgument(field, "Expected a calls artifact, but it is no parquet table.") from error
        return read_calls(table, field, area.sector_count, len(area.capabilities))
