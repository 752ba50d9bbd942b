"""The figures of a bench as tables for people and as JSON, and what they must show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from rich.table import Table

from cli.demand_bench.speed import Speed
from cli.demand_bench.timeline import Measured, change, relative_change
from services.demand.arrays import FloatArray
from services.demand.intervals import Interval


@dataclass(frozen=True)
class Study:
    """Deployments on the same calls, and the one that the others are compared with.

    Parameters
    ----------
    laying_failures
        Failures of each deployment with the weeks laid over each other in several ways; empty: not replayed so.
    """

    title: str
    measured: Mapping[str, Measured]
    reference: str
    laying_failures: Mapping[str, FloatArray] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """Something that a bench must show, and whether it does."""

    subject: str
    wanted: str
    found: str
    met: bool


def study_table(study: Study, copies: int, seed: int) -> Table:
    """Lay out a study."""
    reference = study.measured[study.reference]
    title = f"{study.title}: {reference.calls.sum():,.0f} calls in {len(reference.calls)} weeks"
    table = Table(title=title, title_justify="left")
    table.add_column("Deployment")
    headings = ["Late or never", "Against reference", "90 %", "Mean, min", "Busy", "Moves a day"]
    if study.laying_failures:
        headings.append(f"Over {len(study.laying_failures[study.reference])} layings")
    for heading in headings:
        table.add_column(heading, justify="right")
    for name, measured in study.measured.items():
        compared = change(measured, reference, copies, seed)
        table.add_row(
            f"{name} (reference)" if name == study.reference else name,
            f"{measured.failure_rate:.2%}",
            f"{compared.value:+.1%}",
            f"{compared.low:+.1%} to {compared.high:+.1%}",
            f"{measured.mean_response_minutes:.2f}",
            f"{measured.utilisation:.1%}",
            f"{measured.moves_per_day:.0f}" if measured.moves_per_day else "–",
            *([_over_layings(study, name)] if study.laying_failures else []),
        )
    return table


def _over_layings(study: Study, name: str) -> str:
    """Return failures over the reference's, less one: of all layings, and the least and most of one."""
    failures, reference = (study.laying_failures[each] for each in (name, study.reference))
    changes = [relative_change(failures[[laying]], reference[[laying]], 0).value for laying in range(len(failures))]
    total = relative_change(failures.sum(keepdims=True), reference.sum(keepdims=True), 0).value
    return f"{total:+.1%} ({min(changes):+.1%} to {max(changes):+.1%})"


def study_figures(study: Study, copies: int, seed: int) -> dict[str, Any]:
    """Return a study for JSON; None where there is no number."""
    reference = study.measured[study.reference]
    return {
        "study": study.title,
        "reference": study.reference,
        "deployments": [
            {
                "name": name,
                "failure_rate": measured.failure_rate,
                "change": _interval(change(measured, reference, copies, seed)),
                "weekly_failures": measured.failures.tolist(),
                "weekly_calls": measured.calls.tolist(),
                "laying_failures": study.laying_failures[name].tolist() if study.laying_failures else [],
                "mean_response_minutes": _finite(measured.mean_response_minutes),
                "utilisation": measured.utilisation,
                "moves_per_day": measured.moves_per_day,
            }
            for name, measured in study.measured.items()
        ],
    }


def fewer_failures(study: Study, name: str, least: float, copies: int, seed: int, subject: str) -> Check:
    """Check that a deployment fails at least by a share less often than the study's reference, beyond noise."""
    found = change(study.measured[name], study.measured[study.reference], copies, seed)
    return Check(
        subject,
        f"at least {least:.0%} fewer failures than {study.reference}",
        _words(found),
        found.value <= -least and found.high < 0,
    )


def no_more_failures(subject: str, found: Interval) -> Check:
    """Check that failures are at most as many, as far as was measured."""
    return Check(subject, "at most as many failures", _words(found), found.value <= 0)


def not_worse(subject: str, found: Interval) -> Check:
    """Check that failures do not rise beyond noise."""
    return Check(subject, "not worse beyond noise", _words(found), not found.low > 0)


def _words(change: Interval) -> str:
    return f"{change.value:+.1%} ({change.low:+.1%} to {change.high:+.1%})"


def speed_checks(speeds: Sequence[Speed]) -> list[Check]:
    """Return what was measured of speed."""
    return [Check(each.what, each.goal, f"{each.value:.2f} {each.unit}", each.met) for each in speeds]


def checks_table(checks: Sequence[Check]) -> Table:
    """Lay out checks."""
    table = Table(title="What it must show", title_justify="left")
    for heading in ("What", "Must show", "Shows", "Met"):
        table.add_column(heading)
    for check in checks:
        table.add_row(check.subject, check.wanted, check.found, "yes" if check.met else "NO")
    return table


def _interval(interval: Interval) -> dict[str, float | None]:
    return {"value": _finite(interval.value), "low": _finite(interval.low), "high": _finite(interval.high)}


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
