"""`officers predict train`: fit candidate models of an area and publish the best."""

from collections.abc import Mapping
from pathlib import Path

import click
from google.protobuf.json_format import MessageToJson, Parse, ParseError
from rich.table import Table

from cli.area_session import open_session
from cli.option_errors import naming_options
from cli.options import area_options
from cli.planning import train_model
from cli.processes import interrupt_on_sigterm
from cli.progress import progress_bar
from cli.terminal import show
from officers.predictor.v1 import predictor_pb2 as predictor
from serving.errors import InvalidArgument

COUNT = click.IntRange(1, 1_000_000)
OPTIONS: Mapping[str, str] = {
    "seed": "--seed",
    "spec": "--spec",
    "spec.models": "--models",
    "spec.budget_seconds": "--budget-seconds",
    "spec.max_epochs": "--max-epochs",
    "spec.train_days": "--train-days",
    "spec.validation_days": "--validation-days",
    "spec.frame_minutes": "--frame-minutes",
    "spec.reporting_delay_hours": "--delay-hours",
}
"""Options by field of the request."""


@click.command()
@area_options
@click.option(
    "--models",
    default="",
    help="Models to fit, joined by commas, such as low_rank,st_resnet_poisson; default: all that fit the budget.",
)
@click.option(
    "--spec",
    "spec_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="What to train as JSON (officers.predictor.v1.ModelSpec), as `search` writes it; options override it.",
)
@click.option("--allow-worse", is_flag=True, help="Publish the best of --models even if the baseline is better.")
@click.option("--budget-seconds", type=COUNT, help="About what fitting may take on one core; default: 600.")
@click.option("--max-epochs", type=COUNT, help="Most passes of a network over the days; default: 30.")
@click.option("--train-days", type=COUNT, help="Days to learn from, validation included; default: 365.")
@click.option("--validation-days", type=COUNT, help="Last days, on which the best model is chosen; default: 28.")
@click.option("--frame-minutes", type=COUNT, help="Length of a frame: 15, 20, 30 or 60 (default).")
@click.option("--delay-hours", type=COUNT, help="Hours until the report of an incident is known; default: none.")
def train(
    area_folder: Path,
    state: Path,
    seed: int,
    as_json: bool,
    models: str,
    spec_file: Path | None,
    allow_worse: bool,
    budget_seconds: int | None,
    max_epochs: int | None,
    train_days: int | None,
    validation_days: int | None,
    frame_minutes: int | None,
    delay_hours: int | None,
) -> None:
    """Train up to the area's train_until and publish the best model, or load what the same request made before.

    A training that was killed goes on where it was when the same command runs again.
    """
    interrupt_on_sigterm()
    spec = read_spec(spec_file)
    given = predictor.ModelSpec(
        models=[name.strip() for name in models.split(",") if name.strip()],
        budget_seconds=budget_seconds or 0,
        max_epochs=max_epochs or 0,
        train_days=train_days or 0,
        validation_days=validation_days or 0,
        frame_minutes=frame_minutes or 0,
        reporting_delay_hours=delay_hours or 0,
    )
    if given.models:
        del spec.models[:]
    spec.MergeFrom(given)
    with open_session(area_folder, state, ("predictor",), quiet=as_json) as session:
        request = predictor.TrainModelRequest(
            area_artifact=session.area_artifact, spec=spec, seed=seed, allow_worse=allow_worse
        )
        with progress_bar("Training the model", as_json) as report, naming_options(OPTIONS):
            model = train_model(session.clients, request, report)
    if as_json:
        click.echo(MessageToJson(model))
        return
    show(card_table(model), *(f"- {sentence}" for sentence in model.limits))


def read_spec(file: Path | None) -> predictor.ModelSpec:
    """Read a spec; without a file, all defaults. Raises InvalidArgument."""
    if file is None:
        return predictor.ModelSpec()
    try:
        return Parse(file.read_text(encoding="utf-8"), predictor.ModelSpec())
    except (OSError, UnicodeDecodeError, ParseError) as error:
        raise InvalidArgument("--spec", f"Expected a ModelSpec as JSON in {file}: {str(error).rstrip('.')}.") from error


def card_table(model: predictor.Model) -> Table:
    """Lay out the figures of a model's card."""
    title = f"{model.name} ({model.kind}), trained until {model.trained_until_date}"
    table = Table("Figure", "Value", title=title, title_justify="left")
    for metric in model.metrics:
        table.add_row(metric.name.replace("_", " "), f"{metric.value:.6g}")
    return table
