"""Lines over an axis of hours or crews, with bands of intervals, steps, and bars of how many calls they rest on."""

from collections.abc import Sequence
from dataclasses import dataclass

from cli.demand_report.axis import Axis, Tick

LEFT_PX, RIGHT_PX, TOP_PX, FOOT_PX, BARS_PX = 46, 14, 12, 44, 34
LABEL_PX = 46
"""Room that a label of the axis below takes."""


@dataclass(frozen=True)
class Series:
    """Values along the axis; None: there is none.

    Parameters
    ----------
    titles
        One per value, for the pointer.
    low, high
        Ends of intervals, drawn as a band.
    """

    name: str
    style: str
    values: Sequence[float | None]
    titles: Sequence[str]
    low: Sequence[float] = ()
    high: Sequence[float] = ()


@dataclass(frozen=True)
class Mark:
    """A point in pixels."""

    x_px: float
    y_px: float
    title: str


@dataclass(frozen=True)
class Line:
    """A series in pixels: SVG paths, empty where there are none."""

    name: str
    style: str
    path: str
    band: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Bar:
    """A bar from the foot of the chart."""

    x_px: float
    y_px: float
    width_px: float
    height_px: float
    title: str


@dataclass(frozen=True)
class Rule:
    """A level across the chart with its name."""

    y_px: float
    label: str


@dataclass(frozen=True)
class LineChart:
    """What the template draws."""

    label: str
    x_label: str
    lines: tuple[Line, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    bars: tuple[Bar, ...]
    rule: Rule | None
    width_px: int
    height_px: int
    left_px: int
    right_px: float
    foot_px: float


@dataclass(frozen=True)
class ChartText:
    """What a chart is called for readers who do not see it, and under its axis; `in_percent`: values are shares."""

    label: str
    x_label: str
    in_percent: bool


def line_chart(
    text: ChartText,
    series: Sequence[Series],
    x_labels: Sequence[str],
    counts: Sequence[int] = (),
    level: tuple[float, str] | None = None,
    size_px: tuple[int, int] = (510, 280),
) -> LineChart:
    """Draw series whose values stand over `x_labels`, one each, from 0 up.

    Parameters
    ----------
    counts
        Calls at each label, drawn as bars at the foot.
    level
        A value to draw across the chart, and its name.
    """
    width_px, height_px = size_px
    ends = [value for one in series for value in (*one.values, *one.high) if value is not None]
    top = max([*ends, *([level[0]] if level else []), 1e-6]) * 1.08
    foot_px = float(height_px - FOOT_PX)
    across = Axis(-0.5, len(x_labels) - 0.5, LEFT_PX, width_px - RIGHT_PX)
    up = Axis(0.0, top, foot_px, TOP_PX)
    every = max(1, -(-len(x_labels) * LABEL_PX // (width_px - LEFT_PX)))
    return LineChart(
        label=text.label,
        x_label=text.x_label,
        lines=tuple(_line(one, across, up) for one in series),
        x_ticks=tuple(Tick(across.at(number), x_labels[number]) for number in range(0, len(x_labels), every)),
        y_ticks=up.ticks(text.in_percent, most=5),
        bars=_bars(counts, across, foot_px),
        rule=Rule(up.at(level[0]), level[1]) if level else None,
        width_px=width_px,
        height_px=height_px,
        left_px=LEFT_PX,
        right_px=float(width_px - RIGHT_PX),
        foot_px=foot_px,
    )


def step_path(values: Sequence[float], across: Axis, up: Axis) -> str:
    """SVG path of values that hold from one place to the next; the last to the axis' end."""
    places = [f"M{across.at(0)} {up.at(values[0])}"]
    for number, value in enumerate(values):
        places.append(f"V{up.at(value)}H{across.at(number + 1)}")
    return "".join(places)


def _line(series: Series, across: Axis, up: Axis) -> Line:
    marks = [
        Mark(across.at(number), up.at(value), title)
        for number, (value, title) in enumerate(zip(series.values, series.titles, strict=True))
        if value is not None
    ]
    return Line(series.name, series.style, _path(series.values, across, up), _band(series, across, up), tuple(marks))


def _path(values: Sequence[float | None], across: Axis, up: Axis) -> str:
    """Join values that follow each other; gaps stay open."""
    parts, joined = [], False
    for number, value in enumerate(values):
        if value is not None:
            parts.append(f"{'L' if joined else 'M'}{across.at(number)} {up.at(value)}")
        joined = value is not None
    return "".join(parts)


def _band(series: Series, across: Axis, up: Axis) -> str:
    if not series.low:
        return ""
    upper = [f"{across.at(number)} {up.at(value)}" for number, value in enumerate(series.high)]
    lower = [f"{across.at(number)} {up.at(value)}" for number, value in enumerate(series.low)]
    return f"M{'L'.join([*upper, *reversed(lower)])}Z"


def _bars(counts: Sequence[int], across: Axis, foot_px: float) -> tuple[Bar, ...]:
    most = max([*counts, 1])
    width_px = round((across.end_px - across.start_px) / max(len(counts), 1) * 0.7, 1)
    return tuple(
        Bar(
            x_px=round(across.at(number) - width_px / 2, 1),
            y_px=round(foot_px - BARS_PX * count / most, 1),
            width_px=width_px,
            height_px=round(BARS_PX * count / most, 1),
            title=f"{count:,} calls",
        )
        for number, count in enumerate(counts)
    )
