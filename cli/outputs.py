"""The files of a run for other programs: plan.json, schedule.csv, routes.geojson."""

import csv
import io
import json
from typing import Any

from google.protobuf.json_format import MessageToDict

from cli.outcome import Outcome, ShiftOutcome, period_starts
from officers.gateway.v1.gateway_pb2 import SectorRoutes

SCHEDULE_COLUMNS = ("date", "shift", "period_start", "car", "sector_id", "sector")


def plan_json(outcome: Outcome) -> str:
    """Return the plans as proto3 JSON, with the replays of the recorded calls beside them."""
    document = {
        "plans": [MessageToDict(shift.plan) for shift in outcome.shifts],
        "replays": [
            {
                "plan": shift.plan.name,
                "calls": len(shift.replay.calls),
                "results": [MessageToDict(result) for result in shift.replay.results],
            }
            for shift in outcome.shifts
        ],
    }
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def schedule_csv(outcome: Outcome) -> str:
    """Return one line per car and period on duty; times are local with their offset."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(SCHEDULE_COLUMNS)
    names = {sector.id: sector.name for sector in outcome.area.sectors}
    for shift in outcome.shifts:
        starts = period_starts(shift.plan, outcome.time_zone)
        for assignment in shift.plan.result.schedule.assignments:
            for start, sector in zip(starts, assignment.sectors, strict=True):
                if sector:
                    day, time = starts[0].date().isoformat(), start.isoformat(timespec="minutes")
                    writer.writerow((day, shift.plan.shift, time, assignment.car_id, sector, names[sector]))
    return buffer.getvalue()


def routes_geojson(outcome: Outcome) -> str:
    """Return every route as a line with its figures; example routes elsewhere say so."""
    features = [
        feature
        for shift in outcome.shifts
        for sector in shift.plan.result.routes
        for feature in _features(shift, sector)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, allow_nan=False) + "\n"


def _features(shift: ShiftOutcome, sector: SectorRoutes) -> list[dict[str, Any]]:
    return [
        {
            "type": "Feature",
            "geometry": {
                "type": "LineString",
                "coordinates": [[round(point.longitude, 6), round(point.latitude, 6)] for point in route.line],
            },
            "properties": {
                "shift": shift.plan.shift,
                "plan": shift.plan.name,
                "sector_id": sector.sector_id or None,
                "network": sector.network.name,
                "is_example_elsewhere": not sector.sector_id,
                "route": number,
                "minutes": round(route.minutes, 3),
                "length_m": round(route.length_m, 1),
                "reward": round(route.reward, 4),
                "seed": sector.quality.seed,
            },
        }
        for number, route in enumerate(sector.routes, start=1)
    ]
