"""From WGS 84 to the pixels of a drawing: a local equirectangular projection."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Ring = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Frame:
    """Maps longitude and latitude to x and y of a drawing, north up, true proportions at the middle latitude."""

    west_degrees: float
    north_degrees: float
    pixels_per_degree_longitude: float
    pixels_per_degree_latitude: float
    width_px: float
    height_px: float
    margin_px: float

    def point(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Position in pixels."""
        x_px = self.margin_px + (longitude - self.west_degrees) * self.pixels_per_degree_longitude
        y_px = self.margin_px + (self.north_degrees - latitude) * self.pixels_per_degree_latitude
        return round(x_px, 1), round(y_px, 1)

    def line(self, points: Iterable[tuple[float, float]]) -> str:
        """SVG path data of a line through (longitude, latitude) points."""
        pairs = [self.point(longitude, latitude) for longitude, latitude in points]
        return "M" + "L".join(f"{x_px:g} {y_px:g}" for x_px, y_px in pairs)

    def geometry(self, geojson: str) -> str:
        """SVG path data of a GeoJSON Polygon or MultiPolygon.

        Raises
        ------
        ValueError
            If the geometry is of another type.
        """
        return "".join(self.line((point[0], point[1]) for point in ring) + "Z" for ring in rings(geojson))

    def kilometres_px(self, kilometres: float) -> float:
        """Length of a north-south distance in pixels."""
        return kilometres / KM_PER_DEGREE_LATITUDE * self.pixels_per_degree_latitude


KM_PER_DEGREE_LATITUDE = 111.195


def rings(geojson: str) -> list[Ring]:
    """All rings of a GeoJSON Polygon or MultiPolygon, in order.

    Raises
    ------
    ValueError
        If the geometry is of another type.
    """
    geometry = json.loads(geojson)
    match geometry["type"]:
        case "Polygon":
            return list(geometry["coordinates"])
        case "MultiPolygon":
            return [ring for polygon in geometry["coordinates"] for ring in polygon]
        case other:
            raise ValueError(f"Expected a Polygon or MultiPolygon, got {other}.")


def fit_frame(
    points: Iterable[tuple[float, float]], width_px: float, max_height_px: float, margin_px: float = 12.0
) -> Frame:
    """Choose the frame that shows all (longitude, latitude) points as large as the box allows.

    Raises
    ------
    ValueError
        If there are no points.
    """
    longitudes, latitudes = _columns(points)
    west, east, south, north = min(longitudes), max(longitudes), min(latitudes), max(latitudes)
    shrink = math.cos(math.radians((south + north) / 2))
    span_x, span_y = max((east - west) * shrink, 1e-6), max(north - south, 1e-6)
    scale = min((width_px - 2 * margin_px) / span_x, (max_height_px - 2 * margin_px) / span_y)
    return Frame(
        west_degrees=west,
        north_degrees=north,
        pixels_per_degree_longitude=scale * shrink,
        pixels_per_degree_latitude=scale,
        width_px=round(span_x * scale + 2 * margin_px, 1),
        height_px=round(span_y * scale + 2 * margin_px, 1),
        margin_px=margin_px,
    )


def _columns(points: Iterable[tuple[float, float]]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    pairs = list(points)
    if not pairs:
        raise ValueError("Expected at least one point to draw.")
    return tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)
