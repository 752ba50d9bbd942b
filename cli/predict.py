"""`officers predict`: train, score, promote and watch the prediction models of an area."""

import click

from cli.predict_bench.command import bench
from cli.predict_evaluate import evaluate
from cli.predict_models import drift, models, promote, rollback
from cli.predict_search import search
from cli.predict_train import train


@click.group()
def predict() -> None:
    """Train, score, promote and watch the prediction models of an area."""


for command in (train, search, models, promote, rollback, drift, evaluate, bench):
    predict.add_command(command)
