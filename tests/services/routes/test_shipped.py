"""The networks that ship with the service."""

import numpy as np
import pytest
import shapely

from services.routes.network import build_network
from services.routes.shipped import load_shipped, streets_from_lines
from serving.errors import NotFound


def test_geodanet_is_a_square_mile_of_mesa_arizona() -> None:
    streets, incidents = load_shipped("geodanet")
    network = build_network("geodanet", streets)
    assert (network.segment_count, network.excluded_segment_count, len(incidents)) == (293, 0, 287)
    assert network.lengths_m.sum() == pytest.approx(104_414 * 0.3048006, rel=2e-3)  # feet in the file's grid
    points = np.concatenate(network.lines)
    assert points.min(axis=0) == pytest.approx([-111.840, 33.408], abs=1e-3)
    assert points.max(axis=0) == pytest.approx([-111.823, 33.4226], abs=1e-3)
    assert np.ptp(points[:, 1]) * 111_000 == pytest.approx(1609, rel=0.03)


def test_geodanet_segments_meet_only_at_their_ends() -> None:
    streets, _ = load_shipped("geodanet")
    lines = np.array([shapely.LineString(street.line) for street in streets])
    first, second = shapely.STRtree(lines).query(lines, predicate="crosses")
    assert not len(first)
    assert not len(second)


def test_lines_meet_where_their_ends_are_a_centimetre_apart() -> None:
    first, second = streets_from_lines([np.array([[0.0, 0.0], [0.001, 0.0]]), np.array([[0.001, 1e-8], [0.001, 1.0]])])
    assert first.to_node == second.from_node
    assert first.length_m == pytest.approx(111.3, abs=0.1)


def test_unknown_networks_are_not_found() -> None:
    with pytest.raises(NotFound, match="expected one of geodanet"):
        load_shipped("atlantis")
