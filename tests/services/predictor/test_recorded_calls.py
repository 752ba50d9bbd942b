from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from services.predictor.calls import Span
from services.predictor.recorded_calls import RecordOptions, coverage_notes, recorded_calls
from serving.errors import FailedPrecondition

SPAN = Span(datetime(2015, 3, 13, 12, tzinfo=UTC), 720)


def test_the_incidents_of_the_span_are_taken(imported, incidents):
    calls = recorded_calls(imported.area, incidents, SPAN, RecordOptions(1))
    end = SPAN.start_time + timedelta(minutes=720)
    rows = incidents[(incidents["time"] >= SPAN.start_time) & (incidents["time"] < end)]
    assert len(rows) > 0
    assert calls.latitude.tolist() == rows["latitude"].tolist()
    assert [imported.area.sectors[position].id for position in calls.sector] == rows["sector"].tolist()
    assert [imported.area.service_types[position].type for position in calls.type] == rows["type"].tolist()
    expected = (rows["time"] - SPAN.start_time).dt.total_seconds() / 60
    assert calls.minute.tolist() == expected.tolist()
    assert set(calls.scenario) == {0}


def test_heaped_times_are_spread_within_their_hour(imported, incidents):
    times = incidents["time"]
    heaped = incidents.assign(time=times.where(np.arange(len(times)) % 2 == 0, times.dt.floor("h"))).sort_values("time")
    as_recorded, spread = (
        recorded_calls(imported.area, heaped, SPAN, RecordOptions(1, spreads)).minute for spreads in (False, True)
    )
    on_the_hour = (as_recorded % 60 == 0).sum()
    assert on_the_hour > len(as_recorded) / 3
    assert (spread % 60 == 0).sum() < on_the_hour / 3
    assert np.bincount(spread.astype(int) // 60).tolist() == np.bincount(as_recorded.astype(int) // 60).tolist()


def test_on_scene_minutes_come_from_the_seed(imported, incidents):
    one, same, other = (
        recorded_calls(imported.area, incidents, SPAN, RecordOptions(seed)).service_minutes for seed in (1, 1, 2)
    )
    assert (one == same).all()
    assert (one != other).any()


def test_what_is_recorded_stands(imported, incidents):
    rows = incidents.assign(service_minutes=np.nan, cars_required=np.nan, priority=None)
    first = rows.index[rows["time"] >= SPAN.start_time][0]
    was_urgent = rows.loc[first, "type"] == "fight"
    rows.loc[first, ["service_minutes", "cars_required"]] = [7.5, 4]
    rows.loc[first, "priority"] = "other" if was_urgent else "urgent"
    calls = recorded_calls(imported.area, rows, SPAN, RecordOptions(1))
    assert (calls.service_minutes[0], calls.cars_required[0]) == (7.5, 4)
    assert (calls.urgent[0], calls.target_minutes[0]) == ((False, 30.0) if was_urgent else (True, 15.0))


def test_a_span_without_records_is_no_empty_set(imported, incidents):
    for days in (-400, 400):
        with pytest.raises(FailedPrecondition, match="Incidents are known from"):
            recorded_calls(imported.area, incidents, Span(SPAN.start_time + timedelta(days=days), 60), RecordOptions(1))


def test_a_quiet_span_within_the_records_is_an_empty_set(imported, incidents):
    quiet = incidents[(incidents["time"] < SPAN.start_time) | (incidents["time"] > SPAN.start_time + timedelta(days=1))]
    assert len(recorded_calls(imported.area, quiet, SPAN, RecordOptions(1)).minute) == 0


def test_a_span_beyond_the_records_is_said_to_be_incomplete(imported, incidents):
    first, last = incidents["time"].iloc[0], incidents["time"].iloc[-1]

    def notes(start, hours):
        return coverage_notes(imported.area, incidents, Span(start.to_pydatetime(), 60 * hours))

    assert notes(first.ceil("h"), 24) == ()
    assert [note.split(" is of")[0] for note in notes(last - pd.Timedelta(hours=6), 12)] == ["The last record"]
    assert [note.split(" is of")[0] for note in notes(first - pd.Timedelta(hours=6), 12)] == ["The first record"]
