import re
from html.parser import HTMLParser

from cli.outcome import Outcome, Replay, ShiftOutcome
from cli.report.facts import certificate, limits
from cli.report.page import render_report
from officers.demand.v1.demand_pb2 import SimulationResult

VOID = {"meta", "input", "br", "hr", "link", "img"}


class Tags(HTMLParser):
    """Collects attributes that could fetch something, and checks that tags are balanced."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.references: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.references += [value or "" for name, value in attributes if name in ("src", "href", "action", "data")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.references += [value or "" for name, value in attributes if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_fetches_nothing(outcome: Outcome) -> None:
    page = render_report(outcome)
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert tags.references == []
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)
    assert "://" not in page


def test_the_page_says_what_matters(outcome: Outcome) -> None:
    page = render_report(outcome)
    for text in (
        "Central Toronto", "Wednesday 1 January 2020", "200 held-out scenarios", "43 recorded calls", "Proved optimal",
        "51,204 of 51,260", "Outside the area.", "came without street data",
        "separable", "-0.3%".replace("-", "−"),
        "areas/central-toronto/plans/day-1", "too little to rank",
    ):  # fmt: skip
        assert text in page, text


def test_names_cannot_break_the_page(outcome: Outcome) -> None:
    outcome.area.sectors[0].name = "<script>alert(1)</script>"
    outcome.area.name = 'A "quoted" & <b>bold</b> place'
    page = render_report(outcome)
    assert "<script>alert" not in page
    assert "<b>bold" not in page


def test_a_shift_without_calls_is_shown_too(outcome: Outcome) -> None:
    nothing = Replay((), tuple(SimulationResult(name=name) for name in "abc"))
    quiet = Outcome(outcome.record, outcome.model, (ShiftOutcome(outcome.shifts[0].plan, nothing),))
    assert "No call was recorded in this shift" in render_report(quiet)


def test_limits_name_what_the_area_lacks(outcome: Outcome) -> None:
    assert any("assumed speed" in limit for limit in limits(outcome, example_routes=True))
    outcome.area.road_arcs_artifact = "r" * 64
    assert any("along the area's roads" in limit for limit in limits(outcome, example_routes=False))


def test_no_gap_between_the_legend_and_its_comma(outcome: Outcome) -> None:
    assert '</span></span><span class="hourly-top">, at one hour up to' in render_report(outcome)


def test_travel_and_its_bound_have_a_unit(outcome: Outcome) -> None:
    shown = {fact.title: fact.value for fact in certificate(outcome.shifts[0].plan)}
    assert all(shown[title].endswith(" car minutes") for title in ("Travel between sectors", "Proved lower bound"))
