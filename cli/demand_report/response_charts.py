"""Charts of a replay: late calls with intervals, response by hour and by priority."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cli.clock import clock_time, minutes_of
from cli.demand_report.dot_chart import DotChart, DotValue, dot_chart
from cli.demand_report.line_chart import ChartText, LineChart, Series, line_chart
from cli.demand_report.plan_rows import styles
from cli.simulation.run import Simulation
from officers.demand.v1.demand_pb2 import PartResult, SimulationResult

HOUR_MINUTES, HOURS_PER_DAY = 60, 24


@dataclass(frozen=True)
class HourlyPart:
    """Calls of one hour; of several days, those of the same hour of the day together; None: no calls."""

    label: str
    calls: int
    late_share: float | None
    mean_minutes: float | None


def failure_chart(simulation: Simulation) -> DotChart:
    """Draw the share of late calls of every deployment with its interval."""
    has_interval = simulation.basis.replays > 1
    values = []
    for result, style in zip(simulation.answer.results, styles(simulation.deployments), strict=True):
        rate = result.failure_rate
        low, high = (rate.low, rate.high) if has_interval else (rate.value, rate.value)
        title = f"{result.name}: {rate.value:.1%} late or never"
        if has_interval:
            title += f", 90% interval {low:.1%} to {high:.1%}"
        values.append(DotValue(result.name, rate.value, low, high, f"{rate.value:.1%}", title, style))
    return dot_chart("Share of calls late or never answered", values, in_percent=True)


def priority_charts(simulation: Simulation) -> list[tuple[str, DotChart]]:
    """Draw mean and 90th percentile of response of urgent and other calls, each with its name."""
    named: list[tuple[str, Callable[[SimulationResult], PartResult]]] = [
        ("Urgent calls", lambda result: result.urgent),
        ("Other calls", lambda result: result.other),
    ]
    charts = []
    for name, part_of in named:
        values = [
            _priority_value(result.name, part_of(result), style)
            for result, style in zip(simulation.answer.results, styles(simulation.deployments), strict=True)
            if part_of(result).HasField("p90_response_minutes")
        ]
        if values:
            label = f"Mean and 90th percentile of response, {name.lower()}, minutes"
            charts.append((name, dot_chart(label, values, in_percent=False, width_px=510, marks_low=True)))
    return charts


def hour_charts(simulation: Simulation) -> list[tuple[str, LineChart]]:
    """Draw mean response and late calls by hour of the span, or of the day where it is longer than one."""
    parts = [hourly_parts(simulation, result) for result in simulation.answer.results]
    labels = [part.label for part in parts[0]]
    counts = [part.calls for part in parts[0]]
    means = ChartText("Mean response by hour, minutes", "local time at which the hour begins", in_percent=False)
    lates = ChartText(
        "Share of calls late or never answered by hour", "local time at which the hour begins", in_percent=True
    )
    return [
        ("Mean response, minutes", line_chart(means, _series(simulation, parts, _mean), labels, counts)),
        ("Late or never", line_chart(lates, _series(simulation, parts, _late), labels, counts)),
    ]


def hourly_parts(simulation: Simulation, result: SimulationResult) -> list[HourlyPart]:
    """Return the calls of each hour, in the order of the clock where hours of several days come together."""
    first = minutes_of(simulation.span.local_start) + int(simulation.warm_up_minutes)
    starts = [first + HOUR_MINUTES * number for number in range(len(result.hours))]
    if len(starts) <= HOURS_PER_DAY:
        return [_together(clock_time(start), [part]) for start, part in zip(starts, result.hours, strict=True)]
    by_clock: dict[str, list[PartResult]] = {}
    for start, part in zip(starts, result.hours, strict=True):
        by_clock.setdefault(clock_time(start), []).append(part)
    return [_together(label, by_clock[label]) for label in sorted(by_clock)]


def _together(label: str, parts: Sequence[PartResult]) -> HourlyPart:
    """Add parts up; means are weighted by calls."""
    calls = sum(part.calls for part in parts)
    answered = [part for part in parts if part.HasField("mean_response_minutes")]
    weight = sum(part.calls for part in answered)
    mean = sum(part.mean_response_minutes * part.calls for part in answered) / weight if weight else None
    late = 1 - sum(part.within_target for part in parts) / calls if calls else None
    return HourlyPart(label, calls, late, mean)


def _mean(part: HourlyPart) -> tuple[float | None, str]:
    return part.mean_minutes, "" if part.mean_minutes is None else f"{part.mean_minutes:.1f} min"


def _late(part: HourlyPart) -> tuple[float | None, str]:
    return part.late_share, "" if part.late_share is None else f"{part.late_share:.1%} late"


def _series(
    simulation: Simulation,
    parts: Sequence[Sequence[HourlyPart]],
    value_of: Callable[[HourlyPart], tuple[float | None, str]],
) -> list[Series]:
    names = [result.name for result in simulation.answer.results]
    return [
        Series(
            name=name,
            style=style,
            values=[value_of(part)[0] for part in row],
            titles=[f"{name}, {part.label}: {value_of(part)[1]} of {part.calls:,} calls" for part in row],
        )
        for name, style, row in zip(names, styles(simulation.deployments), parts, strict=True)
    ]


def _priority_value(name: str, part: PartResult, style: str) -> DotValue:
    mean, p90 = part.mean_response_minutes, part.p90_response_minutes
    title = f"{name}: mean {mean:.1f} min, 90th percentile {p90:.1f} min, {part.calls:,} calls"
    return DotValue(name, p90, min(mean, p90), p90, f"{p90:.1f}", title, style)
