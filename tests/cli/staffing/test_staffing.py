from types import SimpleNamespace

import pytest
from google.protobuf.json_format import MessageToJson

from cli.area_session import AreaSession, days_span
from cli.simulation.basis import WEEK, sampled_basis
from cli.staffing.request import StaffingOptions, present_shifts, staffing_request
from cli.staffing.run import Staffed
from cli.staffing.tables import bar, crew_table, curve_table, duty_chart, hourly, rate_table, rate_texts
from cli.staffing.words import change_sentence, needed_sentence
from officers.area.v1.area_pb2 import Area, Shift
from officers.demand.v1.demand_pb2 import CrewRules, CrewShift, Interval, PlanStaffingResponse, Roster
from serving.errors import InvalidArgument

AREA = Area(
    name="Town",
    time_zone="America/New_York",
    train_until_date="2014-12-31",
    shifts=[Shift(name="day", start="08:00", hours=12, cars=6), Shift(name="night", start="20:00", hours=12, cars=4)],
)


def roster(crews: int, rate: float, shifts=()) -> Roster:
    interval = Interval(value=rate, low=0.9 * rate, high=1.1 * rate)
    on_duty = [crews // 2] * 47 + [0]
    return Roster(crews=crews, car_hours=12 * crews, failure_rate=interval, shifts=shifts, on_duty_cars=on_duty)


@pytest.fixture
def answer() -> PlanStaffingResponse:
    present = [CrewShift(start="08:00", minutes=720, cars=6), CrewShift(start="20:00", minutes=720, cars=4)]
    planned = [CrewShift(start="20:00", minutes=720, cars=3), CrewShift(start="09:30", minutes=480, cars=7)]
    return PlanStaffingResponse(
        present=roster(10, 0.12, present),
        planned=roster(10, 0.08, planned),
        failures_change=Interval(value=-0.33, low=-0.4, high=-0.25),
        curve=[roster(9, 0.1), roster(10, 0.08), roster(11, 0.06)],
        crews_needed=11,
    )


def staffed(answer: PlanStaffingResponse, level: float | None = None, scenarios: int = 100) -> Staffed:
    span = days_span(AREA, None, 7)
    basis = sampled_basis(span, scenarios, 40 * scenarios, 1, WEEK)
    return Staffed(AREA, span, answer, StaffingOptions(service_level=level), basis, None)


def test_options_reach_the_request():
    rules = CrewRules(lengths_minutes=[480], earliest_start="06:00", most_kinds=4)
    fixed = (CrewShift(start="06:00", minutes=480, cars=1),)
    options = StaffingOptions(fixed=fixed, crew_rules=rules, vary_crews=3, service_level=0.95)
    session = AreaSession(SimpleNamespace(), "a" * 64, AREA, None, "b" * 64)
    request = staffing_request(session, days_span(AREA, None, 7), ("d" * 64, "e" * 64), options, 1)
    assert [(shift.start, shift.minutes, shift.cars) for shift in request.shifts] == [
        ("08:00", 720, 6),
        ("20:00", 720, 4),
    ]
    assert (request.span_start, request.most_failure_rate, request.vary_crews) == ("00:00", 0.05, 3)
    assert request.crew_rules == rules
    assert list(request.fixed_shifts) == list(fixed)


def test_crews_as_they_are():
    given = (CrewShift(start="07:00", minutes=480, cars=2),)
    assert present_shifts(AREA, given) == list(given)
    with pytest.raises(InvalidArgument, match=r"^--shift: Expected at least one"):
        present_shifts(Area(), ())


def test_the_change_is_told_with_its_interval(answer):
    assert change_sentence(staffed(answer)) == (
        "With 120 car hours a day, 8.0% of the calls are late or never answered, 12.0% at present. The planned roster "
        "fails 33% less often than the present roster (90% interval over sampled weeks −40% to −25%)."
    )
    answer.planned.car_hours = 116
    answer.failures_change.high = 0.01
    assert "116 car hours a day against 120" in change_sentence(staffed(answer))
    assert "There is no clear difference" in change_sentence(staffed(answer))
    answer.ClearField("failures_change")
    assert change_sentence(staffed(answer)).startswith("The present crews answer every call in time")


def test_crews_needed_are_told_with_their_confidence(answer):
    assert needed_sentence(staffed(answer)) == ""
    assert needed_sentence(staffed(answer, 0.95)) == (
        "11 crews keep 95.0% of the calls within target with 95% confidence, for calls such as the sampled ones."
    )
    answer.crews_needed = 9
    assert needed_sentence(staffed(answer, 0.95)).endswith("Fewer were not tried: more --vary-crews tell.")
    answer.ClearField("crews_needed")
    assert needed_sentence(staffed(answer, 0.95)).startswith("Not even 11 crews, the most tried, keep 95.0%")


@pytest.mark.parametrize("scenarios", [1, 9])
def test_few_scenarios_rank_nothing_and_count_no_crews(answer, scenarios):
    few = staffed(answer, 0.95, scenarios)
    assert change_sentence(few) == (
        "With 120 car hours a day, 8.0% of the calls are late or never answered, 12.0% at present: fewer than 10 weeks "
        "cannot rank them."
    )
    assert needed_sentence(few) == ""  # the answer's notes tell
    assert rate_texts(answer.planned, few.basis) == ("8.00%", "–", "–")


def test_without_calls_nothing_is_said(answer):
    for each in (answer.planned, answer.present, *answer.curve):
        each.ClearField("failure_rate")
    answer.ClearField("failures_change")
    answer.ClearField("crews_needed")
    nothing = staffed(answer, 0.95)
    assert change_sentence(nothing) == needed_sentence(nothing) == ""  # the answer's notes tell
    assert not nothing.has_curve
    assert [list(column.cells) for column in rate_table(answer, nothing.basis).columns[3:]] == [["–", "–"]] * 3
    assert "NaN" not in MessageToJson(answer)


def test_crews_are_laid_out_by_start(answer):
    table = crew_table(answer)
    rows = list(zip(*(column.cells for column in table.columns), strict=True))
    assert rows == [
        ("08:00", "20:00", "12 h", "·", "6"),
        ("09:30", "17:30", "8 h", "7", "·"),
        ("20:00", "08:00", "12 h", "3", "4"),
    ]
    assert [column.footer for column in table.columns][3:] == ["10", "10"]


def test_cars_on_duty_are_drawn_by_hour(answer):
    assert hourly(answer.planned) == [5] * 23 + [0]
    assert duty_chart(answer).row_count == 24
    assert bar(10, 20, 40) == "█" * 10 + " " * 9 + "|"
    assert bar(20, 10, 40) == "█" * 9 + "|" + "█" * 10
    assert bar(0, 0, 40) == ""


def test_rates_are_laid_out(answer):
    basis = staffed(answer).basis
    assert list(rate_table(answer, basis).columns[3].cells) == ["8.00%", "12.00%"]
    assert next(iter(curve_table(answer, basis).columns[3].cells)) == "9.00% to 11.00%"
