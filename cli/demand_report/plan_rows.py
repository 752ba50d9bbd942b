"""Rows of a replay's tables: deployments with their figures, and sectors under each of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from cli.report.scales import plain_name
from cli.simulation.run import Simulation
from cli.simulation.tables import comparison_text, failure_text, figure, interval_text, urgent_text, worst_sector_text
from officers.area.v1.area_pb2 import Area
from officers.demand.v1.demand_pb2 import Deployment, SectorResult, SimulationResult

STYLE_COUNT = 6
RESPONSE_HEADINGS = ("Late or never", "90% interval", "Against the yardstick", "Urgent late", "Mean", "Median", "P90")
LOAD_HEADINGS = (
    "Car hours", "Busy", "Calls that wait", "Mean wait", "Queue", "Moves", "Diversions", "Never", "Worst sector"
)  # fmt: skip


@dataclass(frozen=True)
class PlanRow:
    """Figures of one deployment, written out; `style` is its class in drawings."""

    name: str
    style: str
    is_yardstick: bool
    cells: tuple[str, ...]


@dataclass(frozen=True)
class SectorRow:
    """A sector under every deployment: late calls and mean response."""

    name: str
    calls: int
    cells: tuple[str, ...]


def styles(deployments: Sequence[Deployment]) -> list[str]:
    """Return the class of each deployment: a colour, dashed where it is another one with cars that move freely."""
    numbers: dict[str, int] = {}
    found = []
    for deployment in deployments:
        name = deployment.name.removesuffix(", moving freely") if deployment.moves_freely else deployment.name
        number = numbers.setdefault(name, len(numbers) % STYLE_COUNT + 1)
        found.append(f"c{number}{' free' if deployment.moves_freely else ''}")
    return found


def response_rows(simulation: Simulation) -> list[PlanRow]:
    """Late calls and response times; the first deployment is the yardstick."""
    replays = simulation.basis.replays
    return _rows(simulation, [_response_cells(result, replays) for result in simulation.answer.results])


def load_rows(simulation: Simulation) -> list[PlanRow]:
    """What cars do and how calls wait."""
    names = {sector.id: plain_name(sector.name) for sector in simulation.area.sectors}
    return _rows(simulation, [_load_cells(result, names) for result in simulation.answer.results])


def sector_rows(area: Area, results: Sequence[SimulationResult]) -> list[SectorRow]:
    """All sectors with calls, those with most late calls under the first deployment first."""
    rows = [
        (sectors[0].within_target - sectors[0].calls, SectorRow(plain_name(sector.name), sectors[0].calls, cells))
        for number, sector in enumerate(area.sectors)
        if (sectors := [result.sectors[number] for result in results])[0].calls
        for cells in [tuple(_sector_cell(each) for each in sectors)]
    ]
    return [row for _, row in sorted(rows, key=lambda each: each[0])]


def _rows(simulation: Simulation, cells: Sequence[tuple[str, ...]]) -> list[PlanRow]:
    names = [result.name for result in simulation.answer.results]
    columns = zip(names, styles(simulation.deployments), cells, strict=True)
    return [PlanRow(name, style, number == 0, row) for number, (name, style, row) in enumerate(columns)]


def _response_cells(result: SimulationResult, replays: int) -> tuple[str, ...]:
    return (
        failure_text(result),
        interval_text(result, replays),
        comparison_text(result, replays),
        urgent_text(result),
        figure(result, "mean_response_minutes", ".1f"),
        figure(result, "median_response_minutes", ".1f"),
        figure(result, "p90_response_minutes", ".1f"),
    )


def _load_cells(result: SimulationResult, names: dict[str, str]) -> tuple[str, ...]:
    return (
        f"{result.car_hours:.0f}",
        f"{result.utilisation:.1%}",
        figure(result, "share_waiting", ".1%"),
        figure(result, "mean_waiting_minutes", ".2f"),
        f"{result.mean_queue_length:.2f}",
        f"{result.moves:,}",
        f"{result.diversions:,}",
        f"{result.never_answered:,}",
        worst_sector_text(result, names),
    )


def _sector_cell(sector: SectorResult) -> str:
    late = f"{1 - sector.within_target / sector.calls:.1%}" if sector.calls else "–"
    return f"{late} · {sector.mean_response_minutes:.1f}" if sector.HasField("mean_response_minutes") else late
