"""Rosters as tables and text charts for people."""

from collections.abc import Sequence

from rich.table import Table

from cli.clock import clock_times, duration, minutes_of
from cli.simulation.basis import CallBasis
from cli.simulation.tables import NOTHING
from officers.demand.v1.demand_pb2 import CrewShift, PlanStaffingResponse, Roster

HALF_HOURS_PER_HOUR = 2
CHART_CHARACTERS = 40


def crew_table(answer: PlanStaffingResponse) -> Table:
    """Lay out the crews as planned by start and length, with those that are there now beside them."""
    table = Table(title="Crews by start", title_justify="left", show_footer=True)
    planned, present = (crews_by_hours(roster.shifts) for roster in (answer.planned, answer.present))
    table.add_column("Start", footer="All")
    table.add_column("End")
    table.add_column("Length", justify="right")
    table.add_column("Planned", justify="right", footer=str(answer.planned.crews))
    table.add_column("Present", justify="right", footer=str(answer.present.crews))
    for start, minutes in sorted(planned.keys() | present.keys()):
        end = clock_times(start, minutes, 2)[1]
        counts = (str(crews.get((start, minutes), 0) or "·") for crews in (planned, present))
        table.add_row(start, end, duration(minutes), *counts)
    return table


def duty_chart(answer: PlanStaffingResponse) -> Table:
    """Draw cars on duty by hour of the day as bars, planned and present; the least of the hour."""
    planned, present = (hourly(roster) for roster in (answer.planned, answer.present))
    most = max(*planned, *present, 1)
    table = Table(title="Cars on duty", title_justify="left", box=None, padding=(0, 1))
    table.add_column("")
    table.add_column("Planned", justify="right")
    table.add_column("", min_width=CHART_CHARACTERS)
    table.add_column("Present", justify="right")
    for hour, (new, old) in enumerate(zip(planned, present, strict=True)):
        table.add_row(f"{hour:02d}:00", str(new), bar(new, old, most), str(old))
    return table


def bar(planned: int, present: int, most: int) -> str:
    """Draw planned cars as a bar, with a mark where the present ones end.

    >>> bar(20, 40, 40)
    '████████████████████                   |'
    """
    length, mark = (round(CHART_CHARACTERS * cars / most) for cars in (planned, present))
    characters = ["█" if position < length else " " for position in range(CHART_CHARACTERS)]
    if mark:
        characters[mark - 1] = "|"
    return "".join(characters).rstrip()


def curve_table(answer: PlanStaffingResponse, basis: CallBasis) -> Table:
    """Lay out failures by number of crews."""
    table = Table(title="Failures by number of crews", title_justify="left")
    for heading in ("Crews", "Car hours a day", "Late or never", "90% interval", "Mean response, min"):
        table.add_column(heading, justify="right")
    for roster in answer.curve:
        style = "bold" if roster.crews == answer.planned.crews else None
        table.add_row(str(roster.crews), f"{roster.car_hours:g}", *rate_texts(roster, basis), style=style)
    return table


def rate_table(answer: PlanStaffingResponse, basis: CallBasis) -> Table:
    """Lay out failures at present and as planned."""
    table = Table(title="Failures on the validation scenarios", title_justify="left")
    table.add_column("Crews")
    for heading in ("Number", "Car hours a day", "Late or never", "90% interval", "Mean response, min"):
        table.add_column(heading, justify="right")
    for name, roster in (("planned", answer.planned), ("present", answer.present)):
        table.add_row(name, str(roster.crews), f"{roster.car_hours:g}", *rate_texts(roster, basis))
    return table


def rate_texts(roster: Roster, basis: CallBasis) -> tuple[str, str, str]:
    """Write the share of late calls, its interval and the mean response; dashes where calls are too few for them."""
    rate, is_rated = roster.failure_rate, roster.HasField("failure_rate")
    return (
        f"{rate.value:.2%}" if is_rated else NOTHING,
        f"{rate.low:.2%} to {rate.high:.2%}" if is_rated and basis.is_enough else NOTHING,
        f"{roster.mean_response_minutes:.2f}" if roster.HasField("mean_response_minutes") else NOTHING,
    )


def hourly(roster: Roster) -> list[int]:
    """Return the least cars on duty in each hour of the day."""
    halves = list(roster.on_duty_cars)
    return [min(halves[first : first + HALF_HOURS_PER_HOUR]) for first in range(0, len(halves), HALF_HOURS_PER_HOUR)]


def crews_by_hours(shifts: Sequence[CrewShift]) -> dict[tuple[str, int], int]:
    """Return crews by start and length."""
    return {
        (shift.start, shift.minutes): shift.cars for shift in sorted(shifts, key=lambda each: minutes_of(each.start))
    }
