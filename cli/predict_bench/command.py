"""`officers predict bench`: its options; what it takes long to import comes with the run."""

from datetime import datetime
from pathlib import Path

import click

from cli.limits import FOLDER, SEED

DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command()
@click.option(
    "--area", "area_folder", type=FOLDER, required=True, help="Area directory, or new-york of the shared data."
)
@click.option("--models", default="", help="Models, by commas; default: all.")
@click.option(
    "--grids", default="0.01,0.015,0.02,500m", show_default=True, help="Cell sizes: degrees, or metres with m."
)
@click.option("--frames", default="60,30", show_default=True, help="Lengths of a frame, minutes.")
@click.option("--train-until", type=DAY, default="2014-12-31", show_default=True, help="Last day to fit on.")
@click.option("--choose-until", type=DAY, default="2015-03-31", show_default=True, help="Last day to choose on.")
@click.option("--report-until", type=DAY, default="2015-06-30", show_default=True, help="Last day to report on.")
@click.option("--seed", type=SEED, default=1, show_default=True, help="Seed of all draws.")
@click.option(
    "--work",
    type=FOLDER,
    help="Folder of finished fits; a bench that was stopped goes on from there. Default: none kept.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def bench(
    area_folder: Path,
    models: str,
    grids: str,
    frames: str,
    train_until: datetime,
    choose_until: datetime,
    report_until: datetime,
    seed: int,
    work: Path | None,
    as_json: bool,
) -> None:
    """Compare all models on several grids and frame lengths.

    Models are fitted up to --train-until, the champion is the one with the lowest deviance up to --choose-until, and
    every figure is of the days after that up to --report-until.
    """
    from cli.predict_bench.run import BenchRequest, run_bench

    run_bench(
        BenchRequest(
            area_folder,
            models,
            grids,
            frames,
            train_until.date(),
            choose_until.date(),
            report_until.date(),
            seed,
        ),
        work,
        as_json,
    )
