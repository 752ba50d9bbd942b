import numpy as np
import pandas as pd
import pytest
import shapely

from services.predictor.import_report import RejectionLog
from services.predictor.sector_building import build_sectors, drop_outliers
from services.predictor.sector_shapes import MAXIMUM_VERTICES, simplify
from serving.errors import InvalidArgument


@pytest.fixture
def quarters(generator):
    """Points of four quarters of a square of about 4 km, named by quarter; 1 % carry a wrong name."""
    latitudes = 43.6 + generator.uniform(0, 0.04, 4000)
    longitudes = -79.4 + generator.uniform(0, 0.05, 4000)
    names = np.where(latitudes > 43.62, "N", "S").astype(object) + np.where(longitudes > -79.375, "E", "W")
    names[:40] = "NE"
    return latitudes, longitudes, names.astype(str)


def test_sectors_follow_the_names(quarters):
    latitudes, longitudes, names = quarters
    shapes = simplify(build_sectors(latitudes, longitudes, names))
    assert [shape.id for shape in shapes] == ["NE", "NW", "SE", "SW"]
    for shape in shapes:
        inside = shapely.contains_xy(shape.geometry, longitudes, latitudes)
        assert (names[inside] == shape.id).mean() > 0.95
        assert shape.geometry.geom_type == "Polygon"
        assert shapely.get_num_coordinates(shape.geometry) <= MAXIMUM_VERTICES


def test_sectors_neither_overlap_nor_leave_gaps(quarters):
    geometries = [shape.geometry for shape in simplify(build_sectors(*quarters))]
    union = shapely.union_all(geometries)
    assert sum(map(shapely.area, geometries)) == pytest.approx(union.area, rel=1e-9)
    assert union.geom_type == "Polygon"
    assert len(union.interiors) == 0


def test_every_point_lies_in_a_sector(quarters):
    latitudes, longitudes, _ = quarters
    union = shapely.union_all([shape.geometry for shape in build_sectors(*quarters)])
    assert shapely.contains_xy(union, longitudes, latitudes).all()


def test_a_small_sector_survives(quarters):
    latitudes, longitudes, names = quarters
    names = names.copy()
    names[0] = "X"
    assert "X" in [shape.id for shape in build_sectors(latitudes, longitudes, names)]


def test_too_few_places():
    with pytest.raises(InvalidArgument, match=r"sectors\.file"):
        build_sectors(np.array([43.0, 43.0]), np.array([-79.0, -79.0]), np.array(["A", "B"]))


def test_points_far_from_their_sector_are_rejected(quarters):
    latitudes, longitudes, names = (column.copy() for column in quarters)
    latitudes[7] = 44.0
    rows = pd.DataFrame({"latitude": latitudes, "longitude": longitudes, "sector": names})
    rows.index = pd.RangeIndex(1, len(rows) + 1)
    log = RejectionLog()
    assert len(drop_outliers(rows, log)) == len(rows) - 1
    assert log.table()["row"].tolist() == [8]
