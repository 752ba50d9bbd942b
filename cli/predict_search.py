"""`officers predict search`: try models, architectures, cell sizes and frame lengths, and name the best."""

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click
from google.protobuf.json_format import MessageToJson
from rich.table import Table

from cli.area_directory import pack_area, read_area_name
from cli.files import prepare_files, prepare_folder, write_file
from cli.limits import FOLDER, SEED
from cli.processes import interrupt_on_sigterm
from cli.progress import progress_bar
from cli.stack import artifact_folder
from cli.terminal import show
from officers.predictor.v1 import predictor_pb2 as predictor
from serving.artifacts import ArtifactStore
from serving.errors import FailedPrecondition, InvalidArgument

if TYPE_CHECKING:
    from services.predictor.model_spec import ModelSpec
    from services.predictor.search.backend import SearchBackend
    from services.predictor.search.space import Space
    from services.predictor.search.trial import SearchData
    from services.predictor.search.trials_file import TrialRecord, TrialsFile

FILE = click.Path(dir_okay=False, path_type=Path)
SECONDS_PER_MINUTE = 60.0
ROWS_SHOWN = 10


@click.command()
@click.option("--area", "area_folder", type=FOLDER, required=True, help="Area directory.")
@click.option("--state", type=FOLDER, default=Path("var"), show_default=True, help="Folder of services' state.")
@click.option("--budget-minutes", type=click.FloatRange(0, min_open=True), required=True, help="Time for trials.")
@click.option("--trials", "trials_file", type=FILE, required=True, help="File of trials; a search goes on from it.")
@click.option("--models", default="", help="Models to try, joined by commas; default: all that can be published.")
@click.option("--train-days", type=click.IntRange(2), default=365, show_default=True, help="Days, validation included.")
@click.option(
    "--validation-days", type=click.IntRange(1), default=28, show_default=True, help="Last days, to score on."
)
@click.option("--max-epochs", type=click.IntRange(1), default=10, show_default=True, help="Most epochs of a network.")
@click.option(
    "--delay-hours",
    type=click.IntRange(0, 168),
    default=0,
    show_default=True,
    help="Hours until the report of an incident is known.",
)
@click.option(
    "--processes", type=click.IntRange(1, 256), default=2, show_default=True, help="Trials at a time, locally."
)
@click.option("--ray", "ray_address", help="Address of a Ray cluster to run trials on (needs the extra ray).")
@click.option("--out", type=FILE, help="Write the best spec here, for `officers predict train --spec`.")
@click.option("--seed", type=SEED, default=1, show_default=True, help="Seed of the search and of the fits.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def search(
    area_folder: Path,
    state: Path,
    budget_minutes: float,
    trials_file: Path,
    models: str,
    train_days: int,
    validation_days: int,
    max_epochs: int,
    delay_hours: int,
    processes: int,
    ray_address: str | None,
    out: Path | None,
    seed: int,
    as_json: bool,
) -> None:
    """Search models, architectures, cell sizes and frame lengths by deviance on the last days before train_until.

    Every trial is scored on the area's own grid in frames of half an hour, so that resolutions can be compared. Give
    the area the smallest cell size of interest; the search tries multiples of it.
    """
    interrupt_on_sigterm()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")  # TensorFlow's log goes past every logger; set before it loads
    # TensorFlow loads for seconds: only where it is needed
    from services.predictor.model_spec import ModelSpec
    from services.predictor.search.space import Space, searchable_models
    from services.predictor.search.trials_file import TrialsFile

    usual = ModelSpec(
        train_days=train_days,
        validation_days=validation_days,
        max_epochs=max_epochs,
        reporting_delay_hours=delay_hours,
    )
    space = Space(tuple(name.strip() for name in models.split(",") if name.strip()) or searchable_models())
    prepare_files({"--trials": trials_file, "--out": out})
    data = _search_data(area_folder, state, usual, seed, as_json)
    trials = TrialsFile(trials_file, _subject(data), space)
    with _backend(ray_address, processes) as backend:
        _run(backend, data, space, trials, SECONDS_PER_MINUTE * budget_minutes, as_json)
    _answer(trials, data, out, as_json)


