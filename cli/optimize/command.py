"""`officers demand optimize`: its options, and what it prints."""

from pathlib import Path

import click
from google.protobuf.json_format import MessageToJson

from cli.area_session import open_session, shift_span
from cli.call_sets.draw import check_drawn
from cli.crews import QUARTER_MINUTES, parse_crews, read_crews
from cli.dispatch_options import copies_option, dispatch_options, objective_options
from cli.files import prepare_files, write_file
from cli.json_files import read_demand_plan
from cli.optimize.request import OptimizeOptions, StandingPlan
from cli.optimize.run import Optimized, ScenarioCounts, Work, run_optimize
from cli.optimize.tables import candidate_parts, plan_table
from cli.options import area_options, shift_options
from cli.processes import interrupt_on_sigterm
from cli.progress import progress_bar
from cli.sector_counts import parse_counts
from cli.simulation.tables import response_table
from cli.simulation.words import comparison_sentences
from cli.terminal import show
from officers.demand.v1.demand_pb2 import CrewShift, DispatchRules, Objective
from serving.errors import InvalidArgument

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, path_type=Path)
SCENARIOS = click.IntRange(1, 10_000)
MINUTES = click.IntRange(1, 10_080)
SERVICES = ("model_server", "predictor", "demand")


@click.command()
@area_options
@shift_options
@click.option("--training-scenarios", type=SCENARIOS, default=200, show_default=True, help="To make candidates on.")
@click.option("--validation-scenarios", type=SCENARIOS, default=200, show_default=True, help="To choose one on.")
@click.option("--test-scenarios", type=SCENARIOS, default=200, show_default=True, help="To report on; seen by none.")
@click.option(
    "--stratified",
    is_flag=True,
    help="Share busy and quiet days out evenly over the scenarios of training and of validation.",
)
@copies_option
@click.option("--block-minutes", type=MINUTES, help="In which cars stay; default: 120.")
@click.option("--period-minutes", type=MINUTES, help="Of the answer; divides blocks and shift; default: 60.")
@click.option("--minimum", multiple=True, metavar="SECTOR=CARS", help="Least cars of a sector; may be repeated.")
@click.option("--maximum", multiple=True, metavar="SECTOR=CARS", help="Most cars of a sector; may be repeated.")
@click.option(
    "--crew",
    "crew_texts",
    multiple=True,
    metavar="START,MINUTES,CARS",
    help="Crews that begin together, such as 10:00,480,4, in place of --cars; may be repeated.",
)
@click.option("--crews", "crews_file", type=FILE, help="The same as lines of a CSV file, or the roster of `staffing`.")
@click.option("--team-cars", multiple=True, metavar="TEAM=CARS", help="Of each team; default: by past calls.")
@click.option("--standing", type=FILE, metavar="DEMAND.json", help="An earlier --out to start from besides.")
@click.option(
    "--rotate", is_flag=True, help="Judge plans with cars that keep the rule of no return within two periods."
)
@click.option("--certify", is_flag=True, help="Prove what can be proved of the chosen plan (minutes).")
@click.option("--without-programs", is_flag=True, help="Leave the two-stage programs out, to see what they contribute.")
@dispatch_options
@objective_options
@click.option(
    "--time-limit", type=click.FloatRange(0, 3600, min_open=True), default=60.0, show_default=True, help="Seconds."
)
@click.option("--out", type=OUT, help="File for the answer as proto3 JSON.")
@click.option("--report", "report_file", type=OUT, help="Write a page (HTML).")
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
    test_scenarios: int,
    stratified: bool,
    copies: int,
    block_minutes: int | None,
    period_minutes: int | None,
    minimum: tuple[str, ...],
    maximum: tuple[str, ...],
    crew_texts: tuple[str, ...],
    crews_file: Path | None,
    team_cars: tuple[str, ...],
    standing: Path | None,
    rotate: bool,
    certify: bool,
    without_programs: bool,
    rules: DispatchRules,
    objective: Objective,
    time_limit: float,
    out: Path | None,
    report_file: Path | None,
) -> None:
    """Choose cars per sector and period for one shift, on scenarios drawn from the area's newest model.

    Candidates come from two-stage programs, simple rules and searches; the simulator chooses among them on other
    scenarios, and the choice is replayed against scenarios that had no part in it.
    """
    interrupt_on_sigterm()
    for option, count in (("training", training_scenarios), ("validation", validation_scenarios)):
        check_drawn(count, copies, f"--{option}-scenarios")
    check_drawn(test_scenarios, copies, "--test-scenarios")
    if stratified and certify:
        raise InvalidArgument("--stratified", "Expected it without --certify, whose bounds want independent scenarios.")
    options = OptimizeOptions(
        block_minutes=block_minutes or 0,
        period_minutes=period_minutes or 0,
        minimum=parse_counts(minimum, "--minimum"),
        maximum=parse_counts(maximum, "--maximum"),
        crews=_crews(crew_texts, crews_file, cars),
        crews_option=f"--crews {crews_file}" if crews_file else "--crew",
        standing=StandingPlan(standing, read_demand_plan(standing, "--standing")) if standing else None,
        team_cars=parse_counts(team_cars, "--team-cars"),
        rotates=rotate,
        certifies=certify,
        without_programs=without_programs,
        rules=rules,
        objective=objective,
    )
    prepare_files({"--out": out, "--report": report_file})
    tests = 0 if as_json and not report_file else test_scenarios
    counts = ScenarioCounts(training_scenarios, validation_scenarios, tests, copies, stratified)
    work = Work(counts, options, time_limit, cars is not None, seed)
    with open_session(area_folder, state, SERVICES, quiet=as_json) as session:
        span = shift_span(session.area, shift_name, day, cars)
        with progress_bar(f"Choosing cars for {span.title}", as_json) as report:
            found = run_optimize(session, span, work, report)
    _write(found, out, report_file)
    _print(found, report_file, as_json)


def _crews(texts: tuple[str, ...], file: Path | None, cars: int | None) -> tuple[CrewShift, ...]:
    if file and texts:
        raise InvalidArgument("--crews", "Expected either --crew or --crews.")
    crews = read_crews(file, "--crews") if file else parse_crews(texts, "--crew", QUARTER_MINUTES)
    if crews and cars is not None:
        raise InvalidArgument("--cars", "Expected either --cars or crews.")
    return crews


def _write(found: Optimized, out: Path | None, report_file: Path | None) -> None:
    if out:
        write_file(out, MessageToJson(found.answer) + "\n")
    if report_file:
        # templates and drawings take a while to load, and most runs need none
        from cli.demand_report.optimize_page import render_optimize

        write_file(report_file, render_optimize(found), "--report")


def _print(found: Optimized, report_file: Path | None, as_json: bool) -> None:
    answer = found.answer
    if as_json:
        click.echo(MessageToJson(answer))
        return
    show(plan_table(found.area, answer.plan, found.span.local_start))
    show(*candidate_parts(answer, found.options.without_programs))
    if found.simulation:
        show(response_table(found.simulation))
        show(*comparison_sentences(found.simulation))
    if report_file:
        show(f"Page: {report_file}")
