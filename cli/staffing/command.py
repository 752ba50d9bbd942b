"""`officers demand staffing`: its options, and what it prints."""

from pathlib import Path

import click
from google.protobuf.json_format import MessageToJson

from cli.area_session import open_session
from cli.call_sets.draw import check_drawn
from cli.crews import HALF_HOUR_MINUTES, minute_of_day, parse_crews
from cli.dispatch_options import copies_option, dispatch_options, objective_options
from cli.files import prepare_files, write_file
from cli.options import area_options
from cli.processes import interrupt_on_sigterm
from cli.progress import progress_bar
from cli.staffing.request import StaffingOptions
from cli.staffing.run import Staffed, Work, run_staffing
from cli.staffing.tables import crew_table, curve_table, duty_chart, rate_table
from cli.staffing.words import change_sentence, needed_sentence
from cli.terminal import show
from officers.demand.v1.demand_pb2 import CrewRules, DispatchRules, Objective

OUT = click.Path(dir_okay=False, path_type=Path)
SCENARIOS = click.IntRange(1, 10_000)
SERVICES = ("model_server", "predictor", "demand")
DEFAULT_VARIED = 4


@click.command()
@area_options
@click.option("--date", "day", help="First local day of the calls; default: the first after the training data.")
@click.option("--days", type=click.IntRange(2, 7), default=7, show_default=True, help="Days of the calls.")
@click.option("--training-scenarios", type=SCENARIOS, default=40, show_default=True, help="To plan on.")
@click.option("--validation-scenarios", type=SCENARIOS, default=100, show_default=True, help="To report on.")
@copies_option
@click.option(
    "--shift",
    "shift_texts",
    multiple=True,
    metavar="START,MINUTES,CARS",
    help="Crews as they are; their hours in all are not exceeded; may be repeated; default: the area's shifts.",
)
@click.option(
    "--fixed",
    "fixed_texts",
    multiple=True,
    metavar="START,MINUTES,CARS",
    help="Crews beside them whose hours stay as they are; may be repeated.",
)
@click.option(
    "--length",
    "lengths",
    type=click.IntRange(HALF_HOUR_MINUTES, 1440),
    multiple=True,
    help="Minutes that crews may work, in steps of 30; may be repeated; default: as they do.",
)
@click.option("--earliest", metavar="HH:MM", help="Earliest start; default: any.")
@click.option("--latest", metavar="HH:MM", help="Latest start; before the earliest: around midnight; default: any.")
@click.option(
    "--most-starts", type=click.IntRange(1, 1000), help="Most pairs of start and length; default: any number."
)
@click.option(
    "--vary-crews",
    type=click.IntRange(0, 20),
    help=f"Crews fewer and more to tell failures for; default: 0, {DEFAULT_VARIED} with --service-level.",
)
@click.option(
    "--service-level",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Share of calls within target, such as 0.95, to count crews for.",
)
@dispatch_options
@objective_options
@click.option(
    "--time-limit", type=click.FloatRange(0, 3600, min_open=True), default=60.0, show_default=True, help="Seconds."
)
@click.option("--out", type=OUT, metavar="ROSTER.json", help="File for the answer as proto3 JSON.")
@click.option("--report", "report_file", type=OUT, help="Write a page (HTML).")
def staffing(
    area_folder: Path,
    state: Path,
    seed: int,
    as_json: bool,
    day: str | None,
    days: int,
    training_scenarios: int,
    validation_scenarios: int,
    copies: int,
    shift_texts: tuple[str, ...],
    fixed_texts: tuple[str, ...],
    lengths: tuple[int, ...],
    earliest: str | None,
    latest: str | None,
    most_starts: int | None,
    vary_crews: int | None,
    service_level: float | None,
    rules: DispatchRules,
    objective: Objective,
    time_limit: float,
    out: Path | None,
    report_file: Path | None,
) -> None:
    """Choose when crews begin, how long they work and where they wait, with no more hours on duty than now.

    Hours stay the same in all, or are fewer where whole crews of the allowed lengths do not make them up.
    Calls are drawn from the area's newest model; the first 12 hours of each scenario load the cars and do not count.
    """
    interrupt_on_sigterm()
    check_drawn(training_scenarios, copies, "--training-scenarios")
    check_drawn(validation_scenarios, copies, "--validation-scenarios")
    for text, option in ((earliest, "--earliest"), (latest, "--latest")):
        if text is not None:
            minute_of_day(text, option)
    options = StaffingOptions(
        shifts=parse_crews(shift_texts, "--shift", HALF_HOUR_MINUTES),
        fixed=parse_crews(fixed_texts, "--fixed", HALF_HOUR_MINUTES),
        crew_rules=CrewRules(
            lengths_minutes=lengths,
            earliest_start=earliest or "",
            latest_start=latest or "",
            most_kinds=most_starts or 0,
        ),
        vary_crews=(DEFAULT_VARIED if service_level else 0) if vary_crews is None else vary_crews,
        service_level=service_level,
        rules=rules,
        objective=objective,
        time_limit_seconds=time_limit,
    )
    prepare_files({"--out": out, "--report": report_file})
    in_detail = report_file is not None
    work = Work(day, days, training_scenarios, validation_scenarios, copies, options, seed, in_detail)
    with (
        open_session(area_folder, state, SERVICES, quiet=as_json) as session,
        progress_bar("Planning crews", as_json) as report,
    ):
        staffed = run_staffing(session, work, report)
    _write(staffed, out, report_file)
    _print(staffed, report_file, as_json)


def _write(staffed: Staffed, out: Path | None, report_file: Path | None) -> None:
    if out:
        write_file(out, MessageToJson(staffed.answer) + "\n")
    if report_file:
        # templates and drawings take a while to load, and most runs need none
        from cli.demand_report.staffing_page import render_staffing

        write_file(report_file, render_staffing(staffed), "--report")


def _print(staffed: Staffed, report_file: Path | None, as_json: bool) -> None:
    answer = staffed.answer
    if as_json:
        click.echo(MessageToJson(answer))
        return
    show(crew_table(answer), duty_chart(answer), rate_table(answer, staffed.basis))
    if staffed.has_curve:
        show(curve_table(answer, staffed.basis))
    show(*(text for text in (change_sentence(staffed), needed_sentence(staffed)) if text))
    show(*(f"Note: {note}" for note in answer.notes))
    if report_file:
        show(f"Page: {report_file}")
