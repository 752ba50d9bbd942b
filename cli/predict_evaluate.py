"""`officers predict evaluate`: score the served model beside others, as tables and as a page."""

import json
from collections.abc import Mapping
from pathlib import Path

import click
from google.protobuf.json_format import MessageToDict
from rich.table import Table

from cli.area_session import open_session
from cli.files import prepare_files, write_file
from cli.option_errors import naming_day, naming_options
from cli.options import area_options
from cli.predict_report.interval_words import estimate_words
from cli.predict_report.page import coverage_rows, headline, match_rows, render_evaluation
from cli.processes import interrupt_on_sigterm
from cli.progress import progress_bar
from cli.terminal import show
from officers.predictor.v1 import predictor_pb2 as predictor

OPTIONS: Mapping[str, str] = {
    "model": "--model",
    "from_date": "--from",
    "to_date": "--to",
    "compared_models": "--compare",
    "seed": "--seed",
}
"""Options by field of the request."""


@click.command()
@area_options
@click.option("--model", default="", help="Model to score; default: the promoted one, else the newest that fits.")
@click.option("--from", "from_date", required=True, help="First local day, such as 2015-04-01.")
@click.option("--to", "to_date", required=True, help="Last local day.")
@click.option(
    "--compare",
    default="",
    help="Further models to fit and score on the same days, by commas, such as low_rank,boosted.",
)
@click.option("--shifts", is_flag=True, help="Also score whole shifts predicted at once, as plans need them.")
@click.option("--report", "report_file", type=click.Path(dir_okay=False, path_type=Path), help="Write a page (HTML).")
def evaluate(
    area_folder: Path,
    state: Path,
    seed: int,
    as_json: bool,
    model: str,
    from_date: str,
    to_date: str,
    compare: str,
    shifts: bool,
    report_file: Path | None,
) -> None:
    """Score a model and simple baselines on days that the model has not seen."""
    interrupt_on_sigterm()
    prepare_files({"--report": report_file})
    with open_session(area_folder, state, ("model_server", "predictor"), quiet=as_json) as session:
        request = predictor.EvaluateModelRequest(
            area_artifact=session.area_artifact,
            model=model,
            from_date=from_date,
            to_date=to_date,
            seed=seed,
            compared_models=[name.strip() for name in compare.split(",") if name.strip()],
            score_shifts=shifts,
        )
        with progress_bar("Scoring", as_json), naming_day("--from"), naming_options(OPTIONS):
            answer = session.clients.predictor.EvaluateModel(request)
        if report_file is not None:
            write_file(report_file, render_evaluation(session.area, answer), "--report")
    if as_json:
        click.echo(evaluation_json(answer))
        return
    show(score_table(answer), match_table(answer), spread_table(answer), headline(answer))
    for horizon in answer.scores[0].horizons:
        relative = horizon.relative_deviance
        show(
            f"Whole shifts, known until {horizon.lead_hours} h before: {relative.value:+.2%} "
            f"({estimate_words(relative)}) against separable"
        )
    if report_file is not None:
        show(f"Page: {report_file}")


def evaluation_json(answer: predictor.EvaluateModelResponse) -> str:
    """Write an evaluation as JSON; intervals that there are not are null."""
    values = MessageToDict(answer)
    for score in values["scores"]:
        for part in (score, *score.get("horizons", [])):
            part["relativeDeviance"] = {"low": None, "high": None, **part["relativeDeviance"]}
    return json.dumps(values, indent=2)


def score_table(answer: predictor.EvaluateModelResponse) -> Table:
    """Lay out scores: deviance, error, counts, and F1 per window."""
    title = f"{answer.model}, {answer.actual_count} recorded incidents"
    table = Table(title=title, title_justify="left")
    table.add_column("Predictor")
    windows = answer.scores[0].match_scores if answer.scores else []
    f1_headings = (f"F1 {w.distance_m:g} m, {w.minutes:g} min" for w in windows)
    for heading in ("Deviance", "Relative", "90 % interval", "RMSE", "Predicted", *f1_headings):
        table.add_column(heading, justify="right")
    for score in answer.scores:
        relative = score.relative_deviance
        table.add_row(
            score.predictor,
            f"{score.mean_poisson_deviance:.5f}",
            f"{relative.value:+.2%}",
            estimate_words(relative),
            f"{score.rmse:.5f}",
            f"{score.predicted_count:.0f}",
            *(f"{match.f1:.3f}" for match in score.match_scores),
        )
    return table


def match_table(answer: predictor.EvaluateModelResponse) -> Table:
    """Lay out what samples, samples against samples and the most likely set of the model reach."""
    table = Table(title="F1 of the model", title_justify="left")
    headings = ("Window", "Samples", "Heaped times spread", "Samples against samples", "Most likely set (display only)")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "Window" else "right")
    for row in match_rows(answer.scores[0]):
        likely = "–" if row.likely is None else f"{row.likely:.3f}"
        table.add_row(row.window, f"{row.sampled:.3f}", f"{row.spread:.3f}", f"{row.self_match:.3f}", likely)
    return table


def spread_table(answer: predictor.EvaluateModelResponse) -> Table:
    """Lay out coverage of intervals and dispersion of the model's scenarios."""
    table = Table(title="Scenarios of the model", title_justify="left")
    for heading in ("Totals per", "50 % covers", "90 % covers", "Variance/mean recorded", "of scenarios"):
        table.add_column(heading, justify="left" if heading == "Totals per" else "right")
    model = answer.scores[0]
    dispersions = {each.total: each for each in model.dispersions}
    for row in coverage_rows(model.coverages):
        found = dispersions.get(row.total)
        variance = ("", "") if found is None else (f"{found.recorded:.2f}", f"{found.sampled:.2f}")
        table.add_row(row.total, *(f"{covered:.1%}" for _, covered in row.covered), *variance)
    return table
