"""The street network."""

import numpy as np
import pytest

from services.routes.network import build_network
from services.routes.streets import Street
from services.routes.testing import grid_streets
from serving.errors import FailedPrecondition


def test_nodes_are_numbered_from_zero_and_the_rest_is_counted() -> None:
    far = Street(900, 901, np.array([[0.0, 0.0], [0.001, 0.0]]), 111.0)
    network = build_network("town", [far, *grid_streets(2, 3)])
    assert (network.segment_count, network.excluded_segment_count, network.node_count) == (7, 1, 6)
    assert sorted(set(network.from_nodes) | set(network.to_nodes)) == list(range(6))


def test_driving_minutes_follow_from_length_and_speed() -> None:
    network = build_network("town", [Street(0, 1, np.array([[0.0, 0.0], [0.001, 0.0]]), 250.0)])
    assert network.segment_minutes(15.0) == pytest.approx([1.0])


def test_no_streets_are_refused() -> None:
    with pytest.raises(FailedPrecondition, match="no streets in 'town'"):
        build_network("town", [])


def test_streets_that_a_car_cannot_come_back_from_are_refused() -> None:
    with pytest.raises(FailedPrecondition, match="driven there and back"):
        build_network("town", [Street(0, 1, np.array([[0.0, 0.0], [0.001, 0.0]]), 250.0, backward=False)])
