"""Sectors for agencies that have names but no polygons: Voronoi cells of past incidents, dissolved by name."""

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from services.predictor.import_report import RejectionLog
from services.predictor.plane import LocalPlane
from services.predictor.sector_shapes import SectorShape, polygonal
from serving.errors import InvalidArgument

SNAP_M = 10.0
OUTLINE_BUFFER_M = 250.0
OUTLINE_CONCAVITY = 0.25
NEIGHBOURS = 9
OUTLIER_FLOOR_M = 3_000.0
OUTLIER_FACTOR = 8.0
FRAGMENT_SHARE = 0.02


def drop_outliers(rows: pd.DataFrame, log: RejectionLog) -> pd.DataFrame:
    """Reject points much further from the middle of their sector's points than half of these are.

    Without polygons a wrong coordinate would stretch a sector over the map. The limit is 3 km, or 8 times the
    sector's median distance where that is more.
    """
    located = rows[rows["latitude"].notna() & rows["sector"].notna()]
    plane = LocalPlane(float(located["latitude"].median()), float(located["longitude"].median()))
    points = plane.to_metres(located["latitude"].to_numpy(), located["longitude"].to_numpy())
    frame = pd.DataFrame(points, columns=["east", "north"], index=located.index)
    middle = frame.groupby(located["sector"])[["east", "north"]].transform("median")
    east_m, north_m = (frame - middle).to_numpy().T
    distances_m = pd.Series(np.hypot(east_m, north_m), index=located.index)
    limits_m = (OUTLIER_FACTOR * distances_m.groupby(located["sector"]).transform("median")).clip(lower=OUTLIER_FLOOR_M)
    far = (distances_m > limits_m).reindex(rows.index, fill_value=False).to_numpy(bool)
    return log.drop(rows, far, "latitude", "far from the other incidents of its sector")


def build_sectors(
    latitudes: NDArray[np.float64], longitudes: NDArray[np.float64], names: NDArray[np.str_]
) -> tuple[SectorShape, ...]:
    """Build one polygon per name.

    Every place belongs to the name that most of the nearest past incidents carry; the outline is the concave hull of
    all points, widened by 250 m.

    Parameters
    ----------
    latitudes, longitudes : degrees, shape (n,).
    names : sector name of each point, shape (n,).

    Returns
    -------
    The sectors, ordered by id (the name).

    Raises
    ------
    InvalidArgument
        There are fewer than three different places.
    """
    plane = LocalPlane(float(np.median(latitudes)), float(np.median(longitudes)))
    places, labels = _labelled_places(plane.to_metres(latitudes, longitudes), names)
    if len(places) < 3:
        raise InvalidArgument("sectors.file", "Expected polygons, or incidents at three or more places to build them.")
    outline = shapely.concave_hull(shapely.multipoints(places), ratio=OUTLINE_CONCAVITY).buffer(OUTLINE_BUFFER_M)
    cells = np.array(
        shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(places), extend_to=outline, ordered=True))
    )
    labels = _smoothed(places, labels)
    dissolved = {name: shapely.union_all(cells[labels == name]) for name in np.unique(labels)}
    dissolved = _without_fragments(dissolved)
    return tuple(
        SectorShape(str(name), str(name), "", plane.geometry_to_degrees(polygonal(geometry.intersection(outline))))
        for name, geometry in sorted(dissolved.items())
    )


def _labelled_places(
    points: NDArray[np.float64], names: NDArray[np.str_]
) -> tuple[NDArray[np.float64], NDArray[np.str_]]:
    """Merge points within 10 m; a place carries the name that most of its incidents carry."""
    snapped = np.round(points / SNAP_M).astype(np.int64)
    frame = pd.DataFrame({"east": snapped[:, 0], "north": snapped[:, 1], "name": names})
    counts = frame.value_counts(sort=False).rename("count").reset_index()
    counts = counts.sort_values(["east", "north", "count", "name"], ascending=[True, True, False, True])
    places = counts.drop_duplicates(["east", "north"])
    return places[["east", "north"]].to_numpy(float) * SNAP_M, places["name"].to_numpy(str)


def _smoothed(places: NDArray[np.float64], labels: NDArray[np.str_]) -> NDArray[np.str_]:
    """Give each place the name of the majority of its nearest places, unless that would end a sector."""
    names, codes = np.unique(labels, return_inverse=True)
    neighbours = min(NEIGHBOURS, len(places))
    _, nearest = cKDTree(places).query(places, k=neighbours)
    votes = np.zeros((len(places), len(names)))
    np.add.at(votes, (np.arange(len(places))[:, None], codes[nearest.reshape(len(places), neighbours)]), 1.0)
    votes[np.arange(len(places)), codes] += 0.5  # the place's own name wins ties
    majority = votes.argmax(axis=1)
    lost = np.setdiff1d(codes, majority)
    return np.asarray(names[np.where(np.isin(codes, lost), codes, majority)])


def _without_fragments(geometries: dict[str, shapely.Geometry]) -> dict[str, shapely.Geometry]:
    """Give parts smaller than 2 % of their sector to the neighbour with the longest common border."""
    kept: dict[str, list[shapely.Geometry]] = {name: [] for name in geometries}
    fragments: list[tuple[str, shapely.Geometry]] = []
    for name, geometry in geometries.items():
        for part in shapely.get_parts(geometry):
            if part.area >= FRAGMENT_SHARE * geometry.area:
                kept[name].append(part)
            else:
                fragments.append((name, part))
    main = {name: shapely.union_all(parts) for name, parts in kept.items()}
    for name, part in fragments:
        borders = {other: part.intersection(shape).length for other, shape in main.items()}
        heir = max(borders, key=lambda other: (borders[other], other == name))
        main[heir] = shapely.union(main[heir], part)
    return main