def _subject(data: "SearchData") -> dict[str, Any]:
    """Return what trials must have in common to be compared."""
    return {
        "area": data.area.name,
        "incidents": data.area.incidents_artifact,
        "conditions": data.area.conditions_artifact,
        "grid": asdict(data.area.grid),
        "trained_until_date": data.area.train_until_date.isoformat(),
        "seed": data.seed,
        "usual": asdict(data.usual),
    }


def _run(
    backend: "SearchBackend", data: "SearchData", space: "Space", trials: "TrialsFile", seconds: float, quiet: bool
) -> None:
    """Run trials until the time is over."""
    started = time.monotonic()
    with progress_bar("Searching", quiet) as report:

        def on_trial(record: "TrialRecord") -> None:
            best = f", best deviance {trials.best.result.deviance:.6f}" if trials.best else ""
            share = min(1.0, (time.monotonic() - started) / seconds)
            report(share, f"{len(trials.records)} trials, last {record.point.model}{best}")

        backend.run(data, space, trials, seconds, on_trial)


def _search_data(area_folder: Path, state: Path, usual: "ModelSpec", seed: int, quiet: bool) -> "SearchData":
    """Import the area directory."""
    from cli.imported_area import imported_area
    from services.predictor.search.trial import SearchData

    prepare_folder(state, "--state")
    with progress_bar(f"Importing {read_area_name(area_folder)}", quiet):
        store = ArtifactStore(str(artifact_folder(state)))
        snapshot = imported_area(pack_area(area_folder), store)
        return SearchData(snapshot.area, snapshot.incidents, usual, seed)


@contextmanager
def _backend(ray_address: str | None, processes: int) -> "Iterator[SearchBackend]":
    """Yield where trials run; Ray's own files go to a folder that is removed."""
    if ray_address is None:
        from services.predictor.search.local_search import LocalSearch

        yield LocalSearch(processes)
        return
    if find_spec("ray") is None:
        raise InvalidArgument("--ray", "Ray is not installed: install the extra, officers[ray].")
    from services.predictor.search.ray_search import RaySearch

    with TemporaryDirectory(prefix="officers-search-") as folder:
        yield RaySearch(ray_address, Path(folder))


def _answer(trials: "TrialsFile", data: "SearchData", out: Path | None, as_json: bool) -> None:
    """Show the best trials, and write the spec of the best."""
    best = trials.best
    if best is None:
        failure = f" The last failed: {trials.records[-1].result.failure}" if trials.records else ""
        raise FailedPrecondition("NO_TRIAL", f"No trial came to an end in the time; give it more.{failure}")
    spec = predictor.ModelSpec(models=[best.point.model], frame_minutes=best.point.frame_minutes)
    for field, value in best.point.architecture:
        setattr(spec, field, value)
    for field in ("train_days", "validation_days", "max_epochs", "reporting_delay_hours"):
        setattr(spec, field, getattr(data.usual, field))
    if out is not None:
        write_file(out, MessageToJson(spec) + "\n")
    cell_degrees = best.point.cell_scale * data.area.grid.cell_height_degrees
    if as_json:
        answer = {"trials": len(trials.records), "best": json.loads(best.to_json()), "cellSizeDegrees": cell_degrees}
        click.echo(json.dumps({**answer, "spec": json.loads(MessageToJson(spec))}))
        return
    advice = (
        f"Best: {best.point.model}, cells of {cell_degrees:g} degrees, frames of {best.point.frame_minutes} minutes."
    )
    show(trial_table(trials.records), advice)


def trial_table(records: "Sequence[TrialRecord]") -> Table:
    """Lay out the best trials."""
    table = Table("Model", "Cell size", "Frame", "Architecture", "Deviance", "Seconds", title=f"{len(records)} trials")
    scored = [record for record in records if record.result.deviance is not None]
    for record in sorted(scored, key=lambda record: record.result.deviance or 0.0)[:ROWS_SHOWN]:
        point = record.point
        shape = ", ".join(f"{field.replace('_', ' ')} {value}" for field, value in point.architecture)
        deviance, seconds = f"{record.result.deviance:.6f}", f"{record.result.seconds:.0f}"
        table.add_row(point.model, f"x {point.cell_scale:g}", f"{point.frame_minutes} min", shape, deviance, seconds)
    return table
