"""Results of a replay as tables for people."""

from typing import Literal, TypeAlias

from rich.table import Table

from cli.simulation.run import Simulation
from cli.simulation.words import change_text, is_clear, signed_percent
from officers.demand.v1.demand_pb2 import Comparison, Interval, SimulateResponse, SimulationResult

NOTHING, FIGURE_SPACE = "–", "\u2007"
Figure: TypeAlias = Literal[
    "mean_response_minutes", "median_response_minutes", "p90_response_minutes", "share_waiting", "mean_waiting_minutes"
]


def response_table(simulation: Simulation) -> Table:
    """Lay out late calls, response times and the comparison, one line per deployment."""
    basis = simulation.basis
    star = "* the interval does not hold 0" if basis.replays > 1 else None
    table = Table(title=f"{simulation.title}: {basis.text}", title_justify="left", caption=star, caption_justify="left")
    table.add_column("Deployment")
    first = simulation.answer.results[0].name
    headings = ("Late or never", "90% interval", "Mean, min", "Median", "P90", "Urgent late", "Never")
    for heading in (*headings, f"Failures against {first}"):
        table.add_column(heading, justify="right")
    for result in simulation.answer.results:
        table.add_row(
            result.name,
            failure_text(result),
            interval_text(result, basis.replays),
            figure(result, "mean_response_minutes", ".1f"),
            figure(result, "median_response_minutes", ".1f"),
            figure(result, "p90_response_minutes", ".1f"),
            urgent_text(result),
            str(result.never_answered),
            comparison_text(result, basis.replays),
        )
    return table


def load_table(answer: SimulateResponse, names: dict[str, str]) -> Table:
    """Lay out what the cars do and how calls wait, one line per deployment; `names` are those of sectors by id."""
    table = Table(title="Load", title_justify="left")
    table.add_column("Deployment")
    headings = ("Car hours", "Busy", "Calls that wait", "Mean wait, min", "Queue", "Moves", "Diversions")
    for heading in headings:
        table.add_column(heading, justify="right")
    table.add_column("Worst sector")
    for result in answer.results:
        table.add_row(
            result.name,
            f"{result.car_hours:.0f}",
            f"{result.utilisation:.1%}",
            figure(result, "share_waiting", ".1%"),
            figure(result, "mean_waiting_minutes", ".2f"),
            f"{result.mean_queue_length:.2f}",
            str(result.moves),
            str(result.diversions),
            worst_sector_text(result, names),
        )
    return table


def figure(result: SimulationResult, field: Figure, form: str) -> str:
    """Write a figure; a dash where there is none, as for the response time where no call was answered."""
    return format(getattr(result, field), form) if result.HasField(field) else NOTHING


def failure_text(result: SimulationResult) -> str:
    """Write the share of the calls late or never answered."""
    return f"{result.failure_rate.value:.1%}" if result.HasField("failure_rate") else NOTHING


def interval_text(result: SimulationResult, replays: int) -> str:
    """Write the interval of the failure rate; a dash where one replay has none."""
    if replays < 2 or not result.HasField("failure_rate"):
        return NOTHING
    return f"{result.failure_rate.low:.1%} to {result.failure_rate.high:.1%}"


def urgent_text(result: SimulationResult) -> str:
    """Write the share of the urgent calls late or never answered."""
    urgent = result.urgent
    return f"{1 - urgent.within_target / urgent.calls:.1%}" if urgent.calls else NOTHING


def comparison_text(result: SimulationResult, replays: int) -> str:
    """Write the change of failures against the first deployment, starred where it is clear."""
    if not result.HasField("comparison"):
        return ""
    comparison: Comparison = result.comparison
    if not comparison.HasField("failures_change"):
        return NOTHING
    change: Interval = comparison.failures_change
    if replays < 2:
        return signed_percent(change.value)
    star = "*" if is_clear(change) else FIGURE_SPACE
    return f"{signed_percent(change.value)} ({change_text(change)}){star}"


def worst_sector_text(result: SimulationResult, names: dict[str, str]) -> str:
    """Name the sector with the lowest share within target, with that share."""
    for sector in result.sectors:
        if sector.sector_id == result.worst_sector_id and sector.within_target < sector.calls:
            late = 1 - sector.within_target / sector.calls
            return f"{names.get(sector.sector_id, sector.sector_id)}, {late:.0%} late"
    return NOTHING
