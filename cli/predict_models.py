"""`officers predict models|promote|rollback|drift`: which stored model is used, and whether it still fits."""

import getpass
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from google.protobuf.json_format import MessageToJson
from rich.table import Table

from cli.area_session import AreaSession, open_session
from cli.option_errors import naming_options
from cli.options import session_options
from cli.processes import interrupt_on_sigterm
from cli.progress import progress_bar
from cli.terminal import show
from officers.predictor.v1 import predictor_pb2 as predictor
from serving.errors import FailedPrecondition, InvalidArgument

DRIFT_ALARM = 3
"""Exit code of `drift` where there is an alarm, for jobs that run it by the clock."""
DECISION_OPTIONS: Mapping[str, str] = {"model": "MODEL", "decided_by": "--by", "reason": "--reason"}
DRIFT_OPTIONS: Mapping[str, str] = {
    "model": "--model",
    "weeks": "--weeks",
    "deviance_threshold": "--threshold",
    "level_threshold": "--level-threshold",
}
"""Options by field of a request."""
RELATIVE = "validation_deviance_relative_to_separable"

Command = TypeVar("Command", bound=Callable[..., Any])


def decision_options(command: Command) -> Command:
    """Add --by and --reason."""
    by = click.option("--by", "decided_by", default=getpass.getuser, show_default="you", help="Who decides.")
    reason = click.option("--reason", default="", help="Why; kept in the log.")
    return by(reason(command))


@click.command()
@session_options
def models(area_folder: Path, state: Path, as_json: bool) -> None:
    """List the stored models that fit an area, newest first, and who promoted which."""
    with open_session(area_folder, state, ("predictor",), quiet=as_json) as session:
        answer = session.clients.predictor.ListModels(predictor.ListModelsRequest(area_artifact=session.area_artifact))
    if as_json:
        click.echo(MessageToJson(answer))
        return
    show(model_table(answer.models), *(_promotion_line(model) for model in answer.models if model.promoted))


@click.command()
@session_options
@click.argument("model")
@decision_options
def promote(area_folder: Path, state: Path, as_json: bool, model: str, decided_by: str, reason: str) -> None:
    """Use a stored MODEL (models/NAME/versions/N) wherever none is named; model servers label it "promoted"."""
    request = predictor.PromoteModelRequest(model=model, decided_by=decided_by, reason=reason)
    with open_session(area_folder, state, ("predictor",), quiet=as_json) as session:
        check_fits(model, _fitting(session), session.area.name)
        with naming_options(DECISION_OPTIONS):
            promotion = session.clients.predictor.PromoteModel(request).promotion
        _show_promotion(promotion, as_json)


@click.command()
@session_options
@decision_options
def rollback(area_folder: Path, state: Path, as_json: bool, decided_by: str, reason: str) -> None:
    """Take the present promotion back: the model promoted before it is used again."""
    with open_session(area_folder, state, ("predictor",), quiet=as_json) as session:
        model = promoted_name(_fitting(session), session.area.name)
        request = predictor.RollBackModelRequest(model=model, decided_by=decided_by, reason=reason)
        with naming_options(DECISION_OPTIONS):
            promotion = session.clients.predictor.RollBackModel(request).promotion
        _show_promotion(promotion, as_json)


@click.command()
@session_options
@click.option("--model", default="", help="Model to check; default: the promoted one, else the newest that fits.")
@click.option("--weeks", type=click.IntRange(1, 52), default=4, show_default=True, help="Last whole weeks to look at.")
@click.option(
    "--threshold",
    type=click.FloatRange(0, min_open=True),
    default=0.05,
    show_default=True,
    help="Alarm where the deviance rose by more than this share.",
)
@click.option(
    "--level-threshold",
    type=click.FloatRange(0, min_open=True),
    default=0.15,
    show_default=True,
    help="Alarm where recorded over predicted incidents changed by more than this share.",
)
def drift(
    area_folder: Path,
    state: Path,
    as_json: bool,
    model: str,
    weeks: int,
    threshold: float,
    level_threshold: float,
) -> int:
    """Compare the last weeks with a model's validation days; exit code 3 where it no longer fits.

    Changes count only where they are more than chance explains (three standard errors).
    """
    interrupt_on_sigterm()
    with open_session(area_folder, state, ("model_server", "predictor"), quiet=as_json) as session:
        request = predictor.CheckDriftRequest(
            area_artifact=session.area_artifact,
            model=model,
            weeks=weeks,
            deviance_threshold=threshold,
            level_threshold=level_threshold,
        )
        with progress_bar("Comparing", as_json), naming_options(DRIFT_OPTIONS):
            answer = session.clients.predictor.CheckDrift(request)
    if as_json:
        click.echo(MessageToJson(answer))
    else:
        show(drift_table(answer), *(answer.alarms or ("No drift.",)))
    return DRIFT_ALARM if answer.alarms else 0


