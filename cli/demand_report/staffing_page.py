"""Compose the page of a roster."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from cli.clock import clock_times, duration, minutes_of
from cli.demand_report.duty_chart import duty_chart
from cli.demand_report.environment import page_environment
from cli.demand_report.heat_table import HeatTable, heat_table
from cli.demand_report.line_chart import ChartText, LineChart, Series, line_chart
from cli.demand_report.plan_rows import LOAD_HEADINGS, RESPONSE_HEADINGS
from cli.demand_report.replay_parts import replay_parts
from cli.demand_report.response_charts import hourly_parts
from cli.demand_report.simulation_page import SAMPLED_LIMIT
from cli.simulation.run import Simulation
from cli.staffing.run import Staffed
from cli.staffing.tables import crews_by_hours, rate_texts
from cli.staffing.words import change_sentence, needed_sentence
from officers.area.v1.area_pb2 import Area
from officers.demand.v1.demand_pb2 import PlanStaffingResponse, Roster

HALF_HOUR_MINUTES, HALF_HOURS = 30, 48
NOTICED = 0.01
"""Shares of late calls in one hour that differ by less are not told apart."""


@dataclass(frozen=True)
class CrewRow:
    """Crews of one start and length."""

    start: str
    end: str
    length: str
    planned: int
    present: int


@dataclass(frozen=True)
class CurveRow:
    """Failures with some number of crews, written out."""

    crews: int
    car_hours: str
    late: str
    interval: str
    mean: str
    is_planned: bool


def render_staffing(staffed: Staffed) -> str:
    """Render a roster that was replayed in detail as one HTML document.

    Raises
    ------
    ValueError
        It was not replayed.
    """
    if staffed.simulation is None:
        raise ValueError("Expected a roster that was replayed by hour and sector.")
    answer = staffed.answer
    findings = (
        change_sentence(staffed),
        *answer.notes,
        needed_sentence(staffed),
        worse_hours_sentence(staffed.simulation),
    )
    headline, *others = [text for text in findings if text]
    return (
        page_environment()
        .get_template("staffing.html")
        .render(
            response_headings=RESPONSE_HEADINGS,
            load_headings=LOAD_HEADINGS,
            area=staffed.area,
            title=staffed.span.title,
            headline=headline,
            others=others,
            answer=answer,
            crews=crew_rows(answer),
            duty=duty_chart(answer.planned, answer.present),
            curve=curve_chart(staffed) if staffed.has_curve else None,
            curve_rows=curve_rows(staffed),
            has_intervals=staffed.basis.is_enough,
            heat=_roster_heat(staffed.area, answer.planned),
            replay=replay_parts(staffed.simulation),
            limits=[SAMPLED_LIMIT, "Breaks, pay and the law are not looked at beyond the rules given."],
        )
    )


def worse_hours_sentence(simulation: Simulation) -> str:
    """Name the hours in which the planned roster is late more often; empty where there are none."""
    present, planned = (hourly_parts(simulation, result) for result in simulation.answer.results)
    worse = [
        (new.late_share or 0.0) > (old.late_share or 0.0) + NOTICED for old, new in zip(present, planned, strict=True)
    ]
    spans = hour_spans([part.label for part in planned], worse)
    return f"It is late more often than the present roster {' and '.join(spans)}: look below." if spans else ""


def hour_spans(labels: Sequence[str], chosen: Sequence[bool]) -> list[str]:
    """Name runs of chosen hours, such as "from 03:00 to 06:00"; `labels` are when hours begin.

    >>> hour_spans(["02:00", "03:00", "04:00"], [True, True, False])
    ['from 02:00 to 04:00']
    """
    ends = [*labels[1:], clock_times(labels[-1], 60, 2)[1]]
    runs = [list(run) for is_chosen, run in groupby(range(len(labels)), chosen.__getitem__) if is_chosen]
    return [f"from {labels[run[0]]} to {ends[run[-1]]}" for run in runs]


def crew_rows(answer: PlanStaffingResponse) -> list[CrewRow]:
    """Crews by start and length, planned beside present."""
    planned, present = (crews_by_hours(roster.shifts) for roster in (answer.planned, answer.present))
    return [
        CrewRow(
            start,
            clock_times(start, minutes, 2)[1],
            duration(minutes),
            planned.get((start, minutes), 0),
            present.get((start, minutes), 0),
        )
        for start, minutes in sorted(planned.keys() | present.keys())
    ]


def curve_rows(staffed: Staffed) -> list[CurveRow]:
    """Failures by number of crews."""
    answer = staffed.answer
    return [
        CurveRow(
            roster.crews,
            f"{roster.car_hours:g}",
            *rate_texts(roster, staffed.basis),
            is_planned=roster.crews == answer.planned.crews,
        )
        for roster in answer.curve
    ]


def curve_chart(staffed: Staffed) -> LineChart:
    """Draw failures over the number of crews, with intervals where scenarios are enough, and the service level."""
    curve, level = staffed.answer.curve, staffed.options.service_level
    rates = [roster.failure_rate for roster in curve]
    intervals = [f" ({rate.low:.2%} to {rate.high:.2%})" if staffed.basis.is_enough else "" for rate in rates]
    series = Series(
        name="failure rate",
        style="c1",
        values=[rate.value for rate in rates],
        titles=[
            f"{roster.crews} crews, {roster.car_hours:g} h: {rate.value:.2%}{interval}"
            for roster, rate, interval in zip(curve, rates, intervals, strict=True)
        ],
        low=[rate.low for rate in rates] if staffed.basis.is_enough else [],
        high=[rate.high for rate in rates] if staffed.basis.is_enough else [],
    )
    text = ChartText("Share of late calls by number of crews", "crews", in_percent=True)
    line = None if level is None else (1 - level, f"{1 - level:.1%} late")
    return line_chart(text, [series], [str(roster.crews) for roster in curve], level=line, size_px=(620, 300))


def _roster_heat(area: Area, roster: Roster) -> HeatTable:
    """Lay out cars by hour of the day."""
    cars = np.zeros((HALF_HOURS, len(area.sectors)), np.int64)
    for shift in roster.shifts:
        first = minutes_of(shift.start) // HALF_HOUR_MINUTES
        for step in range(shift.minutes // HALF_HOUR_MINUTES):
            cars[(first + step) % HALF_HOURS] += np.array(shift.sector_cars)
    return heat_table("planned crews", area, cars, "00:00", HALF_HOUR_MINUTES)
