"""A small area for tests."""

import json
from collections.abc import Mapping, Sequence

from officers.area.v1.area_pb2 import PRIORITY_URGENT, TIME_PRECISION_MINUTE, Area

SECTOR_IDS = ("A", "B", "C")


def make_area(*, has_roads: bool = False, teams: Mapping[str, Sequence[str]] | None = None) -> Area:
    """Return an area in New York's time zone with three sectors, a day, an evening and a night shift.

    `teams` are sectors by the name of their team; None: the area has no teams.
    """
    area = Area(
        name="Testville",
        time_zone="America/New_York",
        train_until_date="2014-12-31",
        time_precision=TIME_PRECISION_MINUTE,
        incidents_artifact="0" * 64,
        road_nodes_artifact="1" * 64 if has_roads else "",
        road_arcs_artifact="2" * 64 if has_roads else "",
    )
    area.grid.row_count, area.grid.column_count = 2, 3
    area.grid.cell_height_degrees = area.grid.cell_width_degrees = 0.01
    area.service_types.add(type="robbery", priority=PRIORITY_URGENT, target_minutes=15, cars_required=1)
    area.travel.speed_km_h, area.travel.urgent_speed_km_h, area.travel.detour_factor = 24.0, 36.0, 1.35
    for name, start, hours in (("day", "08:00", 8.0), ("evening", "16:30", 7.5), ("night", "20:00", 12.0)):
        area.shifts.add(name=name, start=start, hours=hours, cars=4)
    for number, sector_id in enumerate(SECTOR_IDS):
        sector = area.sectors.add(id=sector_id, name=f"Sector {sector_id}", geometry_geojson=_square(number))
        sector.adjacent_sector_ids.extend(SECTOR_IDS[max(0, number - 1) : number] + SECTOR_IDS[number + 1 : number + 2])
        sector.centre.latitude, sector.centre.longitude = 40.705, -73.995 + 0.01 * number
    for name, sector_ids in (teams or {}).items():
        area.teams.add(name=name, sector_ids=sector_ids)
    return area


def _square(number: int) -> str:
    west, east = -74.0 + 0.01 * number, -73.99 + 0.01 * number
    ring = [[west, 40.7], [east, 40.7], [east, 40.71], [west, 40.71], [west, 40.7]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})
