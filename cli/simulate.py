"""`officers simulate`: replay calls against deployments."""

import json
from pathlib import Path
from typing import Literal, TypeAlias

import click
from google.protobuf.json_format import MessageToJson
from rich.table import Table

from cli.area_session import AreaSession, ShiftSpan, open_session, sample_calls, shift_span
from cli.options import area_options, shift_options
from cli.processes import interrupt_on_sigterm
from cli.progress import progress_bar
from cli.terminal import show
from officers.demand.v1 import demand_pb2
from officers.predictor.v1 import predictor_pb2 as predictor
from serving.errors import InvalidArgument

Figure: TypeAlias = Literal[
    "share_within_target", "mean_response_minutes", "median_response_minutes", "p90_response_minutes"
]

BASELINES = {
    "one per sector": demand_pb2.BASELINE_ONE_PER_SECTOR,
    "proportional": demand_pb2.BASELINE_PROPORTIONAL,
}


@click.command()
@area_options
@shift_options
@click.option(
    "--calls",
    type=click.Choice(["recorded", "sampled"]),
    default="recorded",
    show_default=True,
    help="Calls really recorded in the shift, or drawn from the area's newest model.",
)
@click.option("--scenarios", type=click.IntRange(1, 10_000), default=200, show_default=True, help="Of sampled calls.")
@click.option(
    "--schedule",
    "schedule_files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="SCHEDULE.json to replay beside the simple rules; may be given several times.",
)
@click.option("--period-minutes", type=click.IntRange(1, 1440), default=60, show_default=True, help="Of the schedules.")
def simulate(
    area_folder: Path,
    state: Path,
    seed: int,
    as_json: bool,
    shift_name: str | None,
    day: str | None,
    cars: int | None,
    calls: str,
    scenarios: int,
    schedule_files: tuple[Path, ...],
    period_minutes: int,
) -> None:
    """Replay the calls of a shift against schedules and simple rules."""
    interrupt_on_sigterm()
    deployments = [read_deployment(file, period_minutes) for file in schedule_files]
    services = ("predictor", "demand") if calls == "recorded" else ("model_server", "predictor", "demand")
    with open_session(area_folder, state, services, quiet=as_json) as session:
        span = shift_span(session.area, shift_name, day, cars)
        with progress_bar(f"Replaying {span.title}", as_json):
            recorded = calls == "recorded"
            call_set = (
                _recorded(session, span, seed) if recorded else sample_calls(session, span, scenarios, seed, "test")
            )
            if not call_set.call_count:
                raise InvalidArgument("--date", f"Expected a shift with calls, found none in {span.title}.")
            answer = session.clients.demand.Simulate(_request(session, span, call_set, deployments))
    if as_json:
        click.echo(MessageToJson(answer))
        return
    show(result_table(answer, f"{span.title}, {call_set.call_count} {calls} calls"))


def read_deployment(file: Path, period_minutes: int) -> demand_pb2.Deployment:
    """Read a SCHEDULE.json as a deployment named after the file.

    Raises
    ------
    InvalidArgument
        The file is not JSON or has no assignments of cars to sectors.
    """
    try:
        assignments = json.loads(file.read_text(encoding="utf-8"))["assignments"]
        cars = [
            demand_pb2.CarTimetable(car_id=assignment["carId"], sectors=assignment["sectors"])
            for assignment in assignments
        ]
    except (OSError, ValueError, TypeError, KeyError) as error:
        form = '{"assignments": [{"carId": ..., "sectors": [...]}]}'
        raise InvalidArgument("--schedule", f"Expected {form} in {file}: {error!r}.") from error
    timetable = demand_pb2.Timetable(period_minutes=period_minutes, cars=cars)
    return demand_pb2.Deployment(name=file.stem, timetable=timetable)


def result_table(answer: demand_pb2.SimulateResponse, title: str) -> Table:
    """Lay out one line per deployment."""
    table = Table(title=title, title_justify="left")
    table.add_column("Deployment")
    for heading in ("Calls", "Within target", "Mean, min", "Median, min", "P90, min", "Never answered", "Busy"):
        table.add_column(heading, justify="right")
    for result in answer.results:
        table.add_row(
            result.name,
            str(result.calls),
            _figure(result, "share_within_target", ".1%"),
            _figure(result, "mean_response_minutes", ".1f"),
            _figure(result, "median_response_minutes", ".1f"),
            _figure(result, "p90_response_minutes", ".1f"),
            str(result.never_answered),
            f"{result.utilisation:.1%}",
        )
    return table


def _figure(result: demand_pb2.SimulationResult, field: Figure, form: str) -> str:
    """Write a figure; a dash where there is none, as for the response time where no call was answered."""
    return format(getattr(result, field), form) if result.HasField(field) else "–"


def _recorded(session: AreaSession, span: ShiftSpan, seed: int) -> predictor.CallSet:
    request = predictor.ReadRecordedCallsRequest(
        area_artifact=session.area_artifact, start_time=span.start_time, minutes=span.minutes, seed=seed
    )
    return session.clients.predictor.ReadRecordedCalls(request).call_set


def _request(
    session: AreaSession, span: ShiftSpan, calls: predictor.CallSet, deployments: list[demand_pb2.Deployment]
) -> demand_pb2.SimulateRequest:
    rules = [demand_pb2.Deployment(name=name, baseline=baseline) for name, baseline in BASELINES.items()]
    return demand_pb2.SimulateRequest(
        area_artifact=session.area_artifact,
        calls_artifact=calls.artifact,
        deployments=[*deployments, *rules],
        baseline_cars=span.cars,
        shift_minutes=span.minutes,
        history_until_date=span.day,
        shift_start=span.local_start,
    )
