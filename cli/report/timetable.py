"""The car-by-period chart: one row per car, one bar per stay in a sector, coloured along the area's longer side."""

import math
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from cli.outcome import Outcome, ShiftOutcome, period_starts
from cli.report.scales import ink_on, plain_name, ramp, short_codes
from officers.area.v1.area_pb2 import Area
from officers.scheduler.v1.scheduler_pb2 import ScheduleProblem


@dataclass(frozen=True)
class SectorColour:
    """How a sector appears in the chart."""

    id: str
    code: str
    name: str
    fill: str
    ink: str


@dataclass(frozen=True)
class Stay:
    """A car in one sector for `span` periods; `drive_minutes` to get there, None at the start of the shift."""

    first_period: int
    span: int
    sector: SectorColour | None
    title: str
    drive_minutes: float | None


@dataclass(frozen=True)
class CarRow:
    """The shift of one car."""

    car_id: str
    stays: tuple[Stay, ...]
    move_count: int
    travel_minutes: float


@dataclass(frozen=True)
class TimetableChart:
    """What the chart template draws."""

    periods: tuple[str, ...]
    rows: tuple[CarRow, ...]
    legend: tuple[SectorColour, ...]
    ramp_from: str
    ramp_to: str


def draw_timetable(outcome: Outcome, shift: ShiftOutcome) -> TimetableChart:
    """Lay out the timetable of one shift."""
    result = shift.plan.result
    colours = sector_colours(outcome.area)
    periods = tuple(f"{start:%H:%M}" for start in period_starts(shift.plan, outcome.time_zone))
    rows = tuple(
        _row(assignment.car_id, list(assignment.sectors), periods, result.schedule_problem, colours)
        for assignment in result.schedule.assignments
    )
    ramp_from, ramp_to = ("south", "north") if is_tall(outcome.area) else ("west", "east")
    return TimetableChart(periods, rows, tuple(colours.values()), ramp_from, ramp_to)


def sector_colours(area: Area) -> dict[str, SectorColour]:
    """Colours of the sectors by id, ordered from west to east, or from south to north in a tall area."""
    codes = short_codes([sector.id for sector in area.sectors], [sector.name for sector in area.sectors])
    tall = is_tall(area)
    places = [sector.centre.latitude if tall else sector.centre.longitude for sector in area.sectors]
    order = np.argsort(places, kind="stable")
    last = max(len(order) - 1, 1)
    colours = {}
    for rank, index in enumerate(order):
        sector, fill = area.sectors[int(index)], ramp(rank / last)
        colours[sector.id] = SectorColour(sector.id, codes[int(index)], plain_name(sector.name), fill, ink_on(fill))
    return colours


def is_tall(area: Area) -> bool:
    """True where the sectors spread farther from south to north than from west to east."""
    latitudes = [sector.centre.latitude for sector in area.sectors]
    longitudes = [sector.centre.longitude for sector in area.sectors]
    shrink = math.cos(math.radians(latitudes[0]))
    return max(latitudes) - min(latitudes) > (max(longitudes) - min(longitudes)) * shrink


def _row(
    car_id: str,
    sectors: list[str],
    periods: tuple[str, ...],
    problem: ScheduleProblem,
    colours: dict[str, SectorColour],
) -> CarRow:
    stays: list[Stay] = []
    period, before = 0, ""
    for sector, group in groupby(sectors):
        span = len(list(group))
        drive = _drive_minutes(problem, before, sector) if before and sector else None
        stays.append(_stay(period, span, colours.get(sector), drive, car_id, periods))
        period, before = period + span, sector or before
    drives = [stay.drive_minutes for stay in stays if stay.drive_minutes is not None]
    return CarRow(car_id, tuple(stays), len(drives), sum(drives))


def _stay(
    period: int, span: int, sector: SectorColour | None, drive: float | None, car_id: str, periods: tuple[str, ...]
) -> Stay:
    place = sector.name if sector else "off duty"
    arrival = f", {drive:.1f} min drive" if drive is not None else ""
    title = f"{car_id}: {place} from {periods[period]}, {span} period{'s' if span > 1 else ''}{arrival}"
    return Stay(period, span, sector, title, drive)


def _drive_minutes(problem: ScheduleProblem, origin: str, destination: str) -> float:
    names = list(problem.sectors)
    return float(problem.travel_minutes[names.index(origin)].minutes[names.index(destination)])
