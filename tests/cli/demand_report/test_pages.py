import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from cli.area_session import days_span
from cli.demand_report.optimize_page import candidate_tables, render_optimize
from cli.demand_report.simulation_page import render_simulation
from cli.demand_report.staffing_page import crew_rows, render_staffing
from cli.optimize.request import OptimizeOptions
from cli.optimize.run import Optimized
from cli.simulation.basis import CallBasis
from cli.staffing.request import StaffingOptions
from cli.staffing.run import Staffed
from officers.demand.v1.demand_pb2 import (
    CrewShift,
    DemandCandidate,
    DemandCertificate,
    DemandPeriod,
    DemandPlan,
    Interval,
    OptimizeResponse,
    PartResult,
    PlanStaffingResponse,
    Roster,
    SimulateResponse,
    SimulationResult,
    TeamDemand,
)

VOID = {"meta", "br", "hr", "link", "img"}


class Tags(HTMLParser):
    """Collects attributes that could fetch something, and checks that tags are balanced."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.references: list[str] = []
        self.unnamed: int = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        names = dict(attributes)
        self.references += [value or "" for name, value in attributes if name in ("src", "href", "action", "data")]
        self.unnamed += tag == "svg" and not (names.get("aria-label") or names.get("aria-hidden"))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.references += [value or "" for name, value in attributes if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check(page: str) -> None:
    """A page is whole, fetches nothing, and says what its drawings show."""
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert tags.references == []
    assert tags.unnamed == 0
    assert "@import" not in page
    assert "://" not in page
    assert not re.search(r"url\((?!#)", page)
    assert "nan" not in re.findall(r">([^<>]*)<", page)


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("</style>")[1]))


def test_a_replay(simulate_plans):
    page = render_simulation(simulate_plans())
    check(page)
    for text in (
        "40 sampled shifts with 400 calls", "“demand” fails 50% less often than “proportional”", "yardstick",
        "8.0% to 12.0%", "Urgent calls", "Waterfront Communities", "The soonest free car goes",
        "Intervals tell how far chance", "No car waits in Bay Street Corridor",
    ):  # fmt: skip
        assert text in text_of(page), text
    assert page.count("<figure><svg viewBox") == 3


def test_a_limit_on_moves_stands_beside_the_rules(simulate_plans):
    simulation = simulate_plans({"demand": [2] * 40, "demand, moving freely": [1] * 40})
    simulation.deployments[1].most_moves_per_hour = 4
    assert "before they are sent again. Within any 60 minutes, at most 4 moves" in text_of(
        render_simulation(simulation)
    )


def test_one_recorded_shift_has_no_interval(simulate_plans):
    basis = CallBasis(True, 1, 10, "2020-01-01", "2020-01-01", notes=("The last record is of yesterday.",))
    page = render_simulation(simulate_plans({"proportional": [2], "demand": [1]}, basis=basis))
    check(page)
    text = text_of(page)
    assert "One shift is far too little to rank them" in text
    assert "One replay has no interval" in text
    assert "does not hold 0" not in text
    assert "The last record is of yesterday." in text


def test_a_replay_without_calls_says_so(simulate_plans):
    nothing = SimulateResponse(results=[SimulationResult(name="demand")])
    page = render_simulation(simulate_plans(answer=nothing))
    check(page)
    assert "There are no calls that count" in text_of(page)


def test_names_cannot_break_the_page(simulate_plans):
    simulation = simulate_plans()
    simulation.area.sectors[0].name = "<script>alert(1)</script>"
    simulation.answer.results[1].name = "<b>plan</b>"
    simulation.deployments[1].name = "<b>plan</b>"
    page = render_simulation(simulation)
    check(page)
    assert "<script" not in page
    assert "<b>plan" not in page


def candidate(name: str, rate: float, chosen: bool = False) -> DemandCandidate:
    return DemandCandidate(
        name=name, validation_failure_rate=rate, validation_mean_response_minutes=6.25, chosen=chosen
    )


@pytest.fixture
def optimized(simulate_plans) -> Optimized:
    simulation = simulate_plans({"proportional": [2] * 40, "the chosen plan": [1] * 40, "one per sector": [3] * 40})
    ids = [sector.id for sector in simulation.area.sectors]
    plan = DemandPlan(sector_ids=ids, period_minutes=120)
    plan.periods.extend([DemandPeriod(cars=[5, *[1] * 15])] * 6)
    answer = OptimizeResponse(
        plan=plan,
        candidates=[candidate("search, static", 0.0411, chosen=True), candidate("two-stage, static", 0.05)],
        certificate=DemandCertificate(
            no_static_bound_reason="none under these rules", no_program_gap_reason="not proved in time"
        ),
    )
    return Optimized(simulation.area, simulation.span, answer, OptimizeOptions(), simulation)


def test_a_choice_of_cars(optimized):
    page = render_optimize(optimized)
    check(page)
    text = text_of(page)
    for expected in (
        "The chosen plan fails 50% less often than “proportional”", "4.11%", "not proved in time",
        "To be small: late calls", "The best plan of a two-stage program is late for 5.00%",
        "“one per sector” fails 50% more often",
    ):  # fmt: skip
        assert expected in text, expected
    with pytest.raises(ValueError, match="fresh scenarios"):
        render_optimize(replace(optimized, simulation=None))


def test_candidates_of_teams(optimized):
    team = TeamDemand(team="north", cars=4, candidates=optimized.answer.candidates)
    optimized.answer.teams.extend([team, team])
    tables = candidate_tables(optimized.answer, without_programs=True)
    assert [table.title for table in tables][1] == "Team north, 4 cars"
    assert tables[0].programs == ""
    check(render_optimize(optimized))


def roster(crews: int, rate: float, shifts: list[CrewShift]) -> Roster:
    interval = Interval(value=rate, low=0.9 * rate, high=1.1 * rate)
    return Roster(crews=crews, car_hours=12 * crews, failure_rate=interval, shifts=shifts, on_duty_cars=[5] * 48)


@pytest.fixture
def staffed(simulate_plans) -> Staffed:
    simulation = simulate_plans({"the present roster": [3] * 40, "the planned roster": [2] * 40})
    sector_cars = [2, *[0] * 13, 3, 2]
    planned = [CrewShift(start="20:30", minutes=480, cars=7, sector_cars=sector_cars)]
    present = [CrewShift(start="08:00", minutes=720, cars=7, sector_cars=sector_cars)]
    answer = PlanStaffingResponse(
        present=roster(7, 0.12, present),
        planned=roster(7, 0.08, planned),
        failures_change=Interval(value=-0.33, low=-0.4, high=-0.25),
        curve=[roster(crews, 0.7 / crews, planned) for crews in (6, 7, 8)],
        crews_needed=8,
    )
    options = StaffingOptions(service_level=0.9)
    span = days_span(simulation.area, None, 7)
    return Staffed(simulation.area, span, answer, options, simulation.basis, simulation)


def test_a_roster(staffed):
    page = render_staffing(staffed)
    check(page)
    text = text_of(page)
    for expected in (
        "fails 33% less often than the present roster", "8 crews keep 90.0%", "20:30", "10.0% late", "9.00% to 11.00%",
        "Where the planned crews wait",
    ):  # fmt: skip
        assert expected in text, expected
    assert [(row.start, row.end, row.planned, row.present) for row in crew_rows(staffed.answer)] == [
        ("08:00", "20:00", 0, 7),
        ("20:30", "04:30", 7, 0),
    ]
    with pytest.raises(ValueError, match="by hour and sector"):
        render_staffing(replace(staffed, simulation=None))


def test_what_time_cut_short_is_told(staffed):
    staffed.answer.notes.append("Time was up before the end.")
    assert "Time was up before the end." in text_of(render_staffing(staffed))


def test_a_roster_rated_on_few_scenarios_has_no_intervals(staffed):
    page = render_staffing(replace(staffed, basis=replace(staffed.basis, replays=9)))
    check(page)
    text = text_of(page)
    assert "fewer than 10 shifts cannot rank them" in text
    assert "Sampled spans are too few for intervals." in text
    for claim in ("95% confidence", "8 crews keep", "9.00% to 11.00%", 'class="band'):
        assert claim not in page.split("</style>")[1], claim


def test_a_roster_rated_on_no_calls_says_so(staffed):
    answer = staffed.answer
    for each in (answer.planned, answer.present, *answer.curve):
        each.ClearField("failure_rate")
    answer.ClearField("failures_change")
    answer.ClearField("crews_needed")
    answer.notes.append("No call was drawn that counts.")
    for result in staffed.simulation.answer.results:
        result.CopyFrom(SimulationResult(name=result.name, hours=[PartResult()] * 12))
    page = render_staffing(staffed)
    check(page)
    assert '<p class="headline">No call was drawn that counts.</p>' in page
    for claim in ("in time", "confidence", "nan%", "How failures depend", "late more often"):
        assert claim not in text_of(page), claim


def test_hours_that_get_worse_are_named(staffed):
    assert "It is late more often" not in text_of(render_staffing(staffed))
    staffed.simulation.answer.results[1].hours[3].within_target = 0
    assert "the present roster from 11:00 to 12:00: look below" in text_of(render_staffing(staffed))


def test_without_a_curve_there_is_none(staffed):
    del staffed.answer.curve[1:]
    page = render_staffing(staffed)
    check(page)
    assert "How failures depend" not in page
