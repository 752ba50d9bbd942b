"""A bench of a small area whose calls are in an artifact store already: two sectors, a shift around the clock."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from cli.demand_bench.data import BenchData, ShiftCalls
from officers.area.v1 import area_pb2
from serving.artifacts import ArtifactStore

WEEK_MINUTES = 10_080
FIRST_WEEK, SECOND_WEEK = "2015-10-26T04:00:00+00:00", "2015-11-02T05:00:00+00:00"
"""Mondays at midnight in New York, before and after the clocks go back."""
PAST_WEEK = "2015-10-19T04:00:00+00:00"


def put_area(store: ArtifactStore) -> str:
    sectors = [
        area_pb2.Sector(
            id=name,
            centre=area_pb2.Point(latitude=40.0, longitude=longitude),
            adjacent_sector_ids=[other],
        )
        for name, longitude, other in (("W", -73.1, "E"), ("E", -73.0, "W"))
    ]
    speeds = area_pb2.TravelSpeeds(speed_km_h=24, urgent_speed_km_h=36, detour_factor=1.35)
    fields = {"name": "Pair", "time_zone": "America/New_York", "train_until_date": "2014-12-31"}
    area = area_pb2.Area(**fields, sectors=sectors, travel=speeds)
    return store.put(area.SerializeToString(deterministic=True))


def put_calls(
    store: ArtifactStore, scenarios: Sequence[Sequence[tuple[float, int]]], span: int, start: str = FIRST_WEEK
) -> str:
    """Store calls, pairs of minute and sector by scenario, at the centres of their sectors."""
    scenario = np.repeat(np.arange(len(scenarios)), [len(calls) for calls in scenarios])
    minute, sector = np.array([call for calls in scenarios for call in calls], float).reshape(-1, 2).T
    count = len(minute)
    columns = {
        "scenario": scenario.astype(np.int32),
        "minute": minute,
        "latitude": np.full(count, 40.0),
        "longitude": np.where(sector == 0, -73.1, -73.0),
        "sector": sector.astype(np.int32),
        "urgent": np.zeros(count, bool),
        "target_minutes": np.full(count, 5.0),
        "cars_required": np.ones(count, np.int32),
        "service_minutes": np.full(count, 30.0),
    }
    metadata = {"scenario_count": str(len(scenarios)), "span_minutes": str(span), "start_time": start}
    return store.put_table(pa.table(columns).replace_schema_metadata(metadata))


def store_bench(folder: Path) -> BenchData:
    """Store days with calls of the west by day and of the east by night, four at once, in every scenario and week."""
    store = ArtifactStore(str(folder))
    day = [(float(minute), int(minute >= 720)) for minute in range(0, 1440, 90) for _ in range(4)]
    week = [(minute + 1440 * number, sector) for number in range(7) for minute, sector in day]
    sets = [put_calls(store, [day] * count, 1440) for count in (3, 4)]
    shifts = tuple(
        ShiftCalls(datetime(2015, 11, 2 + number).date().isoformat(), "all day", 1440 * number, 1440, *sets)
        for number in range(7)
    )
    past, weeks = (put_calls(store, [week], WEEK_MINUTES, start) for start in (PAST_WEEK, SECOND_WEEK))
    many = put_calls(store, [day] * 5, 1440)
    starts = {"past_start": "2015-10-19", "start": "2015-11-02"}
    recorded = {"past_weeks": (past,), "spread_past_weeks": (past,), "weeks": (weeks,)}
    return BenchData(str(folder), put_area(store), 1, **starts, **recorded, shifts=shifts, many=many)
