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
from typing import TYPE_CHECKING

import click
from google.protobuf.json_format import MessageToJson
from rich.table import Table

from cli.area_directory import pack_area, read_area_name
from cli.files import prepare_folder, write_file
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

    usual = ModelSpec(train_days=train_days, validation_days=validation_days, max_epochs=max_epochs)
    space = Space(tuple(name.strip() for name in models.split(",") if name.strip()) or searchable_models())
    data = _search_data(area_folder, state, usual, seed, as_json)
    subject = {
        "area": data.area.name,
        "incidents": data.area.incidents_artifact,
        "grid": asdict(data.area.grid),
        "trained_until_date": data.area.train_until_date.isoformat(),
        "seed": seed,
        "usual": asdict(usual),
    }
    trials = TrialsFile(trials_file, subject)
    budget_seconds, started = SECONDS_PER_MINUTE * budget_minutes, time.monotonic()
    with progress_bar("Searching", as_json) as report, _backend(ray_address, processes) as backend:

        def on_trial(record: "TrialRecord") -> None:
            best = f", best deviance {trials.best.result.deviance:.6f}" if trials.best else ""
            share = min(1.0, (time.monotonic() - started) / budget_seconds)
            report(share, f"{len(trials.records)} trials, last {record.point.model}{best}")

        backend.run(data, space, trials, budget_seconds, on_trial)
    _answer(trials, data, out, as_json)


def _search_data(area_folder: Path, state: Path, usual: "ModelSpec", seed: int, quiet: bool) -> "SearchData":
    """Import the area directory."""
    from services.predictor.area_import import import_area
    from services.predictor.search.trial import SearchData

    prepare_folder(state, "--state")
    with progress_bar(f"Importing {read_area_name(area_folder)}", quiet):
        store = ArtifactStore(str(artifact_folder(state)))
        area = import_area(pack_area(area_folder), store).area
        return SearchData(area, store.get_table(area.incidents_artifact).to_pandas(), usual, seed)


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
        raise FailedPrecondition("NO_TRIAL", "No trial came to an end in the time; give it more.")
    spec = predictor.ModelSpec(models=[best.point.model], frame_minutes=best.point.frame_minutes)
    for field, value in best.point.architecture:
        setattr(spec, field, value)
    for field in ("train_days", "validation_days", "max_epochs"):
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
