import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.report.projection import fit_frame, rings

DEGREES = st.floats(-60, 60)


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(40, 42)), min_size=1, max_size=20))
def test_every_point_lies_in_the_frame(points: list[tuple[float, float]]) -> None:
    frame = fit_frame(points, 700, 500)
    assert frame.width_px <= 700.1
    assert frame.height_px <= 500.1
    for longitude, latitude in points:
        x_px, y_px = frame.point(longitude, latitude)
        assert -0.1 <= x_px <= frame.width_px + 0.1
        assert -0.1 <= y_px <= frame.height_px + 0.1


def test_north_is_up_and_proportions_hold() -> None:
    frame = fit_frame([(0, 60), (0.02, 60.01)], 700, 700)
    left, bottom = frame.point(0, 60)
    right, top = frame.point(0.02, 60.01)
    assert top < bottom
    # at 60 degrees a degree of longitude is half as long as one of latitude
    assert (right - left) / (bottom - top) == pytest.approx(2 * math.cos(math.radians(60.005)), rel=0.01)


def test_a_kilometre_is_a_kilometre() -> None:
    frame = fit_frame([(0, 0), (0.5, 1)], 700, 700)
    _, south = frame.point(0, 0)
    _, north = frame.point(0, 1)
    assert frame.kilometres_px(111.195) == pytest.approx(south - north, abs=0.2)


def test_all_rings_are_drawn() -> None:
    square = [[0, 0], [1, 0], [1, 1], [0, 0]]
    both = json.dumps({"type": "MultiPolygon", "coordinates": [[square], [square, square]]})
    assert len(rings(both)) == 3
    frame = fit_frame([(0, 0), (1, 1)], 100, 100)
    assert frame.geometry(both).count("Z") == 3


def test_other_geometries_are_refused() -> None:
    with pytest.raises(ValueError, match="Expected a Polygon or MultiPolygon, got Point"):
        rings('{"type": "Point", "coordinates": [0, 0]}')


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one point"):
        fit_frame([], 100, 100)
