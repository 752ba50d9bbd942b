"""The figures of a bench, as rows: printed as tables, written as JSON, and held against what they must show."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from rich.table import Table

from cli.predict_bench.trials import Trial
from cli.predict_report.interval_words import interval_words
from services.predictor.score_predictor import PredictorScore


@dataclass(frozen=True)
class Row:
    """One model on one grid; deviance is relative to the separable baseline, less one."""

    area: str
    grid: str
    frame_minutes: int
    champion: bool
    choose_deviance: float
    cpu_seconds: float
    actual_count: int
    score: PredictorScore

    @property
    def model(self) -> str:
        """The model's file name."""
        return self.score.predictor

    def figures(self) -> dict[str, object]:
        """Return the row for JSON; arrays by cell and day are left out."""
        score = asdict(self.score)
        del score["predicted_by_cell"], score["predicted_by_day"]
        return {
            "area": self.area,
            "grid": self.grid,
            "frame_minutes": self.frame_minutes,
            "champion": self.champion,
            "choose_deviance": self.choose_deviance,
            "cpu_seconds": self.cpu_seconds,
            "actual_count": self.actual_count,
            "predicted_minus_actual": self.score.predicted_count - self.actual_count,
            **score,
        }


def rows_of(
    area: str,
    grid: str,
    frame_minutes: int,
    trials: Iterable[Trial],
    scores: Iterable[PredictorScore],
    champion: str,
    actual_count: int,
) -> list[Row]:
    """Join trials with their scores."""
    return [
        Row(
            area,
            grid,
            frame_minutes,
            score.predictor == champion,
            trial.choose_deviance,
            trial.cpu_seconds,
            actual_count,
            score,
        )
        for trial, score in zip(trials, scores, strict=True)
    ]


def grid_table(rows: Sequence[Row]) -> Table:
    """Lay out all models on one grid: deviance, level, F1 per window."""
    first = rows[0]
    title = f"{first.area}, {first.grid}, frames of {first.frame_minutes} min, {first.actual_count} incidents"
    table = Table(title=title, title_justify="left")
    table.add_column("Model")
    windows = [
        f"{score.window.distance_m / 1000:g} km {score.window.minutes:g} min" for score in first.score.match_scores
    ]
    for heading in ("Deviance", "90 %", "RMSE", "Predicted - actual", *(f"F1 {each}" for each in windows), "CPU s"):
        table.add_column(heading, justify="right")
    for row in sorted(rows, key=lambda each: each.score.relative_deviance.value):
        relative = row.score.relative_deviance
        table.add_row(
            f"{row.model} *" if row.champion else row.model,
            f"{relative.value:+.2%}",
            interval_words(relative.low, relative.high),
            f"{row.score.rmse:.5f}",
            f"{row.score.predicted_count - row.actual_count:+.0f}",
            *(f"{match.f1:.3f}" for match in row.score.match_scores),
            f"{row.cpu_seconds:.0f}",
        )
    return table


def champion_table(rows: Sequence[Row]) -> Table:
    """Lay out what sampling, the champion against itself and the most likely set reach, on every grid."""
    table = Table(
        title="Champions: F1 of samples, with heaped times spread, against other samples, and of the most likely set",
        title_justify="left",
    )
    for heading in ("Grid", "Frames", "Champion", "Samples", "Heaped times spread", "Self-match", "Most likely set"):
        table.add_column(heading)
    for row in rows:
        if row.champion:
            score = row.score
            matches = (score.match_scores, score.spread_match_scores, score.self_match_scores)
            kinds = (*matches, score.likely_match_scores)
            f1 = ("  ".join(f"{match.f1:.3f}" for match in kind) for kind in kinds)
            table.add_row(row.grid, f"{row.frame_minutes} min", row.model, *f1)
    return table
