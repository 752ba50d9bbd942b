import json
import math
from dataclasses import replace

import numpy as np
import pytest

from cli.demand_bench.report import (
    Check,
    Study,
    checks_table,
    fewer_failures,
    no_more_failures,
    not_worse,
    speed_checks,
    study_figures,
    study_table,
)
from cli.demand_bench.speed import Speed
from cli.demand_bench.timeline import Measured
from services.demand.intervals import Interval


def measured(failures: list[float], moves: float = 0.0, response: float = 6.5) -> Measured:
    return Measured(np.array(failures), np.full(len(failures), 100.0), response, 0.4, moves)


@pytest.fixture
def study() -> Study:
    deployments = {"kept": measured([10, 20, 30]), "plan": measured([9, 18, 27], 12.0), "worse": measured([20, 40, 60])}
    return Study("Location", deployments, "kept")


def rows(table) -> list[tuple[str, ...]]:
    return list(zip(*(column.cells for column in table.columns), strict=True))


def test_deployments_are_laid_out_against_the_reference(study: Study) -> None:
    table = study_table(study, copies=1, seed=1)
    assert table.title == "Location: 300 calls in 3 weeks"
    assert rows(table) == [
        ("kept (reference)", "20.00%", "+0.0%", "+0.0% to +0.0%", "6.50", "40.0%", "–"),
        ("plan", "18.00%", "-10.0%", "-10.0% to -10.0%", "6.50", "40.0%", "12"),
        ("worse", "40.00%", "+100.0%", "+100.0% to +100.0%", "6.50", "40.0%", "–"),
    ]


def test_other_layings_of_the_weeks_stand_beside(study: Study) -> None:
    failures = {"kept": np.array([60.0, 40.0]), "plan": np.array([54.0, 44.0]), "worse": np.array([120.0, 80.0])}
    laid = replace(study, laying_failures=failures)
    table = study_table(laid, copies=1, seed=1)
    assert table.columns[-1].header == "Over 2 layings"
    assert [row[-1] for row in rows(table)] == [
        "+0.0% (+0.0% to +0.0%)",
        "-2.0% (-10.0% to +10.0%)",
        "+100.0% (+100.0% to +100.0%)",
    ]
    assert study_figures(laid, copies=1, seed=1)["deployments"][1]["laying_failures"] == [54, 44]
    assert study_figures(study, copies=1, seed=1)["deployments"][1]["laying_failures"] == []


def test_figures_for_machines(study: Study) -> None:
    figures = study_figures(study, copies=1, seed=1)
    assert (figures["study"], figures["reference"]) == ("Location", "kept")
    plan = figures["deployments"][1]
    assert (plan["name"], plan["failure_rate"], plan["moves_per_day"]) == ("plan", 0.18, 12.0)
    assert plan["weekly_failures"] == [9, 18, 27]
    assert plan["change"] == pytest.approx({"value": -0.1, "low": -0.1, "high": -0.1})


def test_what_is_no_number_is_null_for_machines() -> None:
    deployments = {"kept": measured([0, 0]), "off duty": measured([100, 100], response=math.nan)}
    figures = study_figures(Study("Location", deployments, "kept"), copies=1, seed=1)
    kept, off_duty = json.loads(json.dumps(figures, allow_nan=False))["deployments"]
    assert kept["change"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert off_duty["change"] == {"value": None, "low": None, "high": None}
    assert off_duty["mean_response_minutes"] is None


@pytest.mark.parametrize(("name", "least", "met"), [("plan", 0.05, True), ("plan", 0.2, False), ("worse", 0.0, False)])
def test_fewer_failures_are_those_asked_for(study: Study, name: str, least: float, met: bool) -> None:
    check = fewer_failures(study, name, least, 1, 1, "Location")
    assert check.met == met
    assert check.wanted == f"at least {least:.0%} fewer failures than kept"


def test_fewer_failures_within_noise_will_not_do() -> None:
    study = Study("Location", {"kept": measured([10, 10, 10]), "plan": measured([1, 5, 15])}, "kept")
    assert fewer_failures(study, "plan", 0.3, 1, 1, "Location").found.startswith("-30.0%")
    assert not fewer_failures(study, "plan", 0.3, 1, 1, "Location").met


@pytest.mark.parametrize(
    ("found", "met"),
    [
        (Interval(0.2, -0.01, 0.5), True),  # worse, but it may be noise
        (Interval(0.2, 0.01, 0.5), False),
        (Interval(-0.2, -0.3, -0.1), True),
        (Interval(0.0, 0.0, 0.0), True),
        (Interval(math.inf, math.inf, math.inf), False),  # failures where the simple rule has none
    ],
)
def test_worse_is_what_is_beyond_noise(found: Interval, met: bool) -> None:
    assert not_worse("a single sector", found).met == met


def test_checks_say_what_was_found(study: Study) -> None:
    checks = [
        fewer_failures(study, "plan", 0.05, 1, 1, "Location"),
        not_worse("even demand", Interval(0.2, 0.01, 0.5)),
        *speed_checks([Speed("optimise 200 scenarios", 31.234, "s", "at most 30", False)]),
    ]
    assert all(isinstance(check, Check) for check in checks)
    assert rows(checks_table(checks)) == [
        ("Location", "at least 5% fewer failures than kept", "-10.0% (-10.0% to -10.0%)", "yes"),
        ("even demand", "not worse beyond noise", "+20.0% (+1.0% to +50.0%)", "NO"),
        ("optimise 200 scenarios", "at most 30", "31.23 s", "NO"),
    ]


@pytest.mark.parametrize(("change", "met"), [(-0.1, True), (0.0, True), (0.1, False)])
def test_as_many_failures_are_no_more(change: float, met: bool) -> None:
    check = no_more_failures("with 20 cars", Interval(change, change - 0.5, change + 0.5))
    assert (check.wanted, check.met) == ("at most as many failures", met)
