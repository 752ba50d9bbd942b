import numpy as np
import shapely

from services.predictor.area_import import import_area
from services.predictor.sector_neighbours import find_neighbours
from tests.services.predictor.small_area import zipped

METRE = 1 / 111_195.08


def box(west_m: float, south_m: float, east_m: float, north_m: float) -> shapely.Geometry:
    """A rectangle on the equator, where metres north and east are alike."""
    return shapely.box(*(metres * METRE for metres in (west_m, south_m, east_m, north_m)))


def test_one_sector_has_no_neighbour():
    assert find_neighbours([box(0, 0, 100, 100)]) == ((),)


def test_small_gaps_and_corners_touch():
    row = [box(0, 0, 1000, 1000), box(1040, 0, 2000, 1000), box(2060, 0, 3000, 1000), box(2000, 1000, 3000, 2000)]
    assert find_neighbours(row) == ((1,), (0, 3), (3,), (1, 2))


def test_a_sector_apart_is_joined_with_the_nearest_both_ways():
    apart = [box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000), box(5000, 0, 6000, 1000)]
    assert find_neighbours(apart) == ((1,), (0, 2), (1,))


def test_two_sectors_apart_from_all_others_and_each_other():
    apart = [box(0, 0, 100, 100), box(1000, 0, 1100, 100), box(1500, 0, 1600, 100)]
    assert find_neighbours(apart) == ((1,), (0, 2), (1,))


def test_a_grid_equals_distances_measured_one_by_one(generator):
    corners = generator.uniform(0, 5000, (20, 2))
    sides = generator.uniform(100, 900, (20, 2))
    boxes = [box(x, y, x + w, y + h) for (x, y), (w, h) in zip(corners, sides, strict=True)]
    apart_m = np.array([[shapely.distance(one, other) / METRE for other in boxes] for one in boxes])
    np.fill_diagonal(apart_m, np.inf)
    expected = apart_m <= 50
    for sector in np.flatnonzero(~expected.any(axis=1)):
        expected[sector, apart_m[sector].argmin()] = True
    expected |= expected.T
    assert [list(row) for row in find_neighbours(boxes)] == [np.flatnonzero(row).tolist() for row in expected]


def test_an_import_writes_them_into_the_sectors(imported):
    adjacent = {sector.id: sector.adjacent_sector_ids for sector in imported.area.sectors}
    assert adjacent == {"A": ("B", "C"), "B": ("A", "C"), "C": ("A", "B")}


def test_the_precincts_of_manhattan(manhattan, store):
    tip = "P034"  # of the island, in the north
    area = import_area(zipped({path.name: path.read_bytes() for path in manhattan.iterdir()}), store).area
    adjacent = {sector.id: sector.adjacent_sector_ids for sector in area.sectors}
    assert all(sector in adjacent[other] for sector in adjacent for other in adjacent[sector])
    assert all(2 <= len(adjacent[sector]) <= 8 for sector in adjacent if sector != tip)
    assert adjacent[tip] == ("P033",)
    assert set(adjacent["P022"]) == {"P018", "P019", "P020", "P023", "P024", "P028"}  # all around Central Park
