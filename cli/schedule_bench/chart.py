"""Grouped bars as an SVG file."""

from xml.sax.saxutils import escape

WIDTH_PX, HEIGHT_PX, MARGIN_PX, BOTTOM_PX = 960, 360, 60, 70
COLOURS = ("#1b6ca8", "#d1495b", "#66a182", "#edae49", "#8d6a9f", "#444444", "#00798c")

Bars = dict[str, dict[str, float]]
"""Value by group (a size) and series (a solver)."""


def bar_chart(title: str, unit: str, bars: Bars) -> str:
    """Return an SVG document; a missing value has no bar."""
    series = list(dict.fromkeys(name for group in bars.values() for name in group))
    largest = max((value for group in bars.values() for value in group.values()), default=0.0) or 1.0
    parts = [f'<text x="{MARGIN_PX}" y="24" font-size="16">{escape(title)}</text>']
    parts += [_legend(index, name) for index, name in enumerate(series)]
    parts += [_grid_line(largest, share / 4, unit) for share in range(5)]
    step = (WIDTH_PX - 2 * MARGIN_PX) / max(1, len(bars))
    for place, (group, values) in enumerate(bars.items()):
        left = MARGIN_PX + place * step
        parts.append(f'<text x="{left + step / 2:.1f}" y="{HEIGHT_PX - BOTTOM_PX + 16}" '
                     f'font-size="10" text-anchor="middle">{escape(group)}</text>')  # fmt: skip
        width = 0.8 * step / max(1, len(series))
        for name, value in values.items():
            index = series.index(name)
            parts.append(_bar(left + 0.1 * step + index * width, width, value / largest, index))
    body = "\n".join(parts)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX} {HEIGHT_PX}" font-family="sans-serif">'
    return f"{head}\n{body}\n</svg>\n"


def _top(share: float) -> float:
    height = HEIGHT_PX - BOTTOM_PX - MARGIN_PX
    return HEIGHT_PX - BOTTOM_PX - share * height


def _bar(left: float, width: float, share: float, index: int) -> str:
    height = HEIGHT_PX - BOTTOM_PX - _top(share)
    colour = COLOURS[index % len(COLOURS)]
    return f'<rect x="{left:.1f}" y="{_top(share):.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'


def _grid_line(largest: float, share: float, unit: str) -> str:
    top, label = _top(share), f"{largest * share:.3g} {unit}"
    return (
        f'<line x1="{MARGIN_PX}" x2="{WIDTH_PX - MARGIN_PX}" y1="{top:.1f}" y2="{top:.1f}" stroke="#ccc"/>'
        f'<text x="{MARGIN_PX - 4}" y="{top + 4:.1f}" font-size="10" text-anchor="end">{label}</text>'
    )


def _legend(index: int, name: str) -> str:
    left, top = MARGIN_PX + index * 150, HEIGHT_PX - 24
    colour = COLOURS[index % len(COLOURS)]
    return (
        f'<rect x="{left}" y="{top}" width="12" height="12" fill="{colour}"/>'
        f'<text x="{left + 18}" y="{top + 11}" font-size="12">{escape(name)}</text>'
    )
