import json
from dataclasses import replace

import pytest
from google.protobuf.json_format import MessageToJson
from google.protobuf.timestamp_pb2 import Timestamp

from cli.deployments.sources import read_sources, unique_names
from officers.demand.v1.demand_pb2 import (
    CrewShift,
    DemandPeriod,
    DemandPlan,
    OptimizeResponse,
    PlanStaffingResponse,
    Roster,
)
from serving.errors import InvalidArgument


@pytest.fixture
def files(tmp_path):
    schedule = {"assignments": [{"carId": "X", "sectors": ["A", "A", "B", ""]}, {"carId": "Y", "sectors": ["C"] * 4}]}
    (tmp_path / "schedule.json").write_text(json.dumps(schedule))
    plan = DemandPlan(sector_ids=list("ABCD"), period_minutes=120, periods=[DemandPeriod(cars=[1, 1, 0, 0])] * 2)
    (tmp_path / "demand.json").write_text(MessageToJson(OptimizeResponse(plan=plan)))
    planned = [CrewShift(start="07:00", minutes=120, cars=1, sector_cars=[0, 0, 1, 0])]
    planned += [CrewShift(start="10:30", minutes=600, cars=3, sector_cars=[2, 1, 0, 0])]
    planned += [CrewShift(start="20:00", minutes=480, cars=1, sector_cars=[1, 0, 0, 0])]
    present = [CrewShift(start="08:00", minutes=240, cars=2, sector_cars=[1, 1, 0, 0])]
    answer = PlanStaffingResponse(planned=Roster(shifts=planned), present=Roster(shifts=present))
    (tmp_path / "roster.json").write_text(MessageToJson(answer))
    return tmp_path


def read(files, schedules=(), demands=(), rosters=(), period_minutes=0):
    paths = [[files / name for name in names] for names in (schedules, demands, rosters)]
    return read_sources(*paths, period_minutes, rotates=False)


def test_every_kind_of_plan_becomes_a_timetable(files, site):
    sources = read(files, ["schedule.json"], ["demand.json"], ["roster.json"])
    found = {plan.name: plan.timetable for source in sources for plan in source.deployments(site)}
    assert list(found) == ["schedule", "demand", "roster", "roster, present crews"]
    assert [name for source in sources for name in source.names] == list(found)
    assert list(found["schedule"].cars[0].sectors) == ["A", "A", "B", ""]
    assert (found["schedule"].period_minutes, found["demand"].period_minutes) == (60, 120)
    assert {car.sectors[0] for car in found["demand"].cars} == {"A", "B"}


def test_crews_are_on_duty_when_they_work(files, site):
    (source,) = read(files, rosters=["roster.json"])
    planned, present = (plan.timetable for plan in source.deployments(site))
    assert planned.period_minutes == 30
    assert [list(car.sectors) for car in planned.cars] == [
        ["C", "C", *[""] * 6],
        *([[""] * 5 + ["A"] * 3] * 2),
        [""] * 5 + ["B"] * 3,
    ]  # the crews of the evening have no part in it
    assert all(set(car.sectors) <= {"A", "B"} for car in present.cars)


def test_crews_begin_on_time_in_spans_that_begin_at_a_quarter(files, site):
    (source,) = read(files, rosters=["roster.json"])
    span = replace(
        site.span, start_time=Timestamp(seconds=site.span.start_time.seconds - 900), local_start="07:45", minutes=465
    )
    planned, present = (plan.timetable for plan in source.deployments(replace(site, span=span)))
    assert (planned.period_minutes, len(planned.cars[0].sectors)) == (15, 31)
    assert all(list(car.sectors[:2]) in (["", "A"], ["", "B"]) for car in present.cars)  # from 08:00 on


def test_plans_of_other_spans_and_sectors_are_told(files, site):
    schedule = (files / "schedule.json").read_text()
    (source,) = read(files, ["schedule.json"], period_minutes=30)
    with pytest.raises(InvalidArgument, match=r"^--schedule: Expected periods that fill 240 minutes, got 4 of 30"):
        source.deployments(site)
    (files / "schedule.json").write_text(schedule.replace('["C", "C", "C", "C"]', '["C"]'))
    with pytest.raises(InvalidArgument, match="as many sectors for every car"):
        read(files, ["schedule.json"])
    text = (files / "demand.json").read_text()
    (files / "demand.json").write_text(text.replace("120", "60"))
    with pytest.raises(InvalidArgument, match=r"^--demand: Expected a plan for 240 minutes, .* is for 120"):
        read(files, demands=["demand.json"])[0].deployments(site)
    (files / "demand.json").write_text(text.replace('"A"', '"Z"'))
    with pytest.raises(InvalidArgument, match=r"^--demand: Expected a plan for the sectors of Row"):
        read(files, demands=["demand.json"])[0].deployments(site)


def test_rosters_of_other_areas_and_hours_are_told(files, site):
    answer = PlanStaffingResponse(
        planned=Roster(shifts=[CrewShift(start="20:00", minutes=60, cars=1, sector_cars=[1, 0, 0, 0])])
    )
    (files / "roster.json").write_text(MessageToJson(answer))
    with pytest.raises(InvalidArgument, match=r"^--roster: Expected crews on duty in 2015-01-01 day"):
        read(files, rosters=["roster.json"])[0].deployments(site)
    answer.planned.shifts[0].sector_cars.pop()
    (files / "roster.json").write_text(MessageToJson(answer))
    with pytest.raises(InvalidArgument, match=r"^--roster: Expected crews in the 4 sectors of Row"):
        read(files, rosters=["roster.json"])[0].deployments(site)


@pytest.mark.parametrize("text", ["", "[]", '{"assignments": [{"carId": "X"}]}', '{"assignments": []}'])
def test_what_is_no_schedule_is_told(text, files):
    (files / "schedule.json").write_text(text)
    with pytest.raises(InvalidArgument, match=r"^--schedule: Expected"):
        read(files, ["schedule.json"])


def test_names_tell_plans_apart(tmp_path):
    one, two, rule = tmp_path / "a" / "plan.json", tmp_path / "b" / "plan.json", tmp_path / "proportional.json"
    assert unique_names([one]) == {one: "plan"}
    assert unique_names([one, two, rule]) == {file: str(file) for file in (one, two, rule)}
