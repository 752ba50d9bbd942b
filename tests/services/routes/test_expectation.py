"""Likelihood from expected calls by cell."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.routes.expectation import ExpectedCalls, expected_density
from services.routes.network import build_network
from services.routes.survey import survey_network
from services.routes.testing import BLOCK_DEGREES, CORNER, grid_point, grid_streets
from serving.errors import FailedPrecondition, InvalidArgument

NETWORK = build_network("t", grid_streets(5, 5))
NOTHING = np.zeros(NETWORK.segment_count)
NO_POINTS = np.empty((0, 2))


def cells(calls: list[float], rows: int = 2, columns: int = 2) -> ExpectedCalls:
    """A grid over the town, its borders in the middle of blocks."""
    width, height = BLOCK_DEGREES * 5 / 2
    west, south = CORNER - BLOCK_DEGREES / 2
    return ExpectedCalls(south, west, height, width, rows, columns, tuple(calls))


@settings(max_examples=30)
@given(st.lists(st.floats(0, 100), min_size=4, max_size=4), st.integers(0, 1000))
def test_all_calls_of_cells_with_streets_are_on_the_streets(calls: list[float], seed: int) -> None:
    past = np.random.default_rng(seed).random(NETWORK.segment_count) * (seed % 2)
    density = expected_density(NETWORK, cells(calls), past)
    assert (density * NETWORK.lengths_m).sum() == pytest.approx(sum(calls))
    assert (density >= 0).all()


def test_without_past_incidents_calls_are_spread_over_the_length_of_streets() -> None:
    density = expected_density(NETWORK, cells([6.0], 1, 1), NOTHING)
    # one cell over the south-west quarter only
    inside = [line[:, 0].max() < CORNER[0] + 2 * BLOCK_DEGREES[0] for line in NETWORK.lines]
    inside &= np.array([line[:, 1].max() < CORNER[1] + 2 * BLOCK_DEGREES[1] for line in NETWORK.lines])
    assert np.ptp(density[inside]) == pytest.approx(0, abs=density.max() * 1e-9)
    assert density[inside].min() > 0


def test_past_incidents_tell_the_streets_of_a_cell_from_each_other() -> None:
    past = NOTHING.copy()
    past[0] = 1.0
    density = expected_density(NETWORK, cells([1.0, 0.0, 0.0, 3.0]), past)
    assert density[0] * NETWORK.lengths_m[0] == pytest.approx(1.0)


def test_expectations_alone_make_a_survey_and_none_at_all_do_not() -> None:
    survey = survey_network(NETWORK, NO_POINTS, expected=cells([0.0, 0.0, 0.0, 3.0]))
    assert survey.incident_count == 0
    north_east = int(np.argmax([line.mean(axis=0).sum() for line in NETWORK.lines]))
    assert survey.likelihood[north_east] == pytest.approx(1.0)
    with pytest.raises(FailedPrecondition):
        survey_network(NETWORK, np.array([grid_point(0, 0)]), expected=cells([0.0] * 4))


@pytest.mark.parametrize("calls", [[1.0], [1.0, 2.0, 3.0, -1.0], [1.0, 2.0, 3.0, float("nan")]])
def test_expectations_that_are_none_are_refused(calls: list[float]) -> None:
    with pytest.raises(InvalidArgument, match=r"expected_calls\.calls"):
        cells(calls)


def test_a_grid_without_size_is_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"expected_calls\.grid"):
        ExpectedCalls(0.0, 0.0, 0.0, 1.0, 1, 1, (1.0,))
