"""`officers schedule bench`."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from serving.errors import InvalidArgument

if TYPE_CHECKING:
    from cli.schedule_bench.figures import Figure
    from cli.schedule_bench.plan import Task
    from cli.schedule_bench.record import Record


@click.command()
@click.option("--sizes", help="Sectors x cars x periods, such as 20x20x18,22x24x24-4x4 (4 homes x 4 breaks); else all.")
@click.option("--solvers", help="Such as exact,one_hot_tempering,neal,cp_sat,highs; all unless given.")
@click.option("--seeds", type=click.IntRange(min=1), default=10, show_default=True, help="Instances of each size.")
@click.option("--time-limit", "time_limits", help="Seconds of each solver, such as 10,60; else those of each size.")
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where figures are kept and charts written; with the same folder a bench goes on where it was stopped.",
)
@click.option("--json", "as_json", is_flag=True, help="Print every figure as JSON instead of tables.")
def bench(
    sizes: str | None, solvers: str | None, seeds: int, time_limits: str | None, folder: Path | None, as_json: bool
) -> None:
    """Compare engines and general solvers on the same random instances.

    Without options: nine small and two large sizes and one with many classes of cars, ten instances each, with and
    without presence rule; that takes about a day.
    """
    from cli.files import prepare_folder, write_files
    from cli.schedule_bench import plan, report
    from cli.schedule_bench.record import Record
    from cli.terminal import show

    chosen = plan.SIZES if sizes is None else tuple(map(plan.read_size, sizes.split(",")))
    names = plan.SOLVERS if solvers is None else plan.read_solvers(solvers)
    limits = () if time_limits is None else tuple(map(_seconds, time_limits.split(",")))
    tasks = plan.plan(chosen, names, seeds, limits)
    if folder is not None:
        prepare_folder(folder, "--out")
    figures = _run(tasks, Record(folder), as_json)
    if folder is not None:
        write_files(folder, {**report.bench_charts(figures), "bench.json": _text(report.bench_json(figures))})
    if as_json:
        click.echo(_text(report.bench_json(figures)))
    else:
        show(report.bench_table(figures), report.goal_table(figures))


def _run(tasks: list["Task"], record: "Record", quiet: bool) -> list["Figure"]:
    """Run the tasks; tell of each as it is done, and how long the rest takes if each uses all its time."""
    from cli.progress import progress_bar
    from cli.schedule_bench.bench import run_bench

    seconds = [task.case.time_limit_seconds for task in tasks]
    with progress_bar("Bench", quiet) as report:

        def done(count: int, figure: "Figure") -> None:
            report(count / len(tasks), f"at most {sum(seconds[count:]) / 3600:.1f} h left")
            if not quiet:
                click.echo(f"{count}/{len(tasks)} {_line(figure)}", err=True)

        return run_bench(tasks, record, done)


def _line(figure: "Figure") -> str:
    case = figure.case
    rule = "presence" if case.presence else "free"
    what = figure.note if figure.objective is None else f"{figure.objective:.1f} in {figure.seconds:.2f} s"
    return f"{case.size} {rule} seed {case.seed} {case.time_limit_seconds:g} s {case.solver}: {what}"


def _text(document: object) -> str:
    return json.dumps(document, indent=1)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        raise InvalidArgument("--time-limit", f"Expected positive numbers of seconds such as 10,60, got {text!r}.")
    return seconds
