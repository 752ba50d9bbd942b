"""Grouped bars as an SVG file, each with its value."""

from xml.sax.saxutils import escape

WIDTH_PX, HEIGHT_PX, MARGIN_PX, TOP_PX, BOTTOM_PX = 1080, 420, 64, 72, 76
COLOURS = ("#1b6ca8", "#d1495b", "#66a182", "#edae49", "#8d6a9f", "#444444", "#00798c")
SERIES_PX = 160
"""Width of a series in the legend."""

Bars = dict[str, dict[str, float]]
"""Value by group (a size) and series (a solver)."""


def bar_chart(title: str, unit: str, bars: Bars) -> str:
    """Return an SVG document; a missing value has no bar."""
    series = list(dict.fromkeys(name for group in bars.values() for name in group))
    largest = max((value for group in bars.values() for value in group.values()), default=0.0) or 1.0
    parts = [f'<rect width="{WIDTH_PX}" height="{HEIGHT_PX}" fill="white"/>']
    parts += [f'<text x="{MARGIN_PX}" y="26" font-size="17">{escape(title)}</text>']
    parts += [_legend(index, name) for index, name in enumerate(series)]
    parts += [_grid_line(largest, share / 4, unit) for share in range(5)]
    step = (WIDTH_PX - 2 * MARGIN_PX) / max(1, len(bars))
    for place, (group, values) in enumerate(bars.items()):
        left = MARGIN_PX + place * step
        parts.append(_group_name(left + step / 2, group))
        width = min(44.0, 0.84 * step / max(1, len(series)))
        begin = left + (step - width * len(series)) / 2
        parts += [
            _bar(begin + series.index(name) * width, width, value, value / largest, series.index(name))
            for name, value in values.items()
        ]
    body = "\n".join(parts)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX} {HEIGHT_PX}" font-family="sans-serif">'
    return f"{head}\n{body}\n</svg>\n"


def _y(share: float) -> float:
    return HEIGHT_PX - BOTTOM_PX - share * (HEIGHT_PX - BOTTOM_PX - TOP_PX)


def _bar(left: float, width: float, value: float, share: float, index: int) -> str:
    """Return a bar with its value written upwards from its top."""
    top, colour = _y(share), COLOURS[index % len(COLOURS)]
    middle = left + width / 2 + 3
    return (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{0.9 * width:.1f}" height="{_y(0) - top:.1f}" fill="{colour}"/>'
        f'<text x="{middle:.1f}" y="{top - 3:.1f}" font-size="9" '
        f'transform="rotate(-90 {middle:.1f} {top - 3:.1f})">{_short(value)}</text>'
    )


def _group_name(middle: float, name: str) -> str:
    y = HEIGHT_PX - BOTTOM_PX + 16
    return f'<text x="{middle:.1f}" y="{y}" font-size="10" text-anchor="middle">{escape(name)}</text>'


def _grid_line(largest: float, share: float, unit: str) -> str:
    y, label = _y(share), f"{_short(largest * share)} {unit}"
    return (
        f'<line x1="{MARGIN_PX}" x2="{WIDTH_PX - MARGIN_PX}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
        f'<text x="{MARGIN_PX - 5}" y="{y + 4:.1f}" font-size="10" text-anchor="end">{escape(label)}</text>'
    )


def _legend(index: int, name: str) -> str:
    left, top = MARGIN_PX + index * SERIES_PX, HEIGHT_PX - 32
    colour = COLOURS[index % len(COLOURS)]
    return (
        f'<rect x="{left}" y="{top}" width="12" height="12" fill="{colour}"/>'
        f'<text x="{left + 18}" y="{top + 11}" font-size="12">{escape(name)}</text>'
    )


def _short(value: float) -> str:
    """Return a number of about three digits, without exponents."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}" if value >= 0.001 else f"{value:.0f}"