def check_fits(model: str, listed: Sequence[predictor.Model], area_name: str) -> None:
    """Raise InvalidArgument unless a model is among those that fit an area."""
    names = [each.name for each in listed]
    if model not in names:
        known = ", ".join(names) or "none does"
        raise InvalidArgument("MODEL", f"Expected one that fits {area_name}: {known}; got {model!r}.")


def promoted_name(listed: Sequence[predictor.Model], area_name: str) -> str:
    """Return the model promoted last, which may have been removed since.

    Raises
    ------
    FailedPrecondition
        None of the stored models was ever promoted, nor replaced by one that was.
    """
    decisions = [decision for model in listed for decision in model.promotions]
    if not decisions:
        message = f"No stored model of {area_name} is promoted; `officers predict promote` promotes one."
        raise FailedPrecondition("NOT_PROMOTED", message)
    return max(decisions, key=lambda decision: decision.time.ToNanoseconds()).model


def model_table(found: Sequence[predictor.Model]) -> Table:
    """Lay out stored models."""
    table = Table("Model", "Kind", "Trained until", "Incidents", "Beside separable", "Made", "Promoted")
    for model in found:
        figures = {metric.name: metric.value for metric in model.metrics}
        relative = f"{figures[RELATIVE]:+.2%}" if RELATIVE in figures else ""
        made = model.create_time.ToDatetime().isoformat(" ", "minutes")
        promoted = "yes" if model.promoted else ""
        incidents = str(model.incident_count) if model.incident_count else ""
        table.add_row(model.name, model.kind, model.trained_until_date, incidents, relative, made, promoted)
    return table


def drift_table(answer: predictor.CheckDriftResponse) -> Table:
    """Lay out the weeks, all of them together, and the validation days."""
    table = Table("Days", "Recorded", "Predicted", "Level", "Deviance", "Beside expected", title=answer.model)
    named = [(f"{week.from_date} to {week.to_date}", week) for week in answer.weeks]
    for title, period in (*named, ("all weeks", answer.recent), ("validation", answer.validation)):
        table.add_row(
            title,
            str(period.recorded_count),
            f"{period.predicted_count:.1f}",
            f"{period.level:.3f}",
            f"{period.mean_poisson_deviance:.6f}",
            f"{period.deviance_ratio:.3f}",
        )
    table.add_row(
        "change", "", "", f"{answer.level_change:+.1%} ± {answer.level_change_error:.1%}", "",
        f"{answer.deviance_change:+.1%} ± {answer.deviance_change_error:.1%}",
    )  # fmt: skip
    return table


def _fitting(session: AreaSession) -> Sequence[predictor.Model]:
    """Return the stored models that fit the session's area, newest first."""
    asked = predictor.ListModelsRequest(area_artifact=session.area_artifact)
    return session.clients.predictor.ListModels(asked).models


def _show_promotion(promotion: predictor.Promotion, as_json: bool) -> None:
    if as_json:
        click.echo(MessageToJson(promotion))
    else:
        before = f", before it {promotion.replaced_model}" if promotion.replaced_model else ""
        show(f"{promotion.model} is promoted (by {promotion.decided_by}{before}).")


def _promotion_line(model: predictor.Model) -> str:
    last = model.promotions[-1]
    when = last.time.ToDatetime().isoformat(" ", "minutes")
    why = f": {last.reason}" if last.reason else ""
    return f"{model.name} is promoted, decided by {last.decided_by} at {when} UTC{why}."
