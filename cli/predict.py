"""`officers predict`: train, score, promote and watch the prediction models of an area."""

from pathlib import Path

import click
from google.protobuf.json_format import MessageToJson
from rich.table import Table

from cli.area_session import open_session
from cli.options import area_options
from cli.predict_models import drift, models, promote, rollback
from cli.predict_search import search
from cli.predict_train import train
from cli.processes import interrupt_on_sigterm
from cli.progress import progress_bar
from cli.terminal import show
from officers.predictor.v1 import predictor_pb2 as predictor


@click.group()
def predict() -> None:
    """Train, score, promote and watch the prediction models of an area."""


for command in (train, search, models, promote, rollback, drift):
    predict.add_command(command)


@predict.command()
@area_options
@click.option("--model", default="", help="Model to score; default: the newest that fits the area.")
@click.option("--from", "from_date", required=True, help="First local day, such as 2015-04-01.")
@click.option("--to", "to_date", required=True, help="Last local day.")
def evaluate(
    area_folder: Path, state: Path, seed: int, as_json: bool, model: str, from_date: str, to_date: str
) -> None:
    """Score a model and simple baselines on days that the model has not seen."""
    interrupt_on_sigterm()
    with open_session(area_folder, state, ("model_server", "predictor"), quiet=as_json) as session:
        request = predictor.EvaluateModelRequest(
            area_artifact=session.area_artifact, model=model, from_date=from_date, to_date=to_date, seed=seed
        )
        with progress_bar("Scoring", as_json):
            answer = session.clients.predictor.EvaluateModel(request)
    if as_json:
        click.echo(MessageToJson(answer))
        return
    show(score_table(answer))


def score_table(answer: predictor.EvaluateModelResponse) -> Table:
    """Lay out scores: deviance, error, counts, and F1 per window."""
    table = Table(title=f"{answer.model}, {answer.actual_count} recorded incidents", title_justify="left")
    table.add_column("Predictor")
    windows = answer.scores[0].match_scores if answer.scores else []
    for heading in ("Deviance", "RMSE", "Predicted", *(f"F1 {w.distance_m:g} m, {w.minutes:g} min" for w in windows)):
        table.add_column(heading, justify="right")
    for score in answer.scores:
        f1 = (f"{match.f1:.3f}" for match in score.match_scores)
        figures = (f"{score.mean_poisson_deviance:.5f}", f"{score.rmse:.5f}", f"{score.predicted_count:.0f}")
        table.add_row(score.predictor, *figures, *f1)
    return table
