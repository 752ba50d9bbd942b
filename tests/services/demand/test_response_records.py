"""Recorded responses of an area with the driving minutes that belong to them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from services.demand.travel.calibration import LEAST_RECORDS
from services.demand.travel.distance import DistanceTravelTimes
from services.demand.travel.response_records import MOST_RECORDS, read_response_records


def make_incidents(count, **changes):
    """Incidents a minute apart from 2014-06-01 12:00 local on, of all four sectors in turn, at sector NE's centre."""
    columns = {
        "time": pd.date_range("2014-06-01T16:00Z", periods=count, freq="min").astype("datetime64[us, UTC]"),
        "type": ["theft"] * count,
        "latitude": [40.01] * count,
        "longitude": [-73.0] * count,
        "sector": [("NE", "NW", "SE", "SW")[row % 4] for row in range(count)],
        "priority": pa.nulls(count, pa.string()),
        "response_minutes": [5.0] * count,
    }
    return pa.table(columns | changes)


@pytest.fixture
def area(square_area):
    return replace(square_area, urgent_types=frozenset({"fight"}))


def test_minutes_from_the_centre_of_the_calls_sector(area):
    travel = DistanceTravelTimes(area)
    records = read_response_records(area, make_incidents(8, response_minutes=np.arange(8.0) + 1), travel)
    to_north_east = travel.between_sectors(urgent=False)[:, 0]
    assert records.drive_minutes == pytest.approx(np.tile(to_north_east, 2))
    assert records.response_minutes.tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert records.local_hours.tolist() == [12] * 8
    assert not records.urgent_only


def test_records_without_a_response_or_after_training_are_left_out(area):
    minutes = [5.0, None, 0.0, 7.0, 8.0]
    times = pd.to_datetime(
        ["2014-06-01T16:00Z"] * 3 + ["2015-01-01T04:59Z", "2015-01-01T05:00Z"]  # New Year in New York
    ).astype("datetime64[us, UTC]")
    incidents = make_incidents(5, response_minutes=minutes, time=times)
    records = read_response_records(area, incidents, DistanceTravelTimes(area))
    assert records.response_minutes.tolist() == [5.0, 7.0]


@pytest.mark.parametrize(("urgent", "urgent_only"), [(LEAST_RECORDS, True), (LEAST_RECORDS - 1, False)])
def test_urgent_calls_alone_where_there_are_enough(area, urgent, urgent_only):
    total = 2 * LEAST_RECORDS
    types = ["fight"] * urgent + ["theft"] * (total - urgent)
    records = read_response_records(area, make_incidents(total, type=types), DistanceTravelTimes(area))
    assert records.urgent_only is urgent_only
    assert records.count == (urgent if urgent_only else total)


def test_what_a_record_says_of_its_urgency_stands(area):
    count = LEAST_RECORDS + 1
    incidents = make_incidents(count, type=["fight"] * count, priority=["other", *["urgent"] * (count - 1)])
    records = read_response_records(area, incidents, DistanceTravelTimes(area))
    assert (records.urgent_only, records.count) == (True, LEAST_RECORDS)
    assert records.drive_minutes[0] == pytest.approx(DistanceTravelTimes(area).between_sectors(urgent=True)[1, 0])


def test_the_last_records_count(area):
    count = MOST_RECORDS + 10
    responses = np.arange(count) + 1.0
    records = read_response_records(area, make_incidents(count, response_minutes=responses), DistanceTravelTimes(area))
    assert records.response_minutes.tolist() == responses[10:].tolist()


def test_records_that_no_road_leads_to_are_counted(area):
    class NoWayNorthWest(DistanceTravelTimes):
        def between_points(self, from_latitudes, from_longitudes, *others):
            minutes = super().between_points(from_latitudes, from_longitudes, *others)
            return np.where((from_latitudes > 40.005) & (from_longitudes < -73.005), np.inf, minutes)

    records = read_response_records(area, make_incidents(8), NoWayNorthWest(area))
    assert (records.count, records.unreached_count) == (6, 2)


def test_no_records(area):
    records = read_response_records(
        area, make_incidents(4, response_minutes=pa.nulls(4, pa.float64())), DistanceTravelTimes(area)
    )
    assert records.count == 0
