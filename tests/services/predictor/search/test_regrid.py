import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.predictor.area import Grid
from services.predictor.search.regrid import scaled_grid, spread


def grid(rows, columns):
    return Grid(40.7, -74.0, 0.01, 0.02, rows, columns)


@given(
    rows=st.integers(1, 9),
    columns=st.integers(1, 9),
    scale=st.sampled_from([1.0, 1.5, 2.0, 3.0]),
    seed=st.integers(0, 2**32),
)
def test_totals_stay_and_all_is_inside(rows, columns, scale, seed):
    generator = np.random.default_rng(seed)
    coarse = scaled_grid(grid(rows, columns), scale)
    values = generator.gamma(0.5, size=(3, coarse.row_count, coarse.column_count))
    fine = spread(values, scale, generator.uniform(0.1, 2.0, (rows, columns)))
    assert fine.shape == (3, rows, columns)
    assert (fine >= 0).all()
    np.testing.assert_allclose(fine.sum(axis=(1, 2)), values.sum(axis=(1, 2)))


def test_a_scale_of_one_changes_nothing(generator):
    values = generator.gamma(0.5, size=(2, 4, 5))
    np.testing.assert_allclose(spread(values, 1.0, generator.uniform(0.1, 2.0, (4, 5))), values)


def test_incidents_are_shared_out_as_they_used_to_be():
    density = np.array([[3.0, 1.0, 2.0, 2.0], [0.0001, 0.0001, 2.0, 2.0]])
    fine = spread(np.array([[[8.0, 4.0]]]), 2.0, density)[0]
    np.testing.assert_allclose(fine, [[6.0, 2.0, 1.0, 1.0], [0.0002, 0.0002, 1.0, 1.0]], rtol=1e-3)


def test_a_fine_cell_between_two_coarse_ones_takes_of_both():
    fine = spread(np.array([[[6.0, 3.0]]]), 1.5, np.ones((1, 3)))[0]
    # the second row of coarse cells lies outside: one fine row in a coarse one
    np.testing.assert_allclose(fine, [[4.0, 2.0 + 1.0, 2.0]])


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
def test_scaled_grids_cover_the_ground_from_the_same_corner(scale, generator):
    fine = grid(7, 5)
    coarse = scaled_grid(fine, scale)
    latitudes = generator.uniform(40.7, 40.7 + 7 * 0.01 - 1e-9, 200)
    longitudes = generator.uniform(-74.0, -74.0 + 5 * 0.02 - 1e-9, 200)
    assert (coarse.cells(latitudes, longitudes) >= 0).all()
    rows = coarse.cells(latitudes, longitudes) // coarse.column_count
    np.testing.assert_array_equal(rows, ((latitudes - 40.7) / (0.01 * scale)).astype(int))
