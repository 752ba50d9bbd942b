import numpy as np
import pytest

from services.predictor.past_places import JITTER_M, PSEUDO_POINTS, PastPlaces
from services.predictor.placement import PlaceTable
from services.predictor.plane import LocalPlane
from services.predictor.sector_map import SectorMap


@pytest.fixture(scope="module")
def sectors(imported):
    return SectorMap.of(imported.area.sectors)


@pytest.fixture(scope="module")
def uniform(imported, sectors):
    return PlaceTable.of_cells(imported.area.grid, sectors.geometries)


def _cells(area, incidents):
    return area.grid.cells(incidents["latitude"].to_numpy(), incidents["longitude"].to_numpy())


def _cell(area, incident):
    return area.grid.cells(np.array([incident["latitude"]]), np.array([incident["longitude"]]))[0]


def test_positions_lie_in_their_cell_and_sector(imported, incidents, uniform, sectors, generator):
    places = PastPlaces(imported.area, incidents, uniform, sectors)
    cells = np.unique(_cells(imported.area, incidents)).repeat(300)
    drawn = places.draw(cells, generator)
    near = imported.area.grid.cells(drawn.latitudes, drawn.longitudes)
    assert (near == cells).mean() > 0.999  # a uniform position may lie on the very edge
    assert sectors.covered_by(drawn.sectors, drawn.latitudes, drawn.longitudes).mean() > 0.999


def test_most_positions_of_a_busy_cell_are_near_its_past_calls(imported, incidents, uniform, sectors, generator):
    area = imported.area
    repeated = incidents.iloc[[0] * 45]
    cell = _cell(area, incidents.iloc[0])
    drawn = PastPlaces(area, repeated, uniform, sectors).draw(np.full(4000, cell), generator)
    plane = LocalPlane.of_grid(area.grid)
    place = plane.to_metres(*incidents[["latitude", "longitude"]].to_numpy()[[0]].T)
    apart_m = np.abs(plane.to_metres(drawn.latitudes, drawn.longitudes) - place).max(axis=1)
    assert (apart_m <= JITTER_M + 1e-6).mean() == pytest.approx(45 / (45 + PSEUDO_POINTS), abs=0.03)
    assert len(np.unique(drawn.latitudes)) > 3000


def test_cells_without_past_calls_are_filled_uniformly(imported, incidents, uniform, sectors):
    area = imported.area
    past_cell = _cell(area, incidents.iloc[0])
    cells = np.array([cell for cell in range(area.grid.cell_count) if cell != past_cell])
    places = PastPlaces(area, incidents.iloc[:1], uniform, sectors)
    drawn = places.draw(cells, np.random.default_rng(4))
    np.testing.assert_array_equal(drawn.latitudes, uniform.draw(cells, np.random.default_rng(4)).latitudes)
