import json
from dataclasses import replace

import pytest

from services.scheduler.problem import Car, CarHistory, MinuteSpan, Placement, PresenceRule
from services.scheduler.problem_json import read_problem, schedule_text
from services.scheduler.solve import Engine, SolveOptions, solve
from serving.errors import InvalidArgument

EXAMPLE = {
    "sectors": ["A", "B"],
    "cars": [
        {
            "id": "C1",
            "startSector": "A",
            "homeSectors": ["A"],
            "breaks": [{"startMinute": 60, "minutes": 30}],
            "onDuty": {"startMinute": 0, "minutes": 120},
            "capabilities": ["ambulance"],
        },
        {"id": "C2"},
    ],
    "periodMinutes": 60,
    "travelMinutes": [{"minutes": [0, 7.5]}, {"minutes": [8, 0]}],
    "demand": [{"cars": [1, 0]}, {"cars": [0, 1]}],
    "presenceRule": "PRESENCE_RULE_NO_RETURN_WITHIN_TWO",
    "maxConsecutive": 2,
    "maxPerSector": 3,
    "homeCostFactor": 60,
    "squareTravel": False,
    "fairnessWeight": 0,
    "pins": [{"carId": "C1", "period": 0, "sector": "A"}],
    "bans": [],
    "history": [{"carId": "C1", "sectors": ["B"]}],
}


def content(**changes: object) -> bytes:
    return json.dumps({**EXAMPLE, **changes}).encode()


def test_the_format_of_the_project_is_read() -> None:
    problem = read_problem(content())
    assert problem.cars == (Car("C1", "A", ("A",), (MinuteSpan(60, 30),), MinuteSpan(0, 120)), Car("C2"))
    assert problem.travel_minutes == ((0, 7.5), (8, 0))
    assert problem.presence_rule is PresenceRule.NO_RETURN_WITHIN_TWO
    assert (problem.max_per_sector, problem.home_cost_factor) == (3, 60)
    assert problem.pins == (Placement("C1", 0, "A"),)
    assert problem.history == (CarHistory("C1", ("B",)),)


def test_unset_fields_have_their_defaults() -> None:
    least = {name: EXAMPLE[name] for name in ("sectors", "periodMinutes", "travelMinutes", "demand")}
    problem = read_problem(json.dumps({**least, "cars": [{"id": "C1"}]}).encode())
    assert problem.home_cost_factor == 1
    assert problem.presence_rule is PresenceRule.NONE


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        (b"{", "problem", "Expected JSON"),
        (b"\xff\xfe{", "problem", "Expected JSON"),
        (b"[1]", "problem", "Expected a JSON object, got list"),
        (content(sectorz=[]), "problem", 'no field named "sectorz"'),
        (content(cars=[{"idd": "C1"}]), "cars[0]", 'Car has no field named "idd"'),
        (content(cars=[{"id": 3}]), "cars.id", "expected string"),
        (content(periodMinutes=60.5), "periodMinutes", "Couldn't parse integer: 60.5"),
        (content(travelMinutes=[{"minutes": [0, "x"]}]), "travelMinutes[0].minutes[1]", "Couldn't parse float: x"),
        (content(presenceRule="SOMETIMES"), "presenceRule", "Invalid enum value SOMETIMES"),
        (content(presenceRule=True), "presenceRule", "Expected the name of a rule"),
        (content(travelMinutes=[[0, 1], [1, 0]]), "travelMinutes[0]", 'such as {"minutes": [0, 1]}, got list'),
        (content(demand=[{"cars": [1, 0]}, None]), "demand[1]", 'such as {"cars": [0, 1]}, got NoneType'),
        (content(presenceRule=7), "presenceRule", "Expected a known rule, got 7"),
        (content(maxConsecutive=10**12), "maxConsecutive", "out of range"),
        (content(travelMinutes=[{"minutes": [0, -1]}, {"minutes": [8, 0]}]), "travelMinutes[0].minutes[1]", "got -1"),
        (content(travelMinutes=[{"minutes": [0, "NaN"]}, {"minutes": [8, 0]}]), "travelMinutes[0].minutes[1]", "nan"),
        (content(maxPerSector=-1), "maxPerSector", "at least 0"),
        (content(homeCostFactor=0), "homeCostFactor", "from 1"),
        (content(demand=[{"cars": [3, 0]}, {"cars": [0, 1]}]), "demand[0]", "at most 2 cars"),
    ],
)
def test_faults_name_the_field_as_the_file_does(text: bytes, field: str, words: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        read_problem(text)
    (violation,) = caught.value.violations
    assert violation.field == field
    assert words in violation.description
    assert "\n" not in caught.value.message


def test_a_schedule_has_every_field() -> None:
    problem = read_problem(content(history=[]))
    document = json.loads(schedule_text(solve(problem, SolveOptions(Engine.EXACT, seed=7), stop=lambda: False)))
    assert document["status"] == "OPTIMAL"
    assert document["assignments"][0] == {"carId": "C1", "sectors": ["A", "A"]}
    assert document["travelMinutes"] == document["objective"] == document["bestBound"] == 0
    assert document["gap"] == 0
    assert (document["engine"], document["annealer"], document["seed"]) == ("exact", "", 7)
    assert document["wallSeconds"] > 0
    assert document["explanation"]
    assert document["infeasibleRules"] == []


def test_without_a_schedule_the_gap_is_null() -> None:
    problem = replace(read_problem(content()), bans=tuple(Placement("C2", 0, sector) for sector in "AB"))
    document = json.loads(schedule_text(solve(problem, SolveOptions(), stop=lambda: False)))
    assert document["status"] == "INFEASIBLE"
    assert document["gap"] is None
    assert document["assignments"] == []
    assert [clash["rule"] for clash in document["infeasibleRules"]] == ["bans"]


@pytest.mark.parametrize(
    "content", [b"[" * 100_000, b'{"cars":' * 5000, b'{"cars":' + b"[" * 50_000 + b"]" * 50_000 + b"}"]
)
def test_json_nested_too_deeply_is_one_clear_error(content: bytes) -> None:
    with pytest.raises(InvalidArgument, match="nested too deeply"):
        read_problem(content)
