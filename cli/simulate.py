"""`officers simulate`: replay calls against deployments."""

from collections.abc import Mapping
from pathlib import Path

import click
from google.protobuf.json_format import MessageToJson

from cli.area_session import open_session
from cli.call_sets.draw import check_drawn
from cli.deployments.sources import PROPORTIONAL, read_sources
from cli.dispatch_options import copies_option, dispatch_options
from cli.files import prepare_files, write_file
from cli.limits import MOVES
from cli.options import area_options, shift_options
from cli.processes import interrupt_on_sigterm
from cli.progress import progress_bar
from cli.simulation.answered_calls import calls_csv
from cli.simulation.options import ReplayOptions
from cli.simulation.run import Simulation, deployment_names, run_simulation
from cli.simulation.tables import load_table, response_table
from cli.simulation.words import comparison_sentences, limit_sentences
from cli.terminal import show
from officers.demand.v1.demand_pb2 import DispatchRules
from serving.errors import InvalidArgument

FILES = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, path_type=Path)


@click.command()
@area_options
@shift_options
@click.option(
    "--schedule", "schedule_files", type=FILES, multiple=True, help="SCHEDULE.json to replay; may be repeated."
)
@click.option(
    "--demand",
    "demand_files",
    type=FILES,
    multiple=True,
    help="What `officers demand optimize --out` wrote; cars go where they are needed with the least travel.",
)
@click.option(
    "--roster",
    "roster_files",
    type=FILES,
    multiple=True,
    help="What `officers demand staffing --out` wrote: the crews as planned, and as they are.",
)
@click.option("--period-minutes", type=click.IntRange(1, 1440), help="Of schedules; default: as they fill the span.")
@click.option("--rotate", is_flag=True, help="Cars of --demand change sectors as the presence rule makes them.")
@click.option("--online", is_flag=True, help="Add every deployment once more with free cars moved where they add most.")
@click.option(
    "--most-moves-per-hour",
    type=MOVES,
    help="Most moves of free cars that begin within any 60 minutes; default: no limit.",
)
@click.option("--against", metavar="NAME", help=f"Deployment to compare the others with; default: {PROPORTIONAL}.")
@click.option(
    "--calls",
    type=click.Choice(["recorded", "sampled"]),
    default="recorded",
    show_default=True,
    help="Calls really recorded in the shift, or drawn from the area's newest model.",
)
@click.option("--from", "first_day", help="First local day of recorded calls: the shift of every day is replayed.")
@click.option("--to", "last_day", help="Last local day of recorded calls.")
@click.option(
    "--spread-heaped-times",
    "spreads_heaped_times",
    is_flag=True,
    help="Recorded times that are heaped on full and half hours are spread over what they stand for.",
)
@click.option("--scenarios", type=click.IntRange(1, 10_000), default=200, show_default=True, help="Of sampled calls.")
@click.option("--whole-day", is_flag=True, help="The 24 hours from the shift's start, in place of the shift.")
@click.option(
    "--warm-up", type=click.FloatRange(0), default=0, show_default=True, help="Minutes whose calls do not count."
)
@copies_option
@dispatch_options
@click.option("--report", "report_file", type=OUT, help="Write a page (HTML).")
@click.option(
    "--calls-output",
    "calls_file",
    type=OUT,
    metavar="CALLS.csv",
    help="Write how every call was answered under every deployment, one line each.",
)
def simulate(
    area_folder: Path,
    state: Path,
    seed: int,
    as_json: bool,
    shift_name: str | None,
    day: str | None,
    cars: int | None,
    schedule_files: tuple[Path, ...],
    demand_files: tuple[Path, ...],
    roster_files: tuple[Path, ...],
    period_minutes: int | None,
    rotate: bool,
    online: bool,
    most_moves_per_hour: int | None,
    against: str | None,
    calls: str,
    first_day: str | None,
    last_day: str | None,
    spreads_heaped_times: bool,
    scenarios: int,
    whole_day: bool,
    warm_up: float,
    copies: int,
    rules: DispatchRules,
    report_file: Path | None,
    calls_file: Path | None,
) -> None:
    """Replay the calls of a shift, or of every day's shift, against plans and simple rules.

    Every deployment meets the same calls. Differences are told with intervals: one shift is luck.
    """
    interrupt_on_sigterm()
    _check_days(day, first_day, last_day, calls)
    if spreads_heaped_times and calls != "recorded":
        raise InvalidArgument("--spread-heaped-times", "Expected --calls recorded: drawn times are not heaped.")
    if most_moves_per_hour and not online:
        raise InvalidArgument("--most-moves-per-hour", "Expected --online beside it: else no free car is moved.")
    check_drawn(scenarios, copies, "--scenarios")
    sources = read_sources(schedule_files, demand_files, roster_files, period_minutes or 0, rotate)
    options = ReplayOptions(
        shift_name=shift_name,
        day=day,
        first_day=first_day,
        last_day=last_day,
        cars=cars,
        whole_day=whole_day,
        warm_up_minutes=warm_up,
        scenario_count=scenarios if calls == "sampled" else None,
        expected_count=scenarios if online else None,
        most_moves_per_hour=most_moves_per_hour or 0,
        with_call_results=calls_file is not None,
        spreads_heaped_times=spreads_heaped_times,
        copies=copies,
        against=_against(against, deployment_names(sources, online)),
        rules=rules,
        seed=seed,
    )
    prepare_files({"--report": report_file, "--calls-output": calls_file})
    services = ("model_server", "predictor", "demand") if online or calls == "sampled" else ("predictor", "demand")
    with (
        open_session(area_folder, state, services, quiet=as_json) as session,
        progress_bar("Replaying", as_json) as report,
    ):
        simulation = run_simulation(session, sources, options, report)
    _write(simulation, report_file, calls_file)
    if as_json:
        click.echo(MessageToJson(simulation.answer))
    else:
        _show(simulation, {"Page": report_file, "Calls": calls_file})


def _check_days(day: str | None, first_day: str | None, last_day: str | None, calls: str) -> None:
    if (first_day is None) != (last_day is None):
        missing, given = ("--from", "--to") if first_day is None else ("--to", "--from")
        raise InvalidArgument(missing, f"Expected a day beside {given}.")
    if first_day is not None and calls != "recorded":
        raise InvalidArgument("--from", "Expected --calls recorded beside it: sampled calls are of one day.")
    if first_day is not None and day is not None:
        raise InvalidArgument("--date", "Expected either --date or --from and --to.")


def _against(name: str | None, names: list[str]) -> str:
    if name is not None and name not in names:
        raise InvalidArgument("--against", f"Expected one of {', '.join(names)}, got {name!r}.")
    return name or PROPORTIONAL


def _write(simulation: Simulation, report_file: Path | None, calls_file: Path | None) -> None:
    if report_file:
        # templates and drawings take a while to load, and most runs need none
        from cli.demand_report.simulation_page import render_simulation

        write_file(report_file, render_simulation(simulation), "--report")
    if calls_file and simulation.answered:
        names = [result.name for result in simulation.answer.results]
        write_file(calls_file, calls_csv(simulation.answered, simulation.area, names), "--calls-output")


def _show(simulation: Simulation, files: Mapping[str, Path | None]) -> None:
    names = {sector.id: sector.name for sector in simulation.area.sectors}
    show(response_table(simulation), load_table(simulation.answer, names))
    show(*comparison_sentences(simulation), *limit_sentences(simulation.most_moves_per_hour))
    show(*(f"Note: {n}" for n in simulation.basis.notes))
    show(*(f"{what}: {file}" for what, file in files.items() if file))
