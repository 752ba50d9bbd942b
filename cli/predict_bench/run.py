"""Runs a bench: every model on every grid and frame length, printed as it goes."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import click

from cli.area_directory import area_id
from cli.predict_bench.areas import CellSize, import_with_cells, parse_cell_size
from cli.predict_bench.checks import checks, checks_table
from cli.predict_bench.figures import Row, champion_table, grid_table, rows_of
from cli.predict_bench.trials import REFERENCE, GridBench, Split, choose_champion
from cli.progress import Report, progress_bar
from cli.terminal import show
from services.predictor.model_spec import FRAME_MINUTES
from services.predictor.models import model_names
from services.predictor.score_days import Period
from services.predictor.training_set import Watch
from serving.errors import InvalidArgument
from serving.work import never_stop


@dataclass(frozen=True)
class BenchRequest:
    """What to compare, as given on the command line."""

    area_folder: Path
    models: str
    grids: str
    frames: str
    train_until: date
    choose_until: date
    report_until: date
    seed: int


def run_bench(request: BenchRequest, work: Path | None, as_json: bool) -> None:
    """Compare all models and print the figures.

    Raises
    ------
    InvalidArgument
        An option or the area directory cannot be used.
    """
    names, lengths = _names(request.models), _frame_minutes(request.frames)
    sizes = [parse_cell_size(text) for text in request.grids.split(",")]
    split = _split(request.train_until, request.choose_until, request.report_until)
    rows: list[Row] = []
    with _folder(work) as folder:
        for size in sizes:
            for minutes in lengths:
                found = _bench_grid(request, size, minutes, names, split, folder, as_json)
                rows += found
                if not as_json:
                    show(grid_table(found))
                    show(checks_table(f"{size.label}, {minutes} min", checks(found)))
    if as_json:
        click.echo(json.dumps({"results": [row.figures() for row in rows]}, allow_nan=False))
    else:
        show(champion_table(rows))


def _bench_grid(
    request: BenchRequest,
    size: CellSize,
    frame_minutes: int,
    names: list[str],
    split: Split,
    folder: Path,
    quiet: bool,
) -> list[Row]:
    """Fit, choose and score all models on one grid."""
    with progress_bar(f"{size.label}, {frame_minutes} min", quiet) as report:
        snapshot = import_with_cells(request.area_folder, size, folder / "artifacts")
        grid = GridBench(snapshot, split, frame_minutes, request.seed, folder / area_id(snapshot.area.name))
        trials = []
        for position, name in enumerate(names):
            tell = partial(_tell, report, name, position, len(names))
            trials.append(grid.trial(name, Watch(tell, never_stop)))
        champion = choose_champion(trials)
        report(0.9, "scoring")
        scores = list(grid.scores(trials, champion))
        return rows_of(snapshot.area.name, size.label, frame_minutes, trials, scores, champion, len(grid.days.events))


def _tell(report: Report, name: str, position: int, count: int, fraction: float, message: str) -> None:
    """Report the progress of one of several fits, nine tenths of the work."""
    report(0.9 * (position + fraction) / count, f"{name}: {message}")


def _names(models: str) -> list[str]:
    """Return the models to compare, the reference first and the pool of others last."""
    known = model_names()
    chosen = [name.strip() for name in models.split(",")] if models else list(known)
    for name in chosen:
        if name not in known:
            raise InvalidArgument("--models", f"Expected names among {', '.join(known)}, got {name!r}.")
    return sorted({REFERENCE, *chosen}, key=lambda name: (name == "ensemble", name != REFERENCE, name))


def _frame_minutes(text: str) -> list[int]:
    lengths = []
    for part in text.split(","):
        if part.strip() not in {str(minutes) for minutes in FRAME_MINUTES}:
            known = ", ".join(map(str, FRAME_MINUTES))
            raise InvalidArgument("--frames", f"Expected lengths among {known} minutes, got {part!r}.")
        lengths.append(int(part))
    return lengths


def _split(train_until: date, choose_until: date, report_until: date) -> Split:
    if not train_until < choose_until < report_until:
        raise InvalidArgument("--choose-until", "Expected a day after --train-until and before --report-until.")
    first = date.fromordinal(choose_until.toordinal() + 1)
    return Split(train_until, choose_until, Period(first, report_until))


@contextmanager
def _folder(work: Path | None) -> Iterator[Path]:
    if work is not None:
        yield work
        return
    with tempfile.TemporaryDirectory(prefix="officers-bench-") as name:
        yield Path(name)
