"""What an audit reads: residents, past incidents, plans."""

import json
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from google.protobuf.json_format import MessageToDict

from cli.audit.past import officer_share, weekly_reported, within
from cli.audit.presence import demanded_hours, plan_span, read_plans, scheduled_hours, shift_hours
from cli.audit.residents import read_residents
from officers.area.v1.area_pb2 import Area, Sector
from officers.demand.v1.demand_pb2 import DemandPeriod, DemandPlan
from officers.gateway.v1.gateway_pb2 import Plan
from officers.scheduler.v1.scheduler_pb2 import CarAssignment
from serving.errors import FailedPrecondition, InvalidArgument

AREA = Area(
    name="Town",
    time_zone="America/New_York",
    train_until_date="2014-12-31",
    sectors=[Sector(id="A"), Sector(id="B")],
)
HEADER = "sector,group,residents\n"


@pytest.fixture
def folders(tmp_path):
    area = tmp_path / "area"
    area.mkdir()
    return area, tmp_path / "residents.csv"


def test_residents_by_group_and_sector(folders):
    area, file = folders
    file.write_text(HEADER + "B,young,10\nA,old,5.5\nB,old,0\n")
    residents = read_residents(file, area, ["A", "B"])
    assert residents.groups == ("young", "old")
    np.testing.assert_array_equal(residents.counts, [[0, 10], [5.5, 0]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sector,group\nA,x\n", "residents is missing"),
        (HEADER + "C,x,1\n", "row 1, got 'C'"),
        (HEADER + "A,x,1\nA,x,2\n", "once, see row 2"),
        (HEADER + "A,,1\n", "once, see row 1"),
        (HEADER + "A,x,many\n", "row 1, got 'many'"),
        (HEADER + "A,x,-1\n", "row 1, got '-1'"),
        (HEADER + "A,x,nan\n", "row 1, got 'nan'"),
        (HEADER + "A,x\n", "row 1, got None"),
        (HEADER, "found none"),
        ("", "sector is missing"),
    ],
)
def test_residents_that_make_no_sense(folders, text, message):
    area, file = folders
    file.write_text(text)
    with pytest.raises(InvalidArgument, match=f"--residents.*{message}"):
        read_residents(file, area, ["A", "B"])


def test_residents_inside_the_area_directory_are_refused(folders):
    area, _ = folders
    (area / "data").mkdir()
    file = area / "data" / "residents.csv"
    file.write_text(HEADER + "A,x,1\n")
    with pytest.raises(InvalidArgument, match="outside the area directory"):
        read_residents(file, area, ["A"])


def _incidents(rows):
    frame = pd.DataFrame(rows, columns=["time", "sector", "reported_by"])
    times = pd.to_datetime(frame["time"]).dt.tz_localize(AREA.time_zone).dt.tz_convert("UTC")
    return frame.assign(time=times)


def test_reported_incidents_by_week():
    incidents = _incidents(
        [
            ("2014-12-31 23:59", "A", None),  # the last week
            ("2014-12-25 00:00", "B", "citizen"),
            ("2014-12-24 23:59", "B", "citizen"),  # the week before
            ("2014-01-02 00:00", "A", "citizen"),  # the first week
            ("2014-01-01 23:59", "A", "citizen"),  # too early
            ("2015-01-01 00:00", "A", "citizen"),  # too late
            ("2014-12-31 12:00", "A", "officer"),  # not reported
        ]
    )
    counts = weekly_reported(AREA, incidents, [("00:00", 1440)])
    assert counts.shape == (52, 2)
    assert counts.sum() == 4
    assert (counts[51, 0], counts[51, 1], counts[50, 1], counts[0, 0]) == (1, 1, 1, 1)
    assert officer_share(AREA, incidents) == pytest.approx(1 / 5)
    with pytest.raises(FailedPrecondition, match="No incident was reported"):
        weekly_reported(AREA, incidents, [("05:00", 60)])


