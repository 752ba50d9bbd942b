"""`officers demo`: a day planned on real calls, from the records to the report."""

import json
from pathlib import Path

import click

from cli.area_directory import read_area_name
from cli.demo_run import PRESENCE_RULES, DemoOptions, run_demo
from cli.files import prepare_folder, write_files
from cli.limits import CARS, FOLDER, SEED
from cli.outcome import Outcome
from cli.outputs import plan_json, routes_geojson, schedule_csv
from cli.processes import interrupt_on_sigterm
from cli.report.page import render_report
from cli.stack import free_ports
from cli.starting import started_stack
from cli.summary import summary, summary_table
from cli.terminal import show
from officers.gateway.v1.gateway_pb2 import PLAN_STATE_READY_FOR_REVIEW, PlanState


@click.command()
@click.option("--area", "area_folder", type=FOLDER, help="Area directory; default: central Toronto, as shipped.")
@click.option("--out", type=FOLDER, default=Path("out"), show_default=True, help="Folder of the results.")
@click.option("--state", type=FOLDER, default=Path("var"), show_default=True, help="Folder of services' state.")
@click.option("--seed", type=SEED, default=1, show_default=True, help="Seed of everything random.")
@click.option(
    "--presence",
    type=click.Choice(list(PRESENCE_RULES)),
    default="no-return",
    show_default=True,
    help="Presence rule: no-return: no car is in the same sector in periods t-1 and t+1; max-2: two in a row at most.",
)
@click.option("--cars", type=CARS, help="Cars on duty in every shift; default: as the area says.")
@click.option("--fresh", is_flag=True, help="Plan anew where the same plan was made before.")
@click.option("--approve", "approved_by", default="", metavar="NAME", help="Approve the plans in NAME's name.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def demo(
    area_folder: Path | None,
    out: Path,
    state: Path,
    seed: int,
    presence: str,
    cars: int | None,
    fresh: bool,
    approved_by: str,
    as_json: bool,
) -> None:
    """Plan the first day after the training data and replay the calls that really came.

    Starts every service on this machine, trains or loads the model, plans each shift, prints a summary, writes
    plan.json, schedule.csv, routes.geojson and report.html, and stops what it started. Plans are left for review
    unless --approve is given.
    """
    interrupt_on_sigterm()
    if area_folder:
        read_area_name(area_folder)  # whatever can be told at once is told before anything is started
    prepare_folder(out, "--out")
    prepare_folder(state, "--state")
    folder = area_folder or _write_toronto(state)
    options = DemoOptions(folder, seed, presence, cars or 0, fresh, approved_by, quiet=as_json)
    with started_stack(state, free_ports(), options.quiet) as stack:
        outcome = run_demo(stack, options)
    write_files(out, _contents(outcome))
    _show(outcome, out, as_json)


def _write_toronto(state: Path) -> Path:
    # the predictor's libraries take a while to load, and no other command needs them
    from services.predictor.toronto import write_toronto_area

    folder = state / "areas" / "central-toronto"
    write_toronto_area(folder)
    return folder


def _contents(outcome: Outcome) -> dict[str, str]:
    return {
        "plan.json": plan_json(outcome),
        "schedule.csv": schedule_csv(outcome),
        "routes.geojson": routes_geojson(outcome),
        "report.html": render_report(outcome),
    }


def _show(outcome: Outcome, out: Path, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({**summary(outcome), "out": str(out)}))
        return
    show(summary_table(outcome))
    show(f"The result is in {out}: report.html, plan.json, schedule.csv, routes.geojson.")
    for shift in outcome.shifts:
        state = PlanState.Name(shift.plan.state).removeprefix("PLAN_STATE_").replace("_", " ").lower()
        show(f"{shift.plan.name} is {state}.")
    if any(shift.plan.state == PLAN_STATE_READY_FOR_REVIEW for shift in outcome.shifts):
        show(
            "A supervisor decides: `officers up`, then POST /v1/{plan}:approve with decidedBy in JSON; or run the demo "
            "again with --approve NAME."
        )
