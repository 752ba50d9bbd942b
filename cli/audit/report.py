"""Audit results as Markdown for people and as JSON for machines."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

import numpy as np

from cli.audit.exposure import GroupExposure, Ratio
from cli.audit.feedback_study import EVERY_DAYS, FeedbackCase, FeedbackStudy
from cli.audit.sensitivity import SectorChange, Sensitivity, TypeEffect
from cli.policy_text import policy_lines
from officers.area.v1.area_pb2 import Area


@dataclass(frozen=True)
class ExposureReport:
    """An exposure audit: by group and, for reference, by sector; reported incidents are of so many whole weeks."""

    area: str
    shifts: tuple[str, ...]
    source: str
    model: str
    basis: str
    reported_weeks: int
    groups: tuple[GroupExposure, ...]
    sectors: tuple[GroupExposure, ...]


def to_json(result: object, area: Area) -> str:
    """Write a result dataclass, with the area's data policy beside it."""
    values = {"policy": policy_lines(area.policy), **_plain(asdict(result))}  # type: ignore[call-overload]
    return json.dumps(values, indent=1, allow_nan=False) + "\n"


def exposure_markdown(report: ExposureReport, area: Area) -> str:
    """Lay out an exposure audit."""
    lines = [
        f"# Exposure audit: {report.area}",
        "",
        f"Car hours: {report.source}; shifts {', '.join(report.shifts)}. Predicted by {report.model}. Reported: a mean "
        f"day of the {report.reported_weeks} weeks recorded in full in the year up to {area.train_until_date}, in the "
        f"hours of these shifts. Groups by {report.basis}.",
        "",
        *_policy(area),
        "",
        "A ratio compares a group with all others together; 1 is alike. Brackets: 90 % interval over resampled weeks "
        "and scenarios; bold: the interval leaves out 1. Recorded incidents are what was reported, not what happened.",
        "",
        *_exposure_table("Group", report.groups),
        "",
        "## By sector",
        "",
        *_exposure_table("Sector", report.sectors),
    ]
    return "\n".join(lines) + "\n"


def sensitivity_markdown(result: Sensitivity, area: Area) -> str:
    """Lay out what leaving each type out does."""
    rows = [_effect_row(effect) for effect in (result.noise, *result.effects)]
    header = (
        "Left out",
        "Share of records",
        "Calls moved",
        "Car hours moved",
        "Sectors that gain",
        "Sectors that lose",
    )
    lines = [
        f"# Sensitivity of the plan to incident types: {area.name}",
        "",
        f"Cars chosen for {', '.join(result.shifts)} with {result.model}, trained and drawn anew each time. Car hours "
        f"moved: share of all car hours that stands in another sector; calls moved: of the predicted calls. Another "
        f"seed alone moves {result.noise.moved_share:.1%} of the car hours and {result.noise.calls_moved_share:.1%} of "
        "the calls: less than that means nothing.",
        "",
        *_policy(area),
        "",
        *_table(header, rows),
    ]
    return "\n".join(lines) + "\n"


def feedback_markdown(study: FeedbackStudy, area: Area) -> str:
    """Lay out a feedback study."""
    third = (len(study.cases[0].distance_mean) - 1) // 3
    times = (0, third, 2 * third, len(study.cases[0].distance_mean) - 1)
    header = (
        "The model learns from",
        *(f"Day {time * EVERY_DAYS}" for time in times),
        "In the limit",
        "Busiest fifth",
        "Between runs",
        "Result",
    )
    lines = [
        f"# Feedback simulation: {area.name}",
        "",
        f"{study.reported_per_day.sum():.1f} reported incidents a day (mean of {study.reported_weeks} weeks recorded "
        f"in full) in {len(study.sector_ids)} sectors; "
        f"{study.looks_per_day} looks of patrol a day, placed as the model expects; memory {study.memory_days} days; "
        f"{study.runs} runs, seed {study.seed}. Figures: share of presence that is elsewhere than the incidents, mean "
        "over runs (90 % of runs). Busiest fifth: presence in the busiest fifth of the sectors over their share of "
        "incidents. After Ensign et al. (2018).",
        "",
        *_policy(area),
        "",
        *_table(header, [_case_row(case, times) for case in study.cases]),
    ]
    return "\n".join(lines) + "\n"


def _policy(area: Area) -> list[str]:
    return ["Data policy:", "", *(f"- {line}" for line in policy_lines(area.policy))]


def _exposure_table(first: str, entries: Sequence[GroupExposure]) -> list[str]:
    with_residents = any(entry.residents is not None for entry in entries)
    header = [first, "Car hours", "Reported a day", "Predicted", "Car hours per reported", "against the others"]
    header += ["Predicted per reported", "against the others"]
    header += ["Residents", "Car hours per 1,000 residents", "against the others"] if with_residents else []
    rows = []
    for entry in entries:
        row = [entry.name, f"{entry.car_hours:.1f}", f"{entry.reported_per_day:.2f}", f"{entry.predicted:.2f}"]
        row += [_number(entry.hours_per_reported), _ratio(entry.hours_per_reported_ratio)]
        row += [_number(entry.predicted_per_reported), _ratio(entry.predicted_per_reported_ratio)]
        if with_residents:
            row += [_number(entry.residents, ".0f"), _number(entry.hours_per_1000_residents)]
            row += [_ratio(entry.hours_per_1000_residents_ratio)]
        rows.append(row)
    return _table(header, rows)


def _effect_row(effect: TypeEffect) -> Sequence[str]:
    return (
        effect.left_out,
        f"{effect.record_share:.1%}",
        f"{effect.calls_moved_share:.1%}",
        f"{effect.moved_share:.1%}",
        _changes(effect.gains),
        _changes(effect.losses),
    )


def _case_row(case: FeedbackCase, times: Sequence[int]) -> Sequence[str]:
    return (
        case.title,
        *(f"{case.distance_mean[t]:.3f} ({case.distance_low[t]:.3f}–{case.distance_high[t]:.3f})" for t in times),
        f"{case.limit_distance:.3f}",
        f"{case.busiest_ratio[0]:.2f} ({case.busiest_ratio[1]:.2f}–{case.busiest_ratio[2]:.2f})",
        f"{case.run_spread:.3f}",
        case.verdict.value,
    )


def _changes(changes: Iterable[SectorChange]) -> str:
    found = (f"{change.sector_id} {change.share_before:.1%} → {change.share_after:.1%}" for change in changes)
    return ", ".join(found) or "–"


def _ratio(ratio: Ratio | None) -> str:
    if ratio is None:
        return "–"
    text = f"{ratio.value:.2f}"
    if ratio.low is not None and ratio.high is not None:
        text += f" ({ratio.low:.2f}–{ratio.high:.2f})"
    return f"**{text}**" if ratio.is_clear else text


def _number(value: float | None, form: str = ".2f") -> str:
    return "–" if value is None else format(value, form)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    cells = [header, ["---"] * len(header), *rows]
    return ["| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in cells]


def _plain(value: Any) -> Any:
    """Turn arrays and enums into what JSON has."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    return value.value if isinstance(value, Enum) else value
