from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from services.predictor.area_convert import area_bytes, parse_area
from services.predictor.area_import import import_area
from services.predictor.area_store import AreaStore
from services.predictor.calendar_features import EXTERNAL_FEATURES
from services.predictor.conditions import Conditions, read_conditions
from services.predictor.models import load_model
from services.predictor.training_set import area_calendar, training_set
from serving.errors import InvalidArgument
from tests.services.predictor.fakes import QUIET, SMALL_SPEC
from tests.services.predictor.small_area import SmallArea

ROWS = "time,temperature_c,visitors\n2015-01-01T00:00,-3.5,\n2015-01-01 02:30,4,1200\n"
HOUR = 394_469  # 2015-01-01 05:00 UTC, midnight in New York


def read(text, notes=None):
    return read_conditions({"w.csv": text.encode()}, "w.csv", "America/New_York", [] if notes is None else notes)


def test_rows_hold_for_their_hour_and_what_is_missing_is_flagged():
    notes = []
    conditions = read(ROWS, notes)
    seconds = 3600 * (HOUR + np.array([0, 1, 2, 3, -1])) + 1800
    expected = [[-3.5, 0, 0, 1], [0, 0, 1, 1], [4, 1200, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]]
    np.testing.assert_array_equal(conditions.features(seconds), expected)
    assert notes == [
        "1 of 3 hours have no temperature_c in the conditions; models are told which.",
        "2 of 3 hours have no visitors in the conditions; models are told which.",
    ]


def test_the_artifact_holds_all():
    conditions = read(ROWS)
    again = Conditions.of_table(conditions.to_table())
    assert (again.names, again.first_hour) == (conditions.names, conditions.first_hour)
    np.testing.assert_array_equal(again.values, conditions.values)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("time\n2015-01-01T00:00\n", "at least one other column"),
        ("hour,rain\n1,2\n", "Expected the column 'time'"),
        ("time,rain\nsoon,2\n", "Expected a time in row 1"),
        ("time,rain\n2015-01-01T00:00,much\n", r"for rain in row 1 of w\.csv, got 'much'"),
        ("time,rain\n2015-01-01T00:00,1\n2015-01-01T01:00,1e39\n", r"a number between .* for rain in row 2 of w\.csv"),
        ("time,rain\n2015-01-01T00:00,-inf\n", "for rain in row 1"),
        ("time,rain\n2015-01-01T00:00,1\n2015-01-01T00:40,2\n", "row 2 is of an hour that came before"),
    ],
)
def test_tables_that_cannot_be_used(text, message):
    with pytest.raises(InvalidArgument, match=message):
        read(text)


def test_what_ends_before_the_first_day_to_predict_is_noted():
    conditions = read("time,rain,holiday\n2015-03-12T22:00,1,0\n2015-03-12T23:00,,0\n2015-03-13T23:00,,0\n")
    notes = []
    conditions.note_end(date(2015, 3, 12), "America/New_York", notes)
    (note,) = notes
    assert note.startswith("rain is known until 2015-03-12 23:00, not for the whole day after train_until")
    conditions.note_end(date(2015, 3, 11), "America/New_York", notes := [])
    assert len(notes) == 1
    conditions.note_end(date(2015, 3, 10), "America/New_York", notes := [])
    assert notes == []


def test_an_import_notes_where_conditions_end(store):
    area = SmallArea()
    area.toml = area.toml.replace("[sectors]", '[conditions]\nfile = "weather.csv"\n[sectors]')
    area.more = {"weather.csv": b"time,rain\n2015-01-01T00:00,1\n2015-01-01T01:00,0\n"}
    assert any(
        "rain is known until 2015-01-01 02:00" in note for note in import_area(area.zipped(), store).report.notes
    )


def _day(date, hours):
    return "time,rain\n" + "".join(f"{date}T{hour:02d}:00,{row}\n" for row, hour in enumerate(hours))


def test_hours_that_the_clocks_skip_are_left_out():
    notes = []
    conditions = read(_day("2014-03-09", range(24)), notes)
    np.testing.assert_array_equal(conditions.values[:, 0], [0, 1, *range(3, 24)])
    assert notes == [
        "1 rows of the conditions are of local hours that do not exist (clocks went forward); they were left out."
    ]
    with pytest.raises(InvalidArgument, match="the clocks skipped all of them"):
        read(_day("2014-03-09", [2]))


def test_the_second_of_two_equal_local_hours_is_the_later_one():
    notes = []
    conditions = read(_day("2014-11-02", [0, 1, 1, *range(2, 24)]), notes)
    np.testing.assert_array_equal(conditions.values[:, 0], range(25))
    assert notes == [
        "1 local hours came twice in the conditions when clocks went back; the second row was taken for the later hour."
    ]
    once = read(_day("2014-11-02", range(24)))  # as loggers do that leave the second one out
    np.testing.assert_array_equal(np.isnan(once.values[:, 0]), [row == 2 for row in range(25)])
    with pytest.raises(InvalidArgument, match="row 4 is of an hour that came before"):
        read(_day("2014-11-02", [0, 1, 1, 1]))


def test_models_learn_from_conditions(session_store):
    """Where it rains, three times the incidents are made up; the log-linear model finds out."""
    area = SmallArea()
    area.toml = area.toml.replace("[sectors]", '[conditions]\nfile = "weather.csv"\n[sectors]')
    days = np.arange(80)
    wet = np.random.default_rng(4).random(80) < 0.4
    stamps = [np.datetime64("2015-01-01") + day for day in days]
    lines = [
        f"{stamp}T{hour:02d}:00+00:00,{int(rain)}"
        for stamp, rain in zip(stamps, wet, strict=True)
        for hour in range(24)
    ]
    area.more = {"weather.csv": "\n".join(["time,rain_mm", *lines]).encode()}
    day_of_row = (area.rows["time"].str[:10].to_numpy("datetime64[D]") - np.datetime64("2015-01-01")).astype(int)
    copies = np.where(wet[day_of_row], 3, 1)
    rows = area.rows.loc[area.rows.index.repeat(copies)]
    area.rows = rows.assign(number=[f"N{row}" for row in range(len(rows))])
    areas = AreaStore(session_store, area_bytes, parse_area)
    snapshot = areas.get(areas.put(import_area(area.zipped(), session_store).area))
    spec = replace(SMALL_SPEC, train_days=60)
    training = training_set(snapshot.area, snapshot.incidents, spec, 1, snapshot.area.train_until_date)
    assert training.reader.calendar.external_count == len(EXTERNAL_FEATURES) + 2
    model = load_model("log_linear").fit(training, QUIET)
    inputs = training.reader.read(training.frames, training.validation_frames)
    dry, rainy = inputs.external.copy(), inputs.external.copy()
    dry[:, -2], rainy[:, -2] = 0, 1
    ratio = model.predict(replace(inputs, external=rainy)).sum() / model.predict(replace(inputs, external=dry)).sum()
    assert ratio > 1.5
    assert area_calendar(snapshot.area).conditions is snapshot.area.conditions
