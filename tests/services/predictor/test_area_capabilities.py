"""Capabilities from the area directory to the calls."""

from datetime import UTC, datetime

import numpy as np
import pytest

from services.predictor.area_convert import area_bytes, parse_area
from services.predictor.area_import import import_area
from services.predictor.call_tables import call_tables
from services.predictor.calls import OLDER_SCHEMA, Span, calls_table, check_calls_table
from services.predictor.recorded_calls import RecordOptions, recorded_calls
from serving.errors import InvalidArgument

SPAN = Span(datetime(2015, 3, 13, 12, tzinfo=UTC), 720)
SERVICES = """type,priority,target_minutes,cars_required,lognormal_mu,lognormal_sigma,maximum_minutes,capability
fight,urgent,15,2,3.9,1.0,240,taser
theft,other,30,1,3.0,1.0,240,
flood,other,30,1,3.0,1.0,240,boat
"""


@pytest.fixture
def able_area(small_area):
    """Fights need a taser; of each three thefts the first record says dog, the others nothing."""
    small_area.services = SERVICES
    says_dog = (small_area.rows["type"] == "theft") & (small_area.rows.groupby("type").cumcount() % 3 == 0)
    small_area.rows = small_area.rows.assign(capability=np.where(says_dog, "dog", ""))
    return small_area


def test_records_and_types_of_the_data_name_them(able_area, store):
    area = import_area(able_area.zipped(), store).area
    assert area.capabilities == ("dog", "taser")  # there is no flood
    assert [service.capability for service in area.service_types] == ["taser", ""]
    assert parse_area(area_bytes(area)) == area


def test_an_area_may_ask_for_none(imported):
    assert imported.area.capabilities == ()
    assert [service.capability for service in imported.area.service_types] == ["", ""]


def test_more_than_31_are_refused(able_area, store):
    able_area.rows["capability"] = [f"c{number % 30}" for number in range(len(able_area.rows))]
    assert len(import_area(able_area.zipped(), store).area.capabilities) == 31  # with taser
    able_area.rows["capability"] = [f"c{number % 31}" for number in range(len(able_area.rows))]
    with pytest.raises(InvalidArgument, match=r"^incidents\.columns\.capability: Expected at most 31 .* got 32\.$"):
        import_area(able_area.zipped(), store)


def test_recorded_calls_need_what_their_record_or_type_says(able_area, store):
    area = import_area(able_area.zipped(), store).area
    incidents = store.get_table(area.incidents_artifact).to_pandas()
    calls = recorded_calls(area, incidents, SPAN, RecordOptions(1))
    rows = incidents[(incidents["time"] >= SPAN.start_time) & (incidents["time"] < "2015-03-14T00:00Z")]
    expected = [
        area.capabilities.index(said) if said else {"fight": 1, "theft": -1}[kind]
        for kind, said in zip(rows["type"], rows["capability"], strict=True)
    ]
    assert {-1, 0, 1} == set(expected)
    assert calls.capability.tolist() == expected
    assert calls_table(calls, SPAN, 1)["capability"].to_pylist() == expected


def test_sampled_calls_need_them_in_the_shares_of_the_records(able_area, store, generator):
    area = import_area(able_area.zipped(), store).area
    tables = call_tables(area, store.get_table(area.incidents_artifact).to_pandas())
    np.testing.assert_allclose(tables.capability_shares, [[0, 0, 1], [2 / 3, 1 / 3, 0]], atol=0.01)
    types = np.repeat([0, 1], 20_000)
    capability = tables.draw_needs(types, np.full(40_000, 14), generator).capability
    assert set(capability[:20_000]) == {1}
    assert np.bincount(capability[20_000:] + 1, minlength=3) / 20_000 == pytest.approx([2 / 3, 1 / 3, 0], abs=0.02)


def test_a_type_without_recent_records_needs_what_the_table_says(able_area, store, generator):
    area = import_area(able_area.zipped(), store).area
    incidents = store.get_table(area.incidents_artifact).to_pandas()
    tables = call_tables(area, incidents[incidents["type"] == "theft"])
    assert tables.capability_shares[0].tolist() == [0, 0, 1]


def test_needs_leave_the_other_draws_as_they_were(able_area, store, imported):
    plain = call_tables(
        imported.area, store.get_table(import_area(able_area.zipped(), store).area.incidents_artifact).to_pandas()
    )
    able = import_area(able_area.zipped(), store).area
    tables = call_tables(able, store.get_table(able.incidents_artifact).to_pandas())
    types, hours = np.array([0, 1] * 50), np.full(100, 9)
    one, other = (each.draw_needs(types, hours, np.random.default_rng(3)) for each in (plain, tables))
    assert one.service_minutes.tolist() == other.service_minutes.tolist()
    assert set(one.capability) == {-1}


def test_older_call_sets_are_call_sets(able_area, store):
    area = import_area(able_area.zipped(), store).area
    table = calls_table(
        recorded_calls(area, store.get_table(area.incidents_artifact).to_pandas(), SPAN, RecordOptions(1)), SPAN, 1
    )
    check_calls_table(table)
    check_calls_table(table.select(OLDER_SCHEMA.names))
    with pytest.raises(InvalidArgument, match="Expected a call set"):
        check_calls_table(table.drop_columns("minute"))
