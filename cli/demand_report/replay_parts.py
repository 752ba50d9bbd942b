"""What every page of a replay shows, ready for its template."""

from collections.abc import Sequence
from dataclasses import dataclass

from cli.demand_report.dot_chart import DotChart
from cli.demand_report.line_chart import LineChart
from cli.demand_report.plan_rows import PlanRow, SectorRow, load_rows, response_rows, sector_rows
from cli.demand_report.response_charts import failure_chart, hour_charts, priority_charts
from cli.demand_report.response_maps import ResponseMaps, response_maps
from cli.dispatch_options import rules_text
from cli.simulation.run import Simulation
from cli.simulation.words import limit_sentences


@dataclass(frozen=True)
class ReplayParts:
    """Tables, charts and maps of one replay."""

    names: Sequence[str]
    yardstick: str
    basis_text: str
    responses: Sequence[PlanRow]
    loads: Sequence[PlanRow]
    failures: DotChart
    has_intervals: bool
    intervals_over: str
    hours: Sequence[tuple[str, LineChart]]
    over_days: bool
    priorities: Sequence[tuple[str, DotChart]]
    maps: ResponseMaps
    sectors: Sequence[SectorRow]
    rules: str
    warm_up_minutes: float
    notes: Sequence[str]


def replay_parts(simulation: Simulation) -> ReplayParts | None:
    """Lay out a replay; None where no call counts."""
    results, basis = simulation.answer.results, simulation.basis
    if not results[0].calls:
        return None
    return ReplayParts(
        names=[result.name for result in results],
        yardstick=results[0].name,
        basis_text=basis.text,
        responses=response_rows(simulation),
        loads=load_rows(simulation),
        failures=failure_chart(simulation),
        has_intervals=basis.replays > 1,
        intervals_over=basis.intervals_over,
        hours=hour_charts(simulation),
        over_days=len(results[0].hours) > 24,
        priorities=priority_charts(simulation),
        maps=response_maps(simulation.area, results),
        sectors=sector_rows(simulation.area, results),
        rules=" ".join([rules_text(simulation.rules), *limit_sentences(simulation.most_moves_per_hour)]),
        warm_up_minutes=simulation.warm_up_minutes,
        notes=basis.notes,
    )
