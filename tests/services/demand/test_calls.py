"""Reading call sets."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from services.demand.calls import read_calls
from serving.errors import InvalidArgument

METADATA = {b"scenario_count": b"3", b"span_minutes": b"60", b"start_time": b"2015-01-01T08:00:00Z"}
COLUMNS = {
    "scenario": pa.array([0, 0, 2], pa.int32()),
    "minute": [1.0, 5.0, 2.0],
    "latitude": [40.0, 40.1, 40.2],
    "longitude": [-73.0, -73.1, -73.2],
    "sector": pa.array([0, 1, 1], pa.int32()),
    "type": pa.array([0, 0, 0], pa.int32()),
    "urgent": [True, False, True],
    "target_minutes": [15.0, 30.0, 15.0],
    "cars_required": pa.array([2, 1, 2], pa.int32()),
    "service_minutes": [30.0, 20.0, 10.0],
}


def make_table(metadata=METADATA, **changes):
    return pa.table(COLUMNS | changes).replace_schema_metadata(metadata)


def test_reads_scenarios_with_and_without_calls():
    calls = read_calls(make_table(), "calls_artifact", sector_count=2)
    assert calls.scenario_count == 3
    assert calls.first_call.tolist() == [0, 2, 2, 3]
    assert calls.scenario.tolist() == [0, 0, 2]
    assert calls.span_minutes == 60
    assert calls.start_time == datetime(2015, 1, 1, 8, tzinfo=UTC)
    assert calls.urgent.tolist() == [True, False, True]


def test_takes_the_first_scenarios():
    calls = read_calls(make_table(), "calls_artifact", sector_count=2).first_scenarios(2)
    assert calls.scenario_count == 2
    assert calls.minute.tolist() == [1.0, 5.0]
    assert calls.cars_required.tolist() == [2, 1]
    assert calls.first_call.tolist() == [0, 2, 2]
    assert calls.start_time == datetime(2015, 1, 1, 8, tzinfo=UTC)


def test_older_call_sets_need_not_say_when_they_begin():
    metadata = {name: value for name, value in METADATA.items() if name != b"start_time"}
    assert read_calls(make_table(metadata), "calls_artifact", sector_count=2).start_time is None


def test_capabilities_are_a_bit_each():
    table = make_table(capability=pa.array([-1, 0, 30], pa.int32()))
    assert read_calls(table, "calls_artifact", sector_count=2, capability_count=31).needs.tolist() == [0, 1, 1 << 30]


def test_older_call_sets_need_nothing():
    assert read_calls(make_table(), "calls_artifact", sector_count=2).needs.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (make_table(metadata=None), "metadata lack scenario_count, span_minutes"),
        (make_table(METADATA | {b"start_time": b"2015-01-01T08:00:00"}), "start_time as ISO 8601 with its offset"),
        (make_table(METADATA | {b"start_time": b"noon"}), "start_time as ISO 8601"),
        (make_table(METADATA | {b"scenario_count": b"many"}), "whole number"),
        (make_table(METADATA | {b"scenario_count": b"0"}), "at least 1 scenario"),
        (make_table(METADATA | {b"scenario_count": b"2"}), "scenarios 0 to 1"),
        (make_table(METADATA | {b"span_minutes": b"nan"}), "span_minutes above 0"),
        (make_table(METADATA | {b"span_minutes": b"soon"}), "span_minutes above 0"),
        (make_table(METADATA | {b"span_minutes": b"5"}), "within the span of 5"),
        (make_table().drop_columns(["sector", "urgent"]), "lacks the columns sector, urgent"),
        (make_table(minute=["1", "5", "2"]), "numbers in the column minute"),
        (make_table(minute=[1.0, None, 2.0]), "no empty values in the column minute"),
        (make_table(minute=[5.0, 1.0, 2.0]), "sorted"),
        (make_table(scenario=[2, 0, 0]), "sorted"),
        (make_table(minute=[float("nan"), 5.0, 2.0]), "sorted"),
        (make_table(sector=[0, 1, 2]), "calls of this area, with sectors 0 to 1"),
        (make_table(sector=[-1, 1, 1]), "calls of this area"),
        (make_table(latitude=[91.0, 0.0, 0.0]), "latitudes"),
        (make_table(longitude=[0.0, float("nan"), 0.0]), "longitudes"),
        (make_table(target_minutes=[-1.0, 0.0, 0.0]), "target_minutes"),
        (make_table(cars_required=[0, 1, 1]), "cars_required"),
        (make_table(service_minutes=[float("inf"), 1.0, 1.0]), "service_minutes of 0 to 1000000 minutes"),
        (make_table(target_minutes=[1_000_001.0, 1.0, 1.0]), "target_minutes of 0 to 1000000 minutes"),
        (make_table(capability=[-1, 0, 0]), "calls of this area, with capabilities -1 to -1"),
        (make_table(capability=[-2, -1, -1]), "calls of this area"),
        (make_table(capability=[None, -1, -1]), "no empty values in the column capability"),
    ],
)
def test_refuses_what_is_no_call_set(table, message):
    with pytest.raises(InvalidArgument, match=message) as caught:
        read_calls(table, "calls_artifact", sector_count=2)
    assert caught.value.violations[0].field == "calls_artifact"
