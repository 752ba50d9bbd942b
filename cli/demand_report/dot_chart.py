"""Rows of dots on one axis: estimates with their intervals, or the way from a mean to a 90th percentile."""

from collections.abc import Sequence
from dataclasses import dataclass

from cli.demand_report.axis import Axis, Tick

LABEL_PX, VALUE_PX, ROW_PX, TOP_PX, FOOT_PX = 196, 66, 28, 12, 30
MOST_CHARACTERS = 29


@dataclass(frozen=True)
class DotValue:
    """One row: an estimate with the ends of a line; `style` is its class in drawings."""

    name: str
    value: float
    low: float
    high: float
    text: str
    title: str
    style: str


@dataclass(frozen=True)
class Dot:
    """One row in pixels."""

    name: str
    full_name: str
    text: str
    title: str
    style: str
    y_px: float
    at_px: float
    low_px: float
    high_px: float


@dataclass(frozen=True)
class DotChart:
    """What the template draws; `marks_low`: the line begins at a mark of its own."""

    label: str
    dots: tuple[Dot, ...]
    ticks: tuple[Tick, ...]
    width_px: int
    height_px: int
    marks_low: bool
    label_px: int = LABEL_PX
    value_px: int = VALUE_PX


def dot_chart(
    label: str, values: Sequence[DotValue], in_percent: bool, width_px: int = 760, marks_low: bool = False
) -> DotChart:
    """Draw rows on an axis that begins at 0, unless all intervals are far from it.

    Parameters
    ----------
    label
        What the chart shows, for readers who do not see it.
    in_percent
        Values are shares.
    """
    low, high = min(value.low for value in values), max(value.high for value in values)
    spread = max(high - low, abs(high) * 0.05, 1e-6)
    first = 0.0 if marks_low or low < 0.6 * high else low - 0.12 * spread
    axis = Axis(first, high + 0.06 * spread, LABEL_PX + 14, width_px - VALUE_PX - 10)
    dots = [
        Dot(
            name=shorten(value.name),
            full_name=value.name,
            text=value.text,
            title=value.title,
            style=value.style,
            y_px=TOP_PX + ROW_PX * (row + 0.5),
            at_px=axis.at(value.value),
            low_px=axis.at(value.low),
            high_px=axis.at(value.high),
        )
        for row, value in enumerate(values)
    ]
    height_px = TOP_PX + ROW_PX * len(values) + FOOT_PX
    return DotChart(label, tuple(dots), axis.ticks(in_percent), width_px, height_px, marks_low)


def shorten(name: str, most: int = MOST_CHARACTERS) -> str:
    """Cut a long name, its end kept.

    >>> shorten("plans/of/march/night.json", 12)
    '…/night.json'
    """
    return name if len(name) <= most else f"…{name[1 - most :]}"
