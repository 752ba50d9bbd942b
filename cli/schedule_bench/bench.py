"""Runs all solvers on the same instances and lays their figures side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table

from cli.schedule_bench.chart import Bars, bar_chart
from cli.schedule_bench.figures import Figure, Row, summarise
from cli.schedule_bench.instances import SMALL_SIZES, Size, random_problem
from cli.schedule_bench.ours import EXACT, solve_with
from cli.schedule_bench.rivals import RIVALS, solve_in_process
from services.scheduler.annealing import compile_kernel
from services.scheduler.problem import PresenceRule

SOLVERS = (EXACT, "one_hot_tempering", "neal", *RIVALS)
SOLVERS_OF_LARGE = (EXACT, "one_hot_tempering")
"""What other sizes than the small ones are given to."""


def run_bench(sizes: Sequence[Size], seeds: int, time_limit_seconds: float) -> Iterator[Figure]:
    """Yield a figure for every size, presence rule (off and on), seed and solver."""
    compile_kernel()
    for size in sizes:
        for presence in (False, True):
            for seed in range(seeds):
                for solver in SOLVERS if size in SMALL_SIZES else SOLVERS_OF_LARGE:
                    yield _figure(solver, size, presence, seed, time_limit_seconds)


def _figure(solver: str, size: Size, presence: bool, seed: int, time_limit_seconds: float) -> Figure:
    blank = Figure(solver, str(size), presence, seed)
    if solver in RIVALS:
        return solve_in_process(solver, size, seed, time_limit_seconds, blank)
    rule = PresenceRule.NO_RETURN_WITHIN_TWO if presence else PresenceRule.NONE
    problem = random_problem(size.sectors, size.cars, size.periods, seed, rule)
    return solve_with(solver, problem, seed, time_limit_seconds, blank)


def bench_json(figures: list[Figure]) -> dict[str, Any]:
    """Return every figure and the medians."""
    return {
        "figures": [asdict(figure) for figure in figures],
        "medians": [asdict(row) for row in summarise(figures)],
    }


def bench_table(figures: list[Figure]) -> Table:
    """Return the medians as a table for people."""
    table = Table(title="Schedules: medians; the gap is to the best bound that any solver proved")
    for heading in (
        "size",
        "presence",
        "solver",
        "feasible",
        "gap",
        "travel min",
        "largest car min",
        "seconds",
        "note",
    ):
        table.add_column(heading)
    for row in summarise(figures):
        table.add_row(
            row.size, "on" if row.presence else "off", row.solver, f"{row.feasible}/{row.instances}",
            "-" if row.gap is None else f"{row.gap:.3%}", _number(row.objective), _number(row.largest_minutes),
            f"{row.seconds:.2f}", row.note,
        )  # fmt: skip
    return table


def bench_charts(figures: list[Figure]) -> dict[str, str]:
    """Return SVG documents by file name."""
    rows = summarise(figures)
    gaps = _bars(rows, {id(row): None if row.gap is None else 100 * row.gap for row in rows})
    seconds = _bars(rows, {id(row): None if row.objective is None else row.seconds for row in rows})
    largest = _bars(rows, {id(row): row.largest_minutes for row in rows})
    return {
        "gap.svg": bar_chart("Gap to the best bound, median", "%", gaps),
        "seconds.svg": bar_chart("Time, median", "s", seconds),
        "largest_travel.svg": bar_chart("Travel of the car that drives most, median", "min", largest),
    }


def _bars(rows: list[Row], values: dict[int, float | None]) -> Bars:
    bars: Bars = {}
    for row in rows:
        value = values[id(row)]
        group = bars.setdefault(f"{row.size}{' presence' if row.presence else ''}", {})
        if value is not None:
            group[row.solver] = value
    return bars


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
