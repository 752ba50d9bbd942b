"""Compose the page of an evaluation: one HTML document that needs nothing but itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from cli.predict_report.interval_words import estimate_words, has_interval
from cli.predict_report.maps import cell_map
from cli.predict_report.plots import days_plot, deviance_plot, reliability_plot
from officers.area.v1.area_pb2 import Area
from officers.predictor.v1.predictor_pb2 import Coverage, EvaluateModelResponse, MatchScore, PredictorScore

STYLE_PACKAGE = "cli.report"


@dataclass(frozen=True)
class MatchRow:
    """F1 within one window: samples, with heaped times spread, samples against samples, the most likely set."""

    window: str
    sampled: float
    spread: float
    self_match: float
    likely: float | None
    likely_precision: float | None
    likely_recall: float | None


@dataclass(frozen=True)
class CoverageRow:
    """Coverage of one kind of total: nominal and covered shares, one after the other."""

    total: str
    count: int
    covered: tuple[tuple[float, float], ...]


def render_evaluation(area: Area, answer: EvaluateModelResponse) -> str:
    """Render an evaluation; the scored model is the first of its scores."""
    model = answer.scores[0]
    top = max(*answer.actual_by_cell, *model.predicted_by_cell, 1.0)
    first = date.fromisoformat(answer.from_date)
    titles = [f"{first + timedelta(days=day):%-d %b}" for day in range(len(answer.actual_by_day))]
    return (
        _environment()
        .get_template("evaluation.html")
        .render(
            area=area,
            answer=answer,
            model=model,
            headline=headline(answer),
            deviances=deviance_plot(answer.scores),
            reliability=reliability_plot(model.reliability),
            days=days_plot(answer.actual_by_day, model.predicted_by_day, titles),
            maps=(
                ("Recorded", cell_map(area, answer.grid, answer.actual_by_cell, top)),
                ("Predicted", cell_map(area, answer.grid, model.predicted_by_cell, top)),
            ),
            matches=match_rows(model),
            coverages=coverage_rows(model.coverages),
        )
    )


def headline(answer: EvaluateModelResponse) -> str:
    """Say in a sentence how the model compares with the separable baseline."""
    relative = answer.scores[0].relative_deviance
    better = f"{abs(relative.value):.2%} {'lower' if relative.value < 0 else 'higher'}"
    verdict = "There is no saying whether that is chance."
    if has_interval(relative):
        includes = relative.low <= 0 <= relative.high
        verdict = f"The interval {'includes' if includes else 'excludes'} no difference."
    interval = f"90 % interval {estimate_words(relative)}"
    return f"The model's deviance is {better} than that of cell mean × hour of the week ({interval}). {verdict}"


def match_rows(model: PredictorScore) -> tuple[MatchRow, ...]:
    """One row per window."""
    likely: list[MatchScore | None] = [*model.likely_match_scores] or [None] * len(model.match_scores)
    kinds = (model.match_scores, model.spread_match_scores, model.self_match_scores, likely)
    return tuple(
        MatchRow(
            f"{match.distance_m:,.0f} m, {match.minutes:g} min",
            match.f1,
            spread.f1,
            own.f1,
            chosen.f1 if chosen else None,
            chosen.precision if chosen else None,
            chosen.recall if chosen else None,
        )
        for match, spread, own, chosen in zip(*kinds, strict=True)
    )


def coverage_rows(coverages: Sequence[Coverage]) -> tuple[CoverageRow, ...]:
    """One row per kind of total."""
    totals = dict.fromkeys(coverage.total for coverage in coverages)
    return tuple(
        CoverageRow(
            total,
            next(each.total_count for each in coverages if each.total == total),
            tuple((each.nominal, each.covered) for each in coverages if each.total == total),
        )
        for total in totals
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_template_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["share"] = lambda value: "–" if value is None else f"{value:.1%}"
    environment.filters["f1"] = lambda value: "–" if value is None else f"{value:.3f}"
    environment.filters["change"] = lambda value: f"{value:+.2%}".replace("-", "−")
    environment.filters["interval"] = lambda estimate: estimate_words(estimate).replace("-", "−")
    # The style is a file of the package, not data, and must not be escaped.
    environment.globals["style"] = Markup(_style())
    return environment


def _style() -> str:
    shared = (resources.files(STYLE_PACKAGE) / "templates" / "report.css").read_text(encoding="utf-8")
    return shared + _template_text("evaluation.css")


def _template_text(name: str) -> str:
    return (resources.files("cli.predict_report") / "templates" / name).read_text(encoding="utf-8")
