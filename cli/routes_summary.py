"""What `officers routes plan` prints."""

import json
from dataclasses import asdict
from pathlib import Path

from services.routes.imports.streets_file import ImportedStreets
from services.routes.planning import Route
from services.routes.quality import RouteSetQuality
from services.routes.survey import Survey


def summary_json(
    survey: Survey, imported: ImportedStreets | None, planned: list[Route], quality: RouteSetQuality, out: Path
) -> str:
    """Return what was planned as JSON; `streets_file` is there for streets from a file."""
    return json.dumps(
        {
            "network": survey.network.name,
            "segment_count": survey.network.segment_count,
            "excluded_segment_count": survey.network.excluded_segment_count,
            "incident_count": survey.incident_count,
            "significant_segment_count": int((survey.gi_star_p < 0.05).sum()),
            "stability_r2": survey.stability_r2,
            "excluded_incident_count": survey.excluded_incident_count,
            "routes": [
                {"minutes": route.minutes, "length_m": route.length_m, "reward": route.reward} for route in planned
            ],
            "quality": asdict(quality),
            "out": str(out),
            **({} if imported is None else {"streets_file": _left_out(imported)}),
        },
        allow_nan=False,
    )


def summary_text(
    survey: Survey, imported: ImportedStreets | None, planned: list[Route], quality: RouteSetQuality, out: Path
) -> str:
    """Return what was planned, a line per route."""
    network = survey.network
    fit = "not defined" if quality.r2 is None else f"{quality.r2:.2f}"
    return "\n".join(
        [
            f"{network.name}: {network.segment_count} street segments, {network.lengths_m.sum() / 1000:.1f} km, "
            f"{survey.incident_count} past incidents; left out: {network.excluded_segment_count} segments, "
            f"{survey.excluded_incident_count} incidents.",
            *([] if imported is None else [_left_out_text(imported)]),
            *(
                f"Route {number}: {route.minutes:.1f} min, {route.length_m / 1000:.2f} km, reward {route.reward:.2f}"
                for number, route in enumerate(planned, start=1)
            ),
            f"R² of visits on likelihood {fit}, mean reward {quality.mean_reward:.2f}, next turn "
            f"{quality.entropy_bits:.2f} bits, {quality.never_visited_segment_count} segments not visited, "
            f"seed {quality.seed}.",
            f"Written to {out}.",
        ]
    )


def _left_out(imported: ImportedStreets) -> dict[str, int]:
    return {
        "excluded_count": imported.excluded_count,
        "outside_count": imported.outside_count,
        "turn_rule_count": imported.turn_rule_count,
        "unused_turn_rule_count": imported.unused_turn_rule_count,
    }


def _left_out_text(imported: ImportedStreets) -> str:
    return (
        f"Of the file left out: {imported.excluded_count} unusable features or pieces, {imported.outside_count} pieces "
        f"outside, {imported.unused_turn_rule_count} of {imported.turn_rule_count} turn restrictions."
    )
