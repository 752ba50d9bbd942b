import csv
import io

import pyarrow as pa
import pytest

from cli.simulation.answered_calls import COLUMNS, LINES_AT_ONCE, AnsweredCalls, calls_csv
from officers.area.v1.area_pb2 import Area, Sector, ServiceType

AREA = Area(
    sectors=[Sector(id="A", name="Ada"), Sector(id="B", name='Bay, "the" west')],
    service_types=[ServiceType(type="fight"), ServiceType(type="noise")],
)
CALLS = pa.table(
    {
        "scenario": pa.array([0, 0, 2], pa.int32()),
        "minute": [1.5, 60.0, 0.1],
        "latitude": [40.0] * 3,
        "sector": pa.array([1, 0, 0], pa.int32()),
        "type": pa.array([0, 1, 1], pa.int32()),
        "urgent": [True, False, False],
        "target_minutes": [6.0, 30.0, 30.0],
    }
)
RESULTS = pa.table(
    {
        "deployment": pa.array([0, 0, 1, 1], pa.int32()),
        "call": pa.array([0, 2, 0, 2], pa.int32()),
        "response_minutes": [7.25, 1 / 3, None, 30.0],
        "within_target": [False, True, False, True],
    }
)


def lines(days, results=RESULTS):
    text = calls_csv(AnsweredCalls(CALLS, results, days), AREA, ["plan", "plan, moving freely"])
    return list(csv.reader(io.StringIO(text)))


def test_every_call_under_every_deployment():
    free = "plan, moving freely"
    days = ["2015-04-01", "2015-04-02", "2015-04-03"]
    assert lines(days) == [
        list(COLUMNS),
        ["plan", "1", days[0], "1.5", "B", 'Bay, "the" west', "fight", "true", "6.0", "7.25", "true"],
        ["plan", "3", days[2], "0.1", "A", "Ada", "noise", "false", "30.0", str(1 / 3), "false"],
        [free, "1", days[0], "1.5", "B", 'Bay, "the" west', "fight", "true", "6.0", "", "true"],
        [free, "3", days[2], "0.1", "A", "Ada", "noise", "false", "30.0", "30.0", "false"],
    ]


def test_scenarios_of_one_day_have_its_date():
    assert {line[2] for line in lines(["2015-04-01"])[1:]} == {"2015-04-01"}


@pytest.mark.parametrize("count", [0, LINES_AT_ONCE + 1])
def test_few_and_many_lines(count):
    results = RESULTS.take(pa.array([1] * count, pa.int64()))
    assert len(lines(["2015-04-01"], results)) == 1 + count
