"""Plots as SVG: reliability, daily totals and relative deviances."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cli.predict_report.interval_words import estimate_words, has_interval
from officers.predictor.v1.predictor_pb2 import Estimate, PredictorScore, ReliabilityBin

WIDTH_PX, HEIGHT_PX, MARGIN_PX = 460, 380, 56
DAYS_WIDTH_PX, DAYS_HEIGHT_PX = 1000, 240
BAR_LEFT_PX, BAR_ROW_PX = 150, 26
TICKS = (1.0, 2.0, 5.0)


@dataclass(frozen=True)
class Mark:
    """A point with the ends of its interval, pixels; `title` is for the pointer."""

    x_px: float
    y_px: float
    low_px: float
    high_px: float
    title: str


@dataclass(frozen=True)
class Tick:
    """A labelled place on an axis, pixels from its start."""

    at_px: float
    label: str


@dataclass(frozen=True)
class ReliabilityPlot:
    """Recorded over predicted incidents, both on logarithmic axes, with the line of perfect reliability."""

    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    width_px: int = WIDTH_PX
    height_px: int = HEIGHT_PX
    margin_px: int = MARGIN_PX


@dataclass(frozen=True)
class DaysPlot:
    """Recorded and predicted incidents per day as SVG paths."""

    recorded: str
    predicted: str
    ticks: tuple[Tick, ...]
    levels: tuple[Tick, ...]
    width_px: int = DAYS_WIDTH_PX
    height_px: int = DAYS_HEIGHT_PX


@dataclass(frozen=True)
class DevianceBar:
    """One predictor's relative deviance with its interval, pixels."""

    name: str
    label: str
    y_px: float
    mark: Mark


@dataclass(frozen=True)
class DeviancePlot:
    """Relative deviances of all predictors over the reference, which is the zero line."""

    bars: tuple[DevianceBar, ...]
    zero_px: float
    ticks: tuple[Tick, ...]
    height_px: float
    width_px: int = 720


def reliability_plot(groups: Sequence[ReliabilityBin]) -> ReliabilityPlot:
    """Draw groups of cells and frames with intervals of two standard errors; groups without incidents are left out."""
    shown = [group for group in groups if group.recorded > 0 and group.predicted > 0]
    ends = [value for group in shown for value in (group.predicted, group.recorded)] or [0.1, 1.0]
    low, high = np.log10(min(ends)) - 0.15, np.log10(max(ends)) + 0.15

    def along(value: float, length_px: float) -> float:
        return float((np.log10(max(value, 1e-12)) - low) / (high - low) * length_px)

    inner_x, inner_y = WIDTH_PX - 2 * MARGIN_PX, HEIGHT_PX - 2 * MARGIN_PX
    marks = []
    for group in shown:
        spread = 2 * group.standard_error
        y_px, low_px, high_px = (
            round(HEIGHT_PX - MARGIN_PX - min(max(along(value, inner_y), 0.0), inner_y), 1)
            for value in (group.recorded, group.recorded - spread, group.recorded + spread)
        )
        title = f"predicted {group.predicted:.3g}, recorded {group.recorded:.3g}, {group.count:,} cells and frames"
        marks.append(Mark(round(MARGIN_PX + along(group.predicted, inner_x), 1), y_px, low_px, high_px, title))
    ticks = [
        Tick(round((np.log10(value) - low) / (high - low), 4), f"{value:g}")
        for value in (round(step * 10.0**power, 9) for power in range(-6, 4) for step in TICKS)
        if low <= np.log10(value) <= high
    ]
    return ReliabilityPlot(tuple(marks), tuple(ticks))


def days_plot(recorded: Sequence[float], predicted: Sequence[float], titles: Sequence[str]) -> DaysPlot:
    """Draw totals per day; `titles` name some of the days along the axis, evenly spaced."""
    top = max(*recorded, *predicted, 1.0) * 1.08
    left, right, bottom = 44, DAYS_WIDTH_PX - 12, DAYS_HEIGHT_PX - 28
    step = (right - left) / max(1, len(recorded) - 1)

    def path(values: Sequence[float]) -> str:
        places = (
            f"{left + step * day:.1f} {bottom - value / top * (bottom - 10):.1f}" for day, value in enumerate(values)
        )
        return "M" + "L".join(places)

    every = max(1, len(titles) // 7)
    ticks = tuple(Tick(round(left + step * day, 1), titles[day]) for day in range(0, len(titles), every))
    step_up = 10.0 ** np.floor(np.log10(top)) / (1 if top / 10.0 ** np.floor(np.log10(top)) >= 4 else 2)
    values = np.arange(0, top, step_up)
    levels = tuple(Tick(round(bottom - value / top * (bottom - 10), 1), f"{value:,.0f}") for value in values.tolist())
    return DaysPlot(path(recorded), path(predicted), ticks, levels)


def deviance_plot(scores: Sequence[PredictorScore]) -> DeviancePlot:
    """Draw relative deviances, best first."""
    shown = sorted(scores, key=lambda score: score.relative_deviance.value)
    ends = [end for score in shown for end in _interval(score.relative_deviance)]
    low, high = min(0.0, *ends) - 0.002, min(max(0.0, *ends), 0.06) + 0.002
    width = DeviancePlot.width_px - BAR_LEFT_PX - 90

    def at(value: float) -> float:
        return round(BAR_LEFT_PX + (min(max(value, low), high) - low) / (high - low) * width, 1)

    bars = []
    for row, score in enumerate(shown):
        relative = score.relative_deviance
        title = f"{relative.value:+.2%}, 90 % interval {estimate_words(relative)}"
        y_px = 20.0 + BAR_ROW_PX * row
        end_low, end_high = _interval(relative)
        mark = Mark(at(relative.value), y_px, at(end_low), at(end_high), title)
        bars.append(DevianceBar(score.predictor.replace("_", " "), f"{relative.value:+.2%}", y_px, mark))
    step = 0.005 if high - low < 0.04 else 0.01
    values = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
    ticks = tuple(Tick(at(float(value)), f"{value:+.1%}") for value in values)
    return DeviancePlot(tuple(bars), at(0.0), ticks, 30.0 + BAR_ROW_PX * len(bars) + 20)


def _interval(estimate: Estimate) -> tuple[float, float]:
    """Return both ends of an interval, the figure itself where there is none."""
    return (estimate.low, estimate.high) if has_interval(estimate) else (estimate.value, estimate.value)
