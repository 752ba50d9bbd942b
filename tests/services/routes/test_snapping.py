"""Incidents on streets."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from services.routes.network import build_network
from services.routes.plane import Plane
from services.routes.snapping import snap_incidents
from services.routes.testing import BLOCK_DEGREES, CORNER, grid_point, grid_streets


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_incidents_go_to_the_nearest_street_within_the_limit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    network = build_network("town", grid_streets(4, 4, rng))
    points = CORNER + BLOCK_DEGREES * rng.uniform(-1.5, 4.5, (20, 2))
    snapped = snap_incidents(network, points)
    plane = Plane.about(np.concatenate(network.lines))
    lines = [shapely.LineString(plane.to_metres(line)) for line in network.lines]
    places = shapely.points(plane.to_metres(points))
    distances_m = np.array([[line.distance(place) for line in lines] for place in places])
    near = distances_m.min(axis=1) <= 100
    assert snapped.excluded_count == (~near).sum()
    assert np.allclose(distances_m[near, snapped.segments], distances_m[near].min(axis=1))
    for place, segment, offset_m in zip(places[near], snapped.segments, snapped.offsets_m, strict=True):
        assert 0 <= offset_m <= network.lengths_m[segment]
        assert lines[segment].interpolate(offset_m).distance(place) == pytest.approx(
            lines[segment].distance(place), abs=0.1
        )


def test_the_first_of_equally_near_streets_takes_an_incident() -> None:
    network = build_network("town", grid_streets(2, 2))
    snapped = snap_incidents(network, np.array([grid_point(0, 0)]))
    assert (snapped.segments.tolist(), snapped.offsets_m.tolist()) == ([0], [0.0])


def test_no_incidents_are_no_incidents() -> None:
    snapped = snap_incidents(build_network("town", grid_streets(2, 2)), np.zeros((0, 2)))
    assert (len(snapped.segments), snapped.excluded_count) == (0, 0)
