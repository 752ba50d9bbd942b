"""`officers audit`: what a plan does to whom, and what its records rest on."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.markdown import Markdown

from cli.area_session import AreaSession, next_shifts, open_session
from cli.audit.exposure_run import ExposureOptions, run_exposure
from cli.audit.feedback_study import FeedbackStudy, StudyOptions, study_feedback
from cli.audit.past import officer_share, read_incidents, weekly_reported
from cli.audit.report import exposure_markdown, feedback_markdown, sensitivity_markdown, to_json
from cli.audit.sensitivity import SensitivityOptions, run_sensitivity
from cli.files import prepare_folder, write_files
from cli.limits import FOLDER
from cli.option_errors import naming_options
from cli.options import area_options
from cli.processes import interrupt_on_sigterm
from cli.progress import Report, progress_bar
from cli.terminal import show
from serving.errors import InvalidArgument

LOOKS_PER_HOUR = 4
"""A look of patrol: a quarter of an hour of one car."""
PLANNING_SERVICES = ("model_server", "predictor", "demand")
OPTIONS: Mapping[str, str] = {
    "seed": "--seed",
    "spec.models": "--model",
    "spec.models[0]": "--model",
    "time_limit_seconds": "--time-limit",
}
"""Options by field of the requests that an audit makes."""
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

Command = TypeVar("Command", bound=Callable[..., Any])


@click.group()
def audit() -> None:
    """Audit exposure, sensitivity and feedback of an area's plans and records."""


def _out_option(command: Command) -> Command:
    return click.option("--out", type=FOLDER, help="Folder for the result as Markdown and JSON.")(command)


def _time_limit_option(command: Command) -> Command:
    option = click.option(
        "--time-limit",
        type=click.FloatRange(0, 3600, min_open=True),
        default=20.0,
        show_default=True,
        help="Seconds per choice of cars.",
    )
    return option(command)


@audit.command()
@area_options
@click.option("--plan", "plan_file", type=FILE, help="plan.json of the demo; default: cars chosen anew per shift.")
@click.option("--residents", type=FILE, help="CSV: sector, group, residents. For this audit only; no model sees it.")
@click.option("--model", default="", help="Model to train, such as low_rank; default: as `officers predict train`.")
@click.option("--scenarios", type=click.IntRange(2, 10_000), default=200, show_default=True, help="Of predicted calls.")
@_time_limit_option
@_out_option
def exposure(
    area_folder: Path,
    state: Path,
    seed: int,
    as_json: bool,
    plan_file: Path | None,
    residents: Path | None,
    model: str,
    scenarios: int,
    time_limit: float,
    out: Path | None,
) -> None:
    """Compare presence, predicted and reported incidents by group of sectors.

    Groups come from --residents, else from home clusters, else from thirds by reported incidents.
    """
    _begin(out)
    options = ExposureOptions(plan_file, residents, area_folder, scenarios, time_limit, seed, model)
    with open_session(area_folder, state, PLANNING_SERVICES, quiet=as_json) as session:
        with progress_bar("Auditing exposure", as_json) as report, naming_options(OPTIONS):
            result = run_exposure(session, options, report)
        area = session.area
    _finish("exposure", exposure_markdown(result, area), to_json(result, area), as_json, out)


@audit.command()
@area_options
@click.option("--model", default="low_rank", show_default=True, help="Model to train anew each time; a cheap one.")
@click.option("--training-scenarios", type=click.IntRange(1, 10_000), default=40, show_default=True)
@click.option("--validation-scenarios", type=click.IntRange(1, 10_000), default=100, show_default=True)
@_time_limit_option
@_out_option
def sensitivity(
    area_folder: Path,
    state: Path,
    seed: int,
    as_json: bool,
    model: str,
    training_scenarios: int,
    validation_scenarios: int,
    time_limit: float,
    out: Path | None,
) -> None:
    """Plan anew without each incident type, and compare car hours by sector.

    Plans every shift once per type and twice more; each takes an import, a training and at most --time-limit seconds
    per shift. Its models stay in a folder of their own below --state.
    """
    _begin(out)
    options = SensitivityOptions(model, training_scenarios, validation_scenarios, time_limit, seed)
    with open_session(area_folder, state / "audit", PLANNING_SERVICES, quiet=as_json) as session:
        with progress_bar("Planning without each type", as_json) as report, naming_options(OPTIONS):
            result = run_sensitivity(session, next_shifts(session.area), options, report)
        area = session.area
    _finish("sensitivity", sensitivity_markdown(result, area), to_json(result, area), as_json, out)


@audit.command()
@area_options
@click.option(
    "--ratio",
    "ratios",
    type=click.FloatRange(0, 100, min_open=True),
    multiple=True,
    default=(0.25, 1.0, 4.0),
    show_default=True,
    help="Officer-initiated records per reported one; may be given several times.",
)
@click.option("--memory-days", type=click.IntRange(1, 3650), default=365, show_default=True, help="Days of training.")
@click.option("--days", type=click.IntRange(90, 36_500), default=1825, show_default=True, help="Days to simulate.")
@click.option("--runs", type=click.IntRange(2, 10_000), default=100, show_default=True, help="Independent runs.")
@_out_option
def feedback(
    area_folder: Path,
    state: Path,
    seed: int,
    as_json: bool,
    ratios: tuple[float, ...],
    memory_days: int,
    days: int,
    runs: int,
    out: Path | None,
) -> None:
    """Simulate patrol that goes where records are, and records that come from where patrol is."""
    _begin(out)
    options = StudyOptions(ratios, memory_days, days, runs, seed)
    with open_session(area_folder, state, ("predictor",), quiet=as_json) as session:
        with progress_bar("Simulating feedback", as_json) as report:
            study = _study(session, options, report)
        area = session.area
    _finish("feedback", feedback_markdown(study, area), to_json(study, area), as_json, out)


def _study(session: AreaSession, options: StudyOptions, report: Report) -> FeedbackStudy:
    area, incidents = session.area, read_incidents(session)
    spans = next_shifts(session.area)
    counts = weekly_reported(area, incidents, [("00:00", 1440)])
    looks = round(sum(span.cars * span.minutes / 60 for span in spans) * LOOKS_PER_HOUR)
    recorded = officer_share(area, incidents)
    ratios = sorted({*options.officer_ratios, *([round(recorded, 3)] if recorded >= 0.001 else [])})
    wanted = StudyOptions(ratios, options.memory_days, options.days, options.runs, options.seed)
    ids = [sector.id for sector in area.sectors]
    try:
        return study_feedback(ids, counts, looks, wanted, report)
    except ValueError as error:
        raise InvalidArgument("--ratio", str(error)) from error


def _begin(out: Path | None) -> None:
    interrupt_on_sigterm()
    if out:
        prepare_folder(out, "--out")


def _finish(name: str, markdown: str, as_text: str, as_json: bool, out: Path | None) -> None:
    if out:
        write_files(out, {f"{name}.md": markdown, f"{name}.json": as_text})
    if as_json:
        click.echo(as_text, nl=False)
    else:
        show(Markdown(markdown))
