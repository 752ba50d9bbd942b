"""What a bench must show, held against what it shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

from cli.predict_bench.figures import Row
from cli.predict_bench.trials import REFERENCE
from cli.predict_report.interval_words import interval_words
from services.predictor.matching import MatchScore
from services.predictor.score_predictor import PredictorScore

LIKELY_F1 = (0.20, 0.38, 0.58, 0.67)
CHAMPION_GAIN = 0.009
SELF_MATCH_SHARE = 0.98
COVERAGE_POINTS = 0.02
DISPERSION_SHARE = 0.10
NETWORK, SMOOTHED = "st_resnet_poisson", "climatology"


@dataclass(frozen=True)
class Check:
    """Something that a bench must show, and whether it does."""

    subject: str
    wanted: str
    found: str
    met: bool


def checks(rows: Sequence[Row]) -> list[Check]:
    """Hold the rows of one grid against what they must show."""
    champion = next(row for row in rows if row.champion)
    relative = champion.score.relative_deviance
    by_model = {row.model: row.score.relative_deviance.value for row in rows}
    found = [
        Check(
            f"{champion.model} over {REFERENCE}",
            f"deviance at least {CHAMPION_GAIN:.1%} lower, 90 % interval below zero",
            f"{relative.value:+.2%} ({interval_words(relative.low, relative.high)})",
            relative.value <= -CHAMPION_GAIN and relative.is_below_zero,
        )
    ]
    if NETWORK in by_model and SMOOTHED in by_model:
        values = by_model[NETWORK], by_model[SMOOTHED]
        found.append(
            Check(
                f"{NETWORK} over {SMOOTHED}",
                "not worse",
                f"{values[0]:+.2%} to {values[1]:+.2%}",
                values[0] <= values[1],
            )
        )
    return [*found, *_match_checks(champion.score), *_spread_checks(champion.score)]


def _match_checks(score: PredictorScore) -> list[Check]:
    likely = [match.f1 for match in score.likely_match_scores]
    return [
        _self_match_check("samples against self-match", score.match_scores, score),
        _self_match_check("the same, heaped times spread", score.spread_match_scores, score),
        Check(
            "most likely set",
            "F1 at least " + ", ".join(f"{f1:.2f}" for f1 in LIKELY_F1),
            ", ".join(f"{f1:.3f}" for f1 in likely),
            len(likely) == len(LIKELY_F1) and all(f1 >= least for f1, least in zip(likely, LIKELY_F1, strict=True)),
        ),
    ]


def _self_match_check(subject: str, matches: Sequence[MatchScore], score: PredictorScore) -> Check:
    pairs = zip(matches, score.self_match_scores, strict=True)
    shares = [match.f1 / own.f1 if own.f1 else 0.0 for match, own in pairs]
    return Check(
        subject,
        f"F1 at least {SELF_MATCH_SHARE:.0%} of it in every window",
        ", ".join(f"{share:.1%}" for share in shares),
        min(shares) >= SELF_MATCH_SHARE,
    )


def _spread_checks(score: PredictorScore) -> list[Check]:
    covered = [
        Check(
            f"coverage of {coverage.total} totals",
            f"{coverage.nominal:.0%} ± {100 * COVERAGE_POINTS:g} points",
            f"{coverage.covered:.1%}",
            abs(coverage.covered - coverage.nominal) <= COVERAGE_POINTS,
        )
        for coverage in score.coverages
        if coverage.total in ("sector hour", "shift")
    ]
    day = next(each for each in score.dispersions if each.total == "day")
    return [
        *covered,
        Check(
            "daily variance over mean",
            f"within {DISPERSION_SHARE:.0%} of the recorded {day.recorded:.2f}",
            f"{day.sampled:.2f}",
            abs(day.sampled - day.recorded) <= DISPERSION_SHARE * day.recorded,
        ),
    ]


def checks_table(title: str, found: Sequence[Check]) -> Table:
    """Lay out checks."""
    table = Table(title=title, title_justify="left")
    for heading in ("What", "Must show", "Shows", "Met"):
        table.add_column(heading)
    for check in found:
        table.add_row(check.subject, check.wanted, check.found, "yes" if check.met else "NO")
    return table
