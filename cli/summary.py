"""The summary of a run: a table for people, a dictionary for machines."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from cli.outcome import Outcome, ShiftOutcome, local_start
from cli.report.comparison import ComparisonRow, compare_rows
from officers.scheduler.v1.scheduler_pb2 import Status


def summary_table(outcome: Outcome) -> Table:
    """Lay out the results of every shift: held-out scenarios and recorded calls, the plan beside both simple rules."""
    day = f"{local_start(outcome.shifts[0].plan, outcome.time_zone):%A %-d %B %Y}"
    table = Table(title=f"{outcome.area.name}, {day}", title_justify="left")
    for heading in ("Shift", "Calls", "Deployment"):
        table.add_column(heading)
    for heading in ("Within target", "Mean, min", "P90, min", "Plan minus this"):
        table.add_column(heading, justify="right")
    for shift in outcome.shifts:
        scenarios = shift.plan.result.test_calls.scenario_count
        _add_rows(table, shift, f"{scenarios} held-out scenarios", scenario_rows(shift))
        count = len(shift.replay.calls)
        _add_rows(table, shift, f"{count} recorded call{'' if count == 1 else 's'}", recorded_rows(shift))
    return table


def summary(outcome: Outcome) -> dict[str, Any]:
    """Return the same results for machines; shares are 0 to 1, times are minutes."""
    return {
        "area": outcome.record.name,
        "model": outcome.model.name,
        "shifts": [_shift_summary(shift) for shift in outcome.shifts],
    }


def scenario_rows(shift: ShiftOutcome) -> Sequence[ComparisonRow]:
    """Results on the held-out scenarios, the plan first."""
    return compare_rows(shift.plan.result.simulations, paired=True)


def recorded_rows(shift: ShiftOutcome) -> Sequence[ComparisonRow]:
    """Results on the recorded calls, the plan first."""
    return compare_rows(shift.replay.results, paired=False)


def _add_rows(table: Table, shift: ShiftOutcome, calls: str, rows: Sequence[ComparisonRow]) -> None:
    for row in rows:
        difference = "" if row.difference is None else f"{row.difference.mean * 100:+z.1f} points"
        style = "bold" if row.is_plan else None
        figures = (_share(row.share), _minutes(row.mean_minutes), _minutes(row.p90_minutes), difference)
        first = (shift.plan.shift, calls) if row.is_plan else ("", "")
        table.add_row(*first, row.title, *figures, style=style)
    table.add_section()


def _shift_summary(shift: ShiftOutcome) -> dict[str, Any]:
    schedule = shift.plan.result.schedule
    return {
        "plan": shift.plan.name,
        "shift": shift.plan.shift,
        "cars": shift.plan.staffing.cars,
        "schedule": {
            "status": Status.Name(schedule.status).removeprefix("STATUS_"),
            "travelMinutes": schedule.travel_minutes,
            "gap": schedule.gap if schedule.HasField("gap") else None,
        },
        "heldOutScenarios": [_row_summary(row) for row in scenario_rows(shift)],
        "recordedCalls": [_row_summary(row) for row in recorded_rows(shift)],
    }


def _row_summary(row: ComparisonRow) -> dict[str, Any]:
    return {
        "deployment": row.title,
        "calls": row.calls,
        "withinTarget": row.within_target,
        "shareWithinTarget": row.share,
        "meanResponseMinutes": row.mean_minutes,
        "p90ResponseMinutes": row.p90_minutes,
    }


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _minutes(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"
