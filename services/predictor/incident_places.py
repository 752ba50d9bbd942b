"""The sector and the point of every incident."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from services.predictor.area import Grid
from services.predictor.import_report import RejectionLog
from services.predictor.placement import PlaceTable
from services.predictor.sector_map import SectorMap
from services.predictor.sector_shapes import SectorShape

PLACE_SEED = 20_140_102


def place_rows(
    rows: pd.DataFrame, shapes: Sequence[SectorShape], grid: Grid, log: RejectionLog
) -> tuple[pd.DataFrame, int]:
    """Give every row a known sector and a point inside the grid.

    A known sector in the record stands. Else the sector is the one that covers the point. A row with a sector but no
    point gets a uniformly drawn point of that sector.

    Returns
    -------
    The accepted rows, and for how many the point was drawn.
    """
    positions = {shape.id: position for position, shape in enumerate(shapes)}
    recorded: NDArray[np.int64] = np.asarray(rows["sector"].map(positions).fillna(-1).to_numpy(), dtype=np.int64)
    missing = rows["latitude"].isna().to_numpy()
    lost = missing & (recorded < 0)
    rows, recorded, missing = (
        log.drop(rows, lost, "sector", "unknown sector and no point"),
        recorded[~lost],
        missing[~lost],
    )
    rows = _draw_points(rows, recorded, missing, shapes)
    found = SectorMap([shape.geometry for shape in shapes]).locate(*_points(rows))
    sectors = np.where(recorded >= 0, recorded, found)
    rows = rows.assign(position=sectors)
    outside = (sectors < 0) | (grid.cells(*_points(rows)) < 0)
    accepted = log.drop(rows, outside, "latitude", "out of the area")
    ids = np.array([shape.id for shape in shapes], dtype=object)
    placed = accepted.assign(sector=ids[accepted["position"].to_numpy()]).drop(columns="position")
    return placed, int((missing & ~outside).sum())


def _points(rows: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return rows["latitude"].to_numpy(float), rows["longitude"].to_numpy(float)


def _draw_points(
    rows: pd.DataFrame, recorded: NDArray[np.int64], missing: NDArray[np.bool_], shapes: Sequence[SectorShape]
) -> pd.DataFrame:
    """Fill missing points by uniformly drawn ones of the recorded sector."""
    if not missing.any():
        return rows
    table = PlaceTable.of_sectors([shape.geometry for shape in shapes])
    drawn = table.draw(recorded[missing], np.random.default_rng(PLACE_SEED))
    rows = rows.copy()
    rows.loc[missing, "latitude"] = drawn.latitudes
    rows.loc[missing, "longitude"] = drawn.longitudes
    return rows