def _daily(first_day, **policy):
    """A town whose records hold one incident a day in A, three in B, from a day on, and the weekly counts."""
    days = pd.date_range(first_day, "2014-12-31")
    area = Area()
    area.CopyFrom(AREA)
    if policy:
        rule = area.policy.rules.add(reason="No guide to other days.", **policy)
        first, last = rule.from_date or "1900-01-01", rule.to_date or "2100-01-01"
        days = days[(days < first) | (days > last)]
    rows = [(f"{day.date()} 12:00", sector, "citizen") for day in days for sector in "ABBB"]
    return weekly_reported(area, _incidents(rows), [("00:00", 1440)])


def test_weeks_before_the_first_record_do_not_count():
    counts = _daily("2014-10-20")  # ten weeks and three days
    assert counts.tolist() == [[7, 21]] * 10
    with pytest.raises(FailedPrecondition, match="No week of the year up to 2014-12-31 is recorded in full"):
        _daily("2014-12-28")


def test_weeks_that_the_policy_leaves_out_in_part_do_not_count():
    assert _daily("2010-01-01").tolist() == [[7, 21]] * 52
    counts = _daily("2010-01-01", from_date="2014-12-20", to_date="2014-12-25")  # a day of the last week, five before
    assert counts.tolist() == [[7, 21]] * 50
    assert _daily("2010-01-01", to_date="2014-11-01").tolist() == [[7, 21]] * 8
    with pytest.raises(FailedPrecondition, match="leaves out days of every week"):
        _daily("2010-01-01", from_date="2013-01-01")


def test_rules_that_name_a_type_leave_out_no_week():
    area = Area()
    area.CopyFrom(AREA)
    area.policy.rules.add(reason="x", type="DRUGS", from_date="2014-12-01")
    days = pd.date_range("2013-01-01", "2014-12-31")
    incidents = _incidents([(f"{day.date()} 12:00", "A", None) for day in days])
    assert len(weekly_reported(area, incidents, [("00:00", 1440)])) == 52


def test_hours_of_shifts_run_past_midnight():
    local = pd.Series(pd.date_range("2014-03-01", periods=48, freq="30min"))
    night = within(local, [("20:00", 720)])
    assert night.tolist() == [time.hour >= 20 or time.hour < 8 for time in local]
    assert within(local, [("20:00", 720), ("08:00", 720)]).all()


def _plan() -> Plan:
    plan = Plan(name="areas/town/plans/1", shift="night")
    plan.start_time.FromDatetime(datetime(2015, 1, 2, 1, tzinfo=UTC))
    plan.end_time.FromDatetime(datetime(2015, 1, 2, 3, tzinfo=UTC))
    plan.staffing.cars = 2
    plan.result.schedule_problem.period_minutes = 30
    plan.result.schedule.assignments.append(CarAssignment(car_id="1", sectors=["A", "A", "B", ""]))
    plan.result.schedule.assignments.append(CarAssignment(car_id="2", sectors=["B", "A", "B", "B"]))
    return plan


def test_car_hours_of_a_plan_file(tmp_path):
    file = tmp_path / "plan.json"
    file.write_text(json.dumps({"plans": [MessageToDict(_plan())]}))
    (plan,) = read_plans(file)
    np.testing.assert_array_equal(scheduled_hours(plan, AREA), [1.5, 2.0])
    span = plan_span(plan, AREA)
    assert (span.day, span.local_start, span.minutes, span.cars) == ("2015-01-01", "20:00", 120, 2)
    assert shift_hours([span, span]) == (("20:00", 120),)


def test_plan_files_that_make_no_sense(tmp_path):
    file = tmp_path / "plan.json"
    for text in ("", "[]", '{"plans": []}', '{"plans": [{"name": 3}]}', '{"plans": [{"name": "p"}]}'):
        file.write_text(text)
        with pytest.raises(InvalidArgument, match="--plan"):
            read_plans(file)
    with pytest.raises(InvalidArgument, match="no sector 'B'"):
        scheduled_hours(_plan(), Area(sectors=[Sector(id="A")]))


def test_car_hours_of_a_demand_plan():
    plan = DemandPlan(period_minutes=90, periods=[DemandPeriod(cars=[1, 2]), DemandPeriod(cars=[0, 3])])
    np.testing.assert_array_equal(demanded_hours(plan), [1.5, 7.5])
