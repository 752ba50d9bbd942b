"""Angles of turns and what they take."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routes.driving import driving_graph
from services.routes.network import build_network
from services.routes.planning import PlanOptions, Route, plan_routes
from services.routes.streets import Street
from services.routes.survey import Survey
from services.routes.testing import grid_streets
from services.routes.turns import TurnMinutes, turn_degrees, turn_name
from serving.errors import InvalidArgument
from serving.work import never_stop

COSTS = TurnMinutes(left=0.5, right=0.2, back=2.0)


def test_turns_at_a_crossroads() -> None:
    ends = [(0.0, -0.001), (0.001, 0.0), (0.0, 0.001), (-0.001, 0.0)]
    network = build_network("t", [Street(0, n, np.array([(0.0, 0.0), e]), 100.0) for n, e in enumerate(ends, 1)])
    degrees = turn_degrees(network, np.array([1, 1, 1, 0]), np.array([2, 4, 6, 1]))  # from the south
    assert degrees[:3] == pytest.approx([90, 0, -90], abs=1e-6)
    assert abs(degrees[3]) == pytest.approx(180)
    assert [turn_name(one) for one in degrees] == ["turn right", "straight on", "turn left", "turn back"]
    assert COSTS.of(degrees).tolist() == [0.2, 0.0, 0.5, 2.0]


@given(st.integers(0, 10_000))
def test_the_way_back_turns_the_other_way(seed: int) -> None:
    network = build_network("t", grid_streets(4, 4, np.random.default_rng(seed)))
    graph = driving_graph(network, 15.0)
    before = np.repeat(np.arange(len(graph.allowed)), np.diff(graph.offsets))
    there = turn_degrees(network, before, graph.successors)
    back = turn_degrees(network, graph.successors ^ 1, before ^ 1)
    assert np.abs(np.mod(there + back + 180, 360) - 180) == pytest.approx(
        0, abs=0.01
    )  # north turns by that over a block


def test_routes_that_pay_for_turns_stay_within_their_budget(geodanet: Survey) -> None:
    options = PlanOptions(route_count=10, seed=3, turn_minutes=COSTS)
    routes = [part for part in plan_routes(geodanet, options, never_stop) if isinstance(part, Route)]
    plain_minutes = driving_graph(geodanet.network, options.speed_km_h).minutes
    for route in routes:
        turns = COSTS.of(turn_degrees(geodanet.network, route.directed[:-1], route.directed[1:]))
        assert route.minutes == pytest.approx(plain_minutes[route.segments].sum() + turns.sum())
        assert route.minutes <= options.budget_minutes + 1e-6
    with pytest.raises(InvalidArgument, match=r"turn_minutes\.left"):
        PlanOptions(turn_minutes=TurnMinutes(left=-1.0))


def test_limits_below_the_patrol_speed_are_kept() -> None:
    line = np.array([[0.0, 0.0], [0.001, 0.0]])
    limits = (10.0, 50.0, float("nan"))
    network = build_network("t", [Street(n, n + 1, line, 100.0, speed_limit_km_h=v) for n, v in enumerate(limits)])
    assert network.segment_minutes(20.0) == pytest.approx([0.6, 0.3, 0.3])
