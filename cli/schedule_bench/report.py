"""The figures of a bench as tables, JSON and charts."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from rich.table import Table

from cli.schedule_bench.chart import Bars, bar_chart
from cli.schedule_bench.figures import Figure, Row, summarise
from cli.schedule_bench.goals import judge
from cli.schedule_bench.plan import SIZE_NOTE

_HEADINGS = (
    "size", "presence", "limit s", "solver", "feasible", "gap", "own gap", "travel min", "mean car", "most car",
    "seconds", "note",
)  # fmt: skip
_TITLE = "Schedules: medians. gap: to the best bound that any solver proved; own gap: to the solver's own bound"


def bench_json(figures: list[Figure]) -> dict[str, Any]:
    """Return every figure, the medians, and which goals are met (null: not measured)."""
    rows = summarise(figures)
    return {
        "note": SIZE_NOTE,
        "figures": [asdict(figure) for figure in figures],
        "medians": [asdict(row) for row in rows],
        "goals": [{"goal": v.goal.words, "met": v.met, "worst": v.worst} for v in judge(rows)],
    }


def bench_table(figures: list[Figure]) -> Table:
    """Return the medians as a table for people."""
    table = Table(title=_TITLE, caption=SIZE_NOTE)
    for heading in _HEADINGS:
        table.add_column(heading)
    for row in summarise(figures):
        table.add_row(
            row.size, "on" if row.presence else "off", f"{row.time_limit_seconds:g}", row.solver,
            f"{row.feasible}/{row.instances}", _share(row.gap), _share(row.own_gap), _number(row.total_minutes),
            _number(row.mean_minutes), _number(row.most_minutes), f"{row.seconds:.2f}", row.note,
        )  # fmt: skip
    return table


def goal_table(figures: list[Figure]) -> Table:
    """Return which goals are met."""
    table = Table(title="What is to be reached; medians over the instances of a size")
    for heading in ("goal", "met", "measured"):
        table.add_column(heading)
    for verdict in judge(summarise(figures)):
        met = {True: "yes", False: "NO", None: "-"}[verdict.met]
        table.add_row(verdict.goal.words, met, verdict.worst)
    return table


def bench_charts(figures: list[Figure]) -> dict[str, str]:
    """Return SVG documents by file name; each size with its longest time limit. The last two are [O] Fig. 4."""
    rows = _longest(summarise(figures))
    charts: dict[str, tuple[str, str, Callable[[Row], float | None]]] = {
        "gap": ("Gap to the best bound, median", "%", lambda row: None if row.gap is None else 100 * row.gap),
        "seconds": ("Time, median", "s", lambda row: None if row.total_minutes is None else row.seconds),
        "total_travel": ("Travel of all cars, median", "min", lambda row: row.total_minutes),
        "car_travel": ("Travel of the mean car, median", "min", lambda row: row.mean_minutes),
        "largest_travel": ("Travel of the car that drives most, median", "min", lambda row: row.most_minutes),
    }
    return {
        f"{name}_{rule}.svg": bar_chart(f"{title}; {words}", unit, _bars(rows, value, presence))
        for name, (title, unit, value) in charts.items()
        for presence, rule, words in ((False, "free", "no presence rule"), (True, "presence", "no return within two"))
        if any(row.presence is presence for row in rows)
    }


def _longest(rows: list[Row]) -> list[Row]:
    longest: dict[str, float] = {}
    for row in rows:
        longest[row.size] = max(row.time_limit_seconds, longest.get(row.size, 0.0))
    return [row for row in rows if row.time_limit_seconds == longest[row.size]]


def _bars(rows: list[Row], value: Callable[[Row], float | None], presence: bool) -> Bars:
    bars: Bars = {}
    for row in rows:
        if row.presence is presence:
            group, number = bars.setdefault(row.size, {}), value(row)
            if number is not None:
                group[row.solver] = number
    return bars


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3%}"
