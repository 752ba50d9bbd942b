"""`officers demand`: how many cars each sector needs."""

from pathlib import Path

import click
from google.protobuf.json_format import MessageToJson
from rich.table import Table

from cli.area_session import AreaSession, ShiftSpan, open_session, sample_calls, shift_span
from cli.demand_bench.command import bench
from cli.files import prepare_folder, write_file
from cli.options import area_options, shift_options
from cli.processes import interrupt_on_sigterm
from cli.progress import progress_bar
from cli.terminal import show
from officers.area.v1.area_pb2 import Area
from officers.demand.v1 import demand_pb2


@click.group()
def demand() -> None:
    """Choose how many cars each sector needs."""


demand.add_command(bench)


@demand.command()
@area_options
@shift_options
@click.option("--training-scenarios", type=click.IntRange(1, 10_000), default=40, show_default=True)
@click.option("--validation-scenarios", type=click.IntRange(1, 10_000), default=100, show_default=True)
@click.option(
    "--time-limit", type=click.FloatRange(0, 3600, min_open=True), default=60.0, show_default=True, help="Seconds."
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File for the answer as proto3 JSON.")
def optimize(
    area_folder: Path,
    state: Path,
    seed: int,
    as_json: bool,
    shift_name: str | None,
    day: str | None,
    cars: int | None,
    training_scenarios: int,
    validation_scenarios: int,
    time_limit: float,
    out: Path | None,
) -> None:
    """Choose cars per sector and period for one shift, on scenarios drawn from the area's newest model."""
    interrupt_on_sigterm()
    if out:
        prepare_folder(out.parent, "--out")
    with open_session(area_folder, state, ("model_server", "predictor", "demand"), quiet=as_json) as session:
        span = shift_span(session.area, shift_name, day, cars)
        with progress_bar(f"Choosing cars for {span.title}", as_json) as report:
            report(0.0, "scenarios")
            training = sample_calls(session, span, training_scenarios, seed, "training")
            validation = sample_calls(session, span, validation_scenarios, seed, "validation")
            report(0.3, "candidates")
            calls = (training.artifact, validation.artifact)
            answer = session.clients.demand.Optimize(optimize_request(session, span, calls, seed, time_limit))
    if out:
        write_file(out, MessageToJson(answer) + "\n")
    if as_json:
        click.echo(MessageToJson(answer))
        return
    show(demand_table(session.area, answer), candidate_table(answer))


def optimize_request(
    session: AreaSession, span: ShiftSpan, calls: tuple[str, str], seed: int, time_limit_seconds: float
) -> demand_pb2.OptimizeRequest:
    """Ask for the cars of a shift; `calls` are the artifacts of training and validation scenarios."""
    return demand_pb2.OptimizeRequest(
        area_artifact=session.area_artifact,
        training_calls_artifact=calls[0],
        validation_calls_artifact=calls[1],
        cars=span.cars,
        shift_minutes=span.minutes,
        history_until_date=span.day,
        seed=seed,
        time_limit_seconds=time_limit_seconds,
        shift_start=span.local_start,
    )


def demand_table(area: Area, answer: demand_pb2.OptimizeResponse) -> Table:
    """Lay out the chosen cars per sector and period."""
    table = Table(title=f"Cars by period of {answer.plan.period_minutes} minutes", title_justify="left")
    table.add_column("Sector")
    for period in range(len(answer.plan.periods)):
        table.add_column(str(period + 1), justify="right")
    names = {sector.id: sector.name for sector in area.sectors}
    for index, sector in enumerate(answer.plan.sector_ids):
        table.add_row(names[sector], *(str(period.cars[index] or "·") for period in answer.plan.periods))
    return table


def candidate_table(answer: demand_pb2.OptimizeResponse) -> Table:
    """Lay out every candidate with its result on the validation scenarios, best first."""
    table = Table(title="Candidates on the validation scenarios", title_justify="left")
    table.add_column("Candidate")
    for heading in ("Late or never", "Mean response, min"):
        table.add_column(heading, justify="right")
    for candidate in answer.candidates:
        figures = (f"{candidate.validation_failure_rate:.2%}", f"{candidate.validation_mean_response_minutes:.2f}")
        table.add_row(candidate.name, *figures, style="bold" if candidate.chosen else None)
    return table
