"""`officers demand bench`: its options; what it takes long to import comes with the run."""

from datetime import datetime
from pathlib import Path

import click

from cli.files import prepare_folder
from cli.limits import CARS, FOLDER, SEED
from cli.processes import interrupt_on_sigterm
from serving.errors import InvalidArgument

DAY = click.DateTime(formats=["%Y-%m-%d"])
STUDIES = ("location", "crews", "online", "steady", "speed")


@click.command()
@click.option("--area", "area_folder", type=FOLDER, required=True, help="Area directory.")
@click.option("--state", type=FOLDER, default=Path("var"), show_default=True, help="Folder of services' state.")
@click.option("--from", "first", type=DAY, default="2015-04-01", show_default=True, help="First day to report on.")
@click.option("--to", "last", type=DAY, default="2015-06-30", show_default=True, help="Last day; whole weeks count.")
@click.option(
    "--copies",
    type=click.IntRange(1, 20),
    default=3,
    show_default=True,
    help="Neighbouring weeks of recorded calls, and independent scenarios, laid over each other for a heavier load.",
)
@click.option("--cars", type=CARS, default=22, show_default=True, help="Cars on duty, dispatched in the whole area.")
@click.option(
    "--territory-cars", type=CARS, default=24, show_default=True, help="Where they keep to own and adjacent sectors."
)
@click.option("--fewer-cars", type=CARS, default=20, show_default=True, help="Cars of staggered crews beside --cars.")
@click.option("--block-minutes", type=click.IntRange(30, 720), default=120, show_default=True, help="Of plans.")
@click.option("--scenarios", type=click.IntRange(10, 3000), default=200, show_default=True, help="Of each set.")
@click.option("--studies", default=",".join(STUDIES), show_default=True, help="What to compare, by commas.")
@click.option("--processes", type=click.IntRange(1, 256), default=2, show_default=True, help="On this machine.")
@click.option("--ray", "ray_address", default="", help="Address of a Ray cluster to run on instead.")
@click.option("--work", type=FOLDER, help="Folder of finished jobs; a bench that was stopped goes on from there.")
@click.option("--seed", type=SEED, default=1, show_default=True, help="Seed of all draws.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def bench(
    area_folder: Path,
    state: Path,
    first: datetime,
    last: datetime,
    copies: int,
    cars: int,
    territory_cars: int,
    fewer_cars: int,
    block_minutes: int,
    scenarios: int,
    studies: str,
    processes: int,
    ray_address: str,
    work: Path | None,
    seed: int,
    as_json: bool,
) -> None:
    """Compare what location, staggered crews and moves of free cars are worth on recorded calls.

    Plans are made as they would have been at the time: every shift on scenarios drawn from the model that has seen the
    training data, with calls known up to the shift's start. Every deployment answers the same recorded calls; intervals
    are paired over weeks.
    """
    from cli.demand_bench.run import BenchOptions, run_bench
    from cli.demand_bench.source import SourceOptions

    interrupt_on_sigterm()
    chosen = tuple(name.strip() for name in studies.split(","))
    for name in chosen:
        if name not in STUDIES:
            raise InvalidArgument("--studies", f"Expected names among {', '.join(STUDIES)}, got {name!r}.")
    if work:
        prepare_folder(work, "--work")
    source = SourceOptions(area_folder, state, first.date(), last.date(), copies, scenarios, seed)
    options = BenchOptions(source, cars, territory_cars, fewer_cars, block_minutes, chosen)
    run_bench(options, work, processes, ray_address, as_json)
