import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from services.predictor.area import Grid
from services.predictor.placement import PlaceTable
from services.predictor.sector_map import SectorMap

GRID = Grid(0.0, 0.0, 1.0, 1.0, 2, 2)
LEFT = shapely.box(0.2, 0.2, 1.2, 1.5)
RIGHT = shapely.box(1.2, 0.2, 1.9, 0.9)


def test_positions_lie_in_their_cell_and_sector(generator):
    cells = generator.integers(0, 3, 2000)
    drawn = PlaceTable.of_cells(GRID, [LEFT, RIGHT]).draw(cells, generator)
    assert (GRID.cells(drawn.latitudes, drawn.longitudes) == cells).all()
    assert (SectorMap([LEFT, RIGHT]).locate(drawn.latitudes, drawn.longitudes) == drawn.sectors).all()


def test_a_cell_without_sector_gives_its_positions_to_the_nearest(generator):
    drawn = PlaceTable.of_cells(GRID, [shapely.box(0.1, 0.1, 0.2, 0.2), RIGHT]).draw(np.full(500, 3), generator)
    assert (drawn.sectors == 1).all()
    assert (GRID.cells(drawn.latitudes, drawn.longitudes) == 3).all()


def test_positions_are_uniform(generator):
    outline = shapely.Polygon([(0, 0), (1, 0), (1, 1), (0.5, 0.5), (0, 1)])
    drawn = PlaceTable.of_sectors([outline]).draw(np.zeros(20_000, dtype=np.int64), generator)
    below = shapely.intersection(outline, shapely.box(0, 0, 1, 0.5)).area / outline.area
    assert abs((drawn.latitudes < 0.5).mean() - below) < 0.02
    box = PlaceTable.of_sectors([shapely.box(0, 0, 1, 1)]).draw(np.zeros(5_000, dtype=np.int64), generator)
    assert kstest(box.longitudes, "uniform").pvalue > 0.01
    assert kstest(box.latitudes, "uniform").pvalue > 0.01


@given(st.floats(0.01, 0.99), st.integers(0, 2**31))
def test_sectors_share_a_cell_in_proportion_to_area(border, seed):
    parts = [shapely.box(0, 0, border, 1), shapely.box(border, 0, 1, 1)]
    grid = Grid(0.0, 0.0, 1.0, 1.0, 1, 1)
    drawn = PlaceTable.of_cells(grid, parts).draw(np.zeros(2000, dtype=np.int64), np.random.default_rng(seed))
    assert abs((drawn.sectors == 0).mean() - border) < 0.06
