import csv
import io
import json
from datetime import datetime

from google.protobuf.json_format import ParseDict

from cli.outcome import Outcome
from cli.outputs import plan_json, routes_geojson, schedule_csv
from cli.summary import summary, summary_table
from officers.gateway.v1.gateway_pb2 import Plan


def test_plans_survive_their_json(outcome: Outcome) -> None:
    document = json.loads(plan_json(outcome))
    assert [ParseDict(plan, Plan()) for plan in document["plans"]] == [shift.plan for shift in outcome.shifts]
    assert [replay["calls"] for replay in document["replays"]] == [43, 43]


def test_the_schedule_has_a_line_per_car_and_period(outcome: Outcome) -> None:
    rows = list(csv.DictReader(io.StringIO(schedule_csv(outcome))))
    assert len(rows) == 2 * 20 * 12
    first = rows[0]
    assert (first["date"], first["shift"], first["car"]) == ("2020-01-01", "day", "C01")
    assert datetime.fromisoformat(first["period_start"]) == datetime.fromisoformat("2020-01-01T08:00-05:00")
    assert first["sector_id"] == outcome.shifts[0].plan.result.schedule.assignments[0].sectors[0]


def test_cars_off_duty_have_no_line(outcome: Outcome) -> None:
    outcome.shifts[0].plan.result.schedule.assignments[0].sectors[0] = ""
    assert len(schedule_csv(outcome).splitlines()) == 1 + 2 * 20 * 12 - 1


def test_routes_are_lines_that_say_where_they_are(outcome: Outcome) -> None:
    features = json.loads(routes_geojson(outcome))["features"]
    assert len(features) == 6
    assert features[0]["properties"]["is_example_elsewhere"] is True
    longitude, latitude = features[0]["geometry"]["coordinates"][0]
    assert -112 < longitude < -111
    assert 33 < latitude < 34


def test_the_summary_says_the_same_to_people_and_machines(outcome: Outcome) -> None:
    day = summary(outcome)["shifts"][0]
    assert day["heldOutScenarios"][0]["deployment"] == "Plan"
    assert day["heldOutScenarios"][0]["shareWithinTarget"] == 0.931
    assert json.dumps(summary(outcome), allow_nan=False)
    table = summary_table(outcome)
    assert table.row_count == 2 * 2 * 3
    assert "93.1%" in list(table.columns[3].cells)
