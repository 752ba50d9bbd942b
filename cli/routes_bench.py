"""The networks that ways of planning routes are compared on, and the outputs of the comparison."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pyproj
import shapely

from services.routes.arrays import FloatArray
from services.routes.basic_units import merge_chains
from services.routes.comparison import Comparison, TradeOff
from services.routes.network import build_network
from services.routes.roads import nodes_inside, read_roads
from services.routes.streets import Street, line_length_m, streets_from_roads
from services.routes.survey import Survey, survey_network
from serving.errors import InvalidArgument

DEFAULT_DATA = Path(__file__).parents[2] / "shared" / "data"
PRECINCTS = ("P014", "P019")
"""A dense business district and a large residential one."""

VALENCIA_CRS = "EPSG:25831"
WIDTH, HEIGHT, MARGIN = 640, 420, 60
COLORS = {"likelihood": "#1f5fa8", "gi_star": "#b8860b", "collective": "#b02a30"}


def data_surveys(data: Path) -> Iterator[Survey]:
    """Yield the precincts of Manhattan and all of Valencia, where their folders are there.

    Raises
    ------
    InvalidArgument
        Neither is.
    """
    if not any((data / name).is_dir() for name in ("manhattan", "valencia")):
        raise InvalidArgument("--data", f"Expected a folder with manhattan or valencia in it, got {data}.")
    if (data / "manhattan").is_dir():
        for precinct in PRECINCTS:
            yield manhattan_survey(data / "manhattan", precinct)
    if (data / "valencia").is_dir():
        yield valencia_survey(data / "valencia")


def manhattan_survey(folder: Path, precinct: str) -> Survey:
    """Survey the streets of one precinct with its incidents of all years."""
    features = json.loads((folder / "sectors.geojson").read_text())["features"]
    shapes = {item["properties"]["id"]: shapely.from_geojson(json.dumps(item["geometry"])) for item in features}
    roads = read_roads(pq.read_table(folder / "road_nodes.parquet"), pq.read_table(folder / "road_arcs.parquet"))
    streets = streets_from_roads(roads.within(nodes_inside(roads.node_points, shapes[precinct])))
    incidents = pq.read_table(folder / "incidents.parquet", filters=[("sector", "==", precinct)])
    points = np.column_stack([incidents.column(name).to_numpy() for name in ("longitude", "latitude")])
    return survey_network(build_network(precinct, merge_chains(streets)), points)


def valencia_survey(folder: Path) -> Survey:
    """Survey the whole city, every row of its table being one basic unit."""
    table = pq.read_table(folder / "segments.parquet").to_pydict()
    starts, ends = _degrees(table["x0"], table["y0"]), _degrees(table["x1"], table["y1"])
    lines = [np.array(line) for line in zip(starts, ends, strict=True)]
    pairs = zip(table["from_node"], table["to_node"], lines, strict=True)
    streets = [Street(*pair, line_length_m(pair[2])) for pair in pairs]
    crimes = pq.read_table(folder / "crimes.parquet")
    return survey_network(build_network("valencia", streets), _degrees(crimes["x"], crimes["y"]))


def _degrees(x: object, y: object) -> FloatArray:
    transformer = pyproj.Transformer.from_crs(VALENCIA_CRS, "EPSG:4326", always_xy=True)
    return np.column_stack(transformer.transform(np.asarray(x), np.asarray(y)))


def bench_json(results: list[Comparison], sweep: tuple[TradeOff, ...]) -> str:
    """Return the results and the swept points as JSON."""
    points = [
        {"stop_threshold": point.threshold, "reward_kept": point.reward_kept, **asdict(point.result)} for point in sweep
    ]
    return json.dumps({"results": [asdict(result) for result in results], "trade_off": points}, allow_nan=False)


def bench_table(results: list[Comparison]) -> str:
    """Return the results as a table."""
    lines = [f"{'network':<10}{'reward':<15}{'R²':>6}{'mean':>8}{'missed':>8}{'bits':>7}{'hits':>7}{'s/run':>9}"]
    for result in results:
        fit = "-" if result.r2 is None else f"{result.r2:.3f}"
        lines.append(
            f"{result.network:<10}{result.reward:<15}{fit:>6}{result.mean_reward:>8.2f}{result.never_visited:>8}"
            f"{result.entropy_bits:>7.3f}{result.adversary_hit_rate:>7.3f}{result.seconds_per_run:>9.4f}"
        )
    return "\n".join(lines)


def trade_off_svg(sweep: tuple[TradeOff, ...]) -> str:
    """Return next-turn entropy over mean likelihood reward as a picture, one curve per way of planning."""
    points = [point.result for point in sweep if point.result.reward != "gi_star"]
    x_high = max(result.mean_reward for result in points) * 1.1
    y_high = max(result.entropy_bits for result in points) * 1.15
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" '
        'font-size="12"><title>Mean reward and uncertainty of the next turn</title>',
        f'<path d="M{MARGIN} 20V{HEIGHT - MARGIN}H{WIDTH - 20}" fill="none" stroke="#444"/>',
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 15}" text-anchor="middle">mean reward of a route</text>',
        f'<text x="15" y="{HEIGHT / 2}" transform="rotate(-90 15 {HEIGHT / 2})" text-anchor="middle">'
        f"next turn, bits</text>",
    ]
    parts += _ticks(x_high, y_high)
    for name in dict.fromkeys(result.reward for result in points):
        parts += _curve(name, [result for result in points if result.reward == name], x_high, y_high)
    return "\n".join([*parts, "</svg>\n"])


def _ticks(x_high: float, y_high: float) -> list[str]:
    """Label quarters of both axes."""
    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = MARGIN + share * (WIDTH - MARGIN - 20)
        y = HEIGHT - MARGIN - share * (HEIGHT - MARGIN - 20)
        parts.append(f'<text x="{x:.0f}" y="{HEIGHT - MARGIN + 18}" text-anchor="middle">{share * x_high:.1f}</text>')
        parts.append(f'<text x="{MARGIN - 6}" y="{y + 4:.0f}" text-anchor="end">{share * y_high:.2f}</text>')
    return parts


def _curve(name: str, results: list[Comparison], x_high: float, y_high: float) -> list[str]:
    places = [
        (
            MARGIN + result.mean_reward / x_high * (WIDTH - MARGIN - 20),
            HEIGHT - MARGIN - result.entropy_bits / y_high * (HEIGHT - MARGIN - 20),
        )
        for result in results
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    color = COLORS[name]
    marks = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{color}"><title>R² {result.r2 or 0:.2f}</title></circle>'
        for (x, y), result in zip(places, results, strict=True)
    ]
    label = f'<text x="{places[-1][0] + 8:.1f}" y="{places[-1][1]:.1f}" fill="{color}">{name}</text>'
    return [f'<polyline points="{line}" fill="none" stroke="{color}"/>', *marks, label]
