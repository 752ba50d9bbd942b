"""Routes as GeoJSON (RFC 7946)."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from services.routes.planning import PlanOptions, Route
from services.routes.survey import Survey

DECIMALS = 6
"""Of a degree: about a decimetre."""


def routes_geojson(survey: Survey, options: PlanOptions, routes: Sequence[Route]) -> str:
    """Return one LineString per route, with its figures and what it was planned from."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": route.line.round(DECIMALS).tolist()},
            "properties": _properties(survey, options, route, number),
        }
        for number, route in enumerate(routes, start=1)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, allow_nan=False) + "\n"


def _properties(survey: Survey, options: PlanOptions, route: Route, number: int) -> dict[str, Any]:
    return {
        "network": survey.network.name,
        "route": number,
        "minutes": round(route.minutes, 3),
        "length_m": round(route.length_m, 1),
        "reward": round(route.reward, 4),
        "reward_kind": options.reward.value,
        "crew": route.crew,
        "turns": [asdict(stretch) for stretch in route.turns],
        "streets": _street_names(survey, route),
        "seed": options.seed,
    }


def _street_names(survey: Survey, route: Route) -> list[str]:
    """Return the names of the streets in driven order, each once per stretch; unnamed ones are left out."""
    names = [survey.network.names[segment] for segment in route.segments]
    stretches = [name for before, name in zip(["", *names], names, strict=False) if name != before]
    return [name for name in stretches if name]
