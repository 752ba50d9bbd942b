"""What `officers routes plan` prints."""

import json
from dataclasses import asdict
from pathlib import Path

from services.routes.planning import Route
from services.routes.quality import RouteSetQuality
from services.routes.survey import FileExclusions, Survey


def summary_json(survey: Survey, planned: list[Route], quality: RouteSetQuality, out: Path) -> str:
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
            **({} if survey.exclusions is None else {"streets_file": asdict(survey.exclusions)}),
        },
        allow_nan=False,
    )


def summary_text(survey: Survey, planned: list[Route], quality: RouteSetQuality, out: Path) -> str:
    """Return what was planned, a line per route."""
    network = survey.network
    fit = "not defined" if quality.r2 is None else f"{quality.r2:.2f}"
    return "\n".join(
        [
            f"{network.name}: {network.segment_count} street segments, {network.lengths_m.sum() / 1000:.1f} km, "
            f"{survey.incident_count} past incidents; left out: {network.excluded_segment_count} segments, "
            f"{survey.excluded_incident_count} incidents.",
            *([] if survey.exclusions is None else [_left_out_text(survey.exclusions)]),
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


def _left_out_text(exclusions: FileExclusions) -> str:
    unknown = exclusions.unknown_one_way_count
    two_way = f" Directions of {unknown} features are not understood; they are two-way." if unknown else ""
    return (
        f"Of the file left out: {exclusions.unusable_count} unusable features or pieces, {exclusions.outside_count} "
        f"pieces outside, {exclusions.unused_turn_rule_count} of {exclusions.turn_rule_count} turn restrictions."
        f"{two_way}"
    )
