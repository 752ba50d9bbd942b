"""Compose the report: one HTML page that needs nothing but itself."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from cli.outcome import Outcome, ShiftOutcome, local_end, local_start
from cli.report import facts
from cli.report.comparison import Comparison, compare
from cli.report.demand_table import DemandTable, draw_demand
from cli.report.routes_map import RoutesMap, draw_routes
from cli.report.scales import short_codes
from cli.report.sector_map import SectorMap, draw_map
from cli.report.timetable import TimetableChart, draw_timetable
from officers.gateway.v1.gateway_pb2 import PlanState
from officers.scheduler.v1.scheduler_pb2 import PRESENCE_RULE_NONE


@dataclass(frozen=True)
class ShiftPage:
    """Everything the page shows of one shift."""

    key: str
    title: str
    span: str
    cars: int
    state: str
    has_presence_rule: bool
    comparison: Comparison
    map: SectorMap
    timetable: TimetableChart
    demand: DemandTable
    routes: RoutesMap | None
    certificate: Sequence[facts.Fact]
    explanation: Sequence[str]
    steps: Sequence[facts.Fact]
    audit: Sequence[facts.Fact]


def render_report(outcome: Outcome) -> str:
    """Render the report of a run.

    Parameters
    ----------
    outcome
        At least one shift, each plan complete with its result.

    Returns
    -------
    str
        One HTML document with inline style, script and drawings.
    """
    shifts = [_shift_page(outcome, shift) for shift in outcome.shifts]
    example_routes = any(shift.routes is not None and shift.routes.is_example_elsewhere for shift in shifts)
    return (
        _environment()
        .get_template("report.html")
        .render(
            area=outcome.area,
            date=f"{local_start(outcome.shifts[0].plan, outcome.time_zone):%A %-d %B %Y}",
            shifts=shifts,
            model=facts.model_facts(outcome.model),
            deviances=facts.deviances(outcome.model),
            metrics=facts.model_metrics(outcome.model),
            imported=facts.import_facts(outcome.record.import_report),
            assumed_types=facts.assumed_types(outcome),
            limits=facts.limits(outcome, example_routes),
        )
    )


def _shift_page(outcome: Outcome, shift: ShiftOutcome) -> ShiftPage:
    start, end = (local_start(shift.plan, outcome.time_zone), local_end(shift.plan, outcome.time_zone))
    sectors = outcome.area.sectors
    codes = short_codes([sector.id for sector in sectors], [sector.name for sector in sectors])
    return ShiftPage(
        key=shift.plan.shift,
        title=shift.plan.shift.replace("_", " ").capitalize(),
        span=f"{start:%H:%M}–{end:%H:%M}",
        cars=shift.plan.staffing.cars,
        state=_state_name(shift),
        has_presence_rule=shift.plan.result.schedule_problem.presence_rule > PRESENCE_RULE_NONE,
        comparison=compare(shift),
        map=draw_map(outcome, shift),
        timetable=draw_timetable(outcome, shift),
        demand=draw_demand(outcome, shift, codes),
        routes=draw_routes(outcome, shift),
        certificate=facts.certificate(shift.plan),
        explanation=facts.explanation(shift.plan),
        steps=facts.step_seconds(shift.plan),
        audit=facts.audit(shift),
    )


def _state_name(shift: ShiftOutcome) -> str:
    return PlanState.Name(shift.plan.state).removeprefix("PLAN_STATE_").replace("_", " ").lower()


def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_template_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["share"] = lambda value: "–" if value is None else f"{value:.1%}"
    environment.filters["minutes"] = lambda value: "–" if value is None else f"{value:.1f}"
    environment.filters["points"] = lambda value: f"{100 * value:+z.1f}".replace("-", "−")
    environment.filters["exp"] = math.exp
    # Style and script are files of this package, not data, and must not be escaped.
    environment.globals["asset"] = lambda name: Markup(_template_text(name))
    return environment


def _template_text(name: str) -> str:
    return (resources.files("cli.report") / "templates" / name).read_text(encoding="utf-8")
