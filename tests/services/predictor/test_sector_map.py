import numpy as np
import shapely

from services.predictor.sector_map import SectorMap

SECTORS = [shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)]


def test_locate_takes_the_first_sector_and_marks_points_outside():
    latitudes, longitudes = np.array([0.5, 1.5, 2.5, 9.0]), np.array([0.5, 1.5, 2.5, 9.0])
    assert SectorMap(SECTORS).locate(latitudes, longitudes).tolist() == [0, 0, 1, -1]


def test_nearest_and_bounds():
    sector_map = SectorMap(SECTORS)
    assert sector_map.nearest(np.array([9.0, -1.0]), np.array([9.0, -1.0])).tolist() == [1, 0]
    assert sector_map.bounds() == (0.0, 0.0, 3.0, 3.0)


def test_no_points():
    assert SectorMap(SECTORS).locate(np.empty(0), np.empty(0)).shape == (0,)
