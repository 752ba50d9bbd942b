"""Small maps of how calls are answered by sector, one per deployment, all on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cli.demand_report.axis import round_step
from cli.report.projection import Frame, fit_frame
from cli.report.scales import CLASS_COUNT, plain_name
from cli.report.sector_map import area_corners
from officers.area.v1.area_pb2 import Area
from officers.demand.v1.demand_pb2 import SectorResult, SimulationResult

WIDTH_PX, HEIGHT_PX = 240.0, 330.0
LEAST_CALLS = 20
"""A sector with fewer calls is not shaded: its figure is luck."""
FEW_LATE = 0.005
"""Below this failure rate in all, maps show the mean response."""


@dataclass(frozen=True)
class SectorShade:
    """A sector's outline and class; None: too few calls."""

    path: str
    shade: int | None
    title: str
    is_worst: bool


@dataclass(frozen=True)
class ResponseMap:
    """One deployment."""

    name: str
    sectors: tuple[SectorShade, ...]
    summary: str


@dataclass(frozen=True)
class ResponseMaps:
    """What the template draws; shades run evenly from 0 to `top`."""

    measure: str
    maps: tuple[ResponseMap, ...]
    width_px: float
    height_px: float
    bottom_text: str
    top_text: str
    has_few: bool
    least_calls: int = LEAST_CALLS
    class_count: int = CLASS_COUNT


def response_maps(area: Area, results: Sequence[SimulationResult]) -> ResponseMaps:
    """Shade sectors by the share of late calls, or by the mean response where hardly any call is late."""
    frame = fit_frame(area_corners(area), WIDTH_PX, HEIGHT_PX)
    shows_late = max(result.failure_rate.value for result in results) >= FEW_LATE
    values = [[_value(sector, shows_late) for sector in result.sectors] for result in results]
    known = [value for row in values for value in row if value is not None]
    highest = max(known, default=0.0)
    step = round_step(highest / 4) if highest > 0 else 1.0
    top = step * np.ceil(highest / step) if highest > 0 else 1.0
    maps = [_map(area, frame, result, row, float(top)) for result, row in zip(results, values, strict=True)]
    return ResponseMaps(
        measure="calls late or never answered" if shows_late else "mean response",
        maps=tuple(maps),
        width_px=frame.width_px,
        height_px=frame.height_px,
        bottom_text="0%" if shows_late else "0",
        top_text=f"{top:.0%}" if shows_late else f"{top:g} min",
        has_few=any(value is None for row in values for value in row),
    )


def sector_title(name: str, sector: SectorResult) -> str:
    """Say how a sector's calls are answered."""
    calls = f"{sector.calls:,} call{'' if sector.calls == 1 else 's'}"
    if not sector.calls:
        return f"{name}: no calls"
    late = f"{1 - sector.within_target / sector.calls:.1%} late or never"
    mean = f", mean response {sector.mean_response_minutes:.1f} min" if sector.HasField("mean_response_minutes") else ""
    return f"{name}: {calls}, {late}{mean}"


def _value(sector: SectorResult, shows_late: bool) -> float | None:
    if sector.calls < LEAST_CALLS:
        return None
    if shows_late:
        return float(1 - sector.within_target / sector.calls)
    return sector.mean_response_minutes if sector.HasField("mean_response_minutes") else None


def _map(area: Area, frame: Frame, result: SimulationResult, values: Sequence[float | None], top: float) -> ResponseMap:
    shades = []
    for sector, found, value in zip(area.sectors, result.sectors, values, strict=True):
        shade = None if value is None else _shade(value, top)
        is_worst = sector.id == result.worst_sector_id and result.within_target < result.calls
        title = sector_title(plain_name(sector.name), found)
        shades.append(SectorShade(frame.geometry(sector.geometry_geojson), shade, title, is_worst))
    shades.sort(key=lambda shade: shade.is_worst)  # its outline is drawn last, over the others
    return ResponseMap(result.name, tuple(shades), _summary(result))


def _shade(value: float, top: float) -> int:
    """Class of a value on an even scale: 0 for none, then 1 to `CLASS_COUNT`."""
    return int(np.clip(np.ceil(value / top * CLASS_COUNT), 0, CLASS_COUNT))


def _summary(result: SimulationResult) -> str:
    late = f"{result.failure_rate.value:.1%} late" if result.HasField("failure_rate") else "no calls"
    mean = f", mean {result.mean_response_minutes:.1f} min" if result.HasField("mean_response_minutes") else ""
    return f"{late}{mean}"
