"""Sector outlines on the way into a snapshot: an id, a name, a cluster and a geometry; kept small."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import shapely

MAXIMUM_VERTICES = 200
FIRST_TOLERANCE_DEGREES = 2e-5


@dataclass(frozen=True)
class SectorShape:
    """A sector before its centre is known; `geometry` is a Polygon or MultiPolygon in degrees."""

    id: str
    name: str
    home_cluster: str
    geometry: shapely.Geometry

    @property
    def geojson(self) -> str:
        """The geometry as GeoJSON, coordinates to a tenth of a metre (six decimals)."""
        return str(shapely.to_geojson(polygonal(shapely.set_precision(self.geometry, 1e-6))))


def simplify(shapes: Sequence[SectorShape]) -> tuple[SectorShape, ...]:
    """Thin the outlines to at most 200 vertices each, common borders alike (Visvalingam-Whyatt on the coverage)."""
    geometries = [shape.geometry for shape in shapes]
    tolerance_degrees = FIRST_TOLERANCE_DEGREES
    while max(shapely.get_num_coordinates(geometries)) > MAXIMUM_VERTICES and tolerance_degrees < 1:
        geometries = _simplified(geometries, tolerance_degrees)
        tolerance_degrees *= 1.5
    return tuple(replace(shape, geometry=geometry) for shape, geometry in zip(shapes, geometries, strict=True))


def _simplified(geometries: Sequence[shapely.Geometry], tolerance_degrees: float) -> list[shapely.Geometry]:
    """Simplify the large outlines; a result that is empty or invalid (a coverage with overlaps) is made valid."""
    thinned = shapely.coverage_simplify(list(geometries), tolerance_degrees)
    without_specks = [_without_specks(geometry, tolerance_degrees**2) for geometry in thinned]
    return [
        polygonal(after) if not after.is_empty else before
        for before, after in zip(geometries, without_specks, strict=True)
    ]


def _without_specks(geometry: shapely.Geometry, area: float) -> shapely.Geometry:
    """Leave out parts smaller than `area` (square degrees), except the largest."""
    parts = sorted(shapely.get_parts(geometry), key=shapely.area, reverse=True)
    kept = [part for position, part in enumerate(parts) if position == 0 or part.area >= area]
    return kept[0] if len(kept) == 1 else shapely.multipolygons(kept)


def polygonal(geometry: shapely.Geometry) -> shapely.Geometry:
    """Return the valid polygon or multipolygon of a geometry."""
    valid = geometry if geometry.is_valid else shapely.make_valid(geometry)
    if valid.geom_type in ("Polygon", "MultiPolygon"):
        return valid
    parts = [part for part in shapely.get_parts(valid) if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts)
