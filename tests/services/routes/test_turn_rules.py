"""Turn restrictions on the network."""

import numpy as np

from services.routes.driving import driving_graph
from services.routes.network import StreetNetwork, build_network
from services.routes.streets import Street
from services.routes.turn_rules import TurnRule

MIDDLE = 0


def crossroads(rules: list[TurnRule]) -> StreetNetwork:
    """Four two-way streets from a middle node, south, east, north and west; way k is street k - 1."""
    ends = [(0.0, -0.001), (0.001, 0.0), (0.0, 0.001), (-0.001, 0.0)]
    streets = [
        Street(MIDDLE, node, np.array([(0.0, 0.0), end]), 100.0, from_way=node, to_way=node)
        for node, end in enumerate(ends, start=1)
    ]
    return build_network("t", streets, rules)


def following(network: StreetNetwork, directed: int) -> list[int]:
    return driving_graph(network, 15.0).following(directed).tolist()


def test_a_forbidden_turn_is_not_taken_and_others_are() -> None:
    network = crossroads([TurnRule(1, MIDDLE, 4)])
    assert following(network, 1) == [2, 4]  # from the south: east and north, not west
    assert following(network, 3) == [0, 4, 6]
    assert network.unused_turn_rule_count == 0


def test_a_mandatory_turn_forbids_all_others() -> None:
    assert following(crossroads([TurnRule(1, MIDDLE, 3, only=True)]), 1) == [4]


def test_rules_that_leave_no_way_but_back_lead_back() -> None:
    rules = [TurnRule(1, MIDDLE, way) for way in (2, 3, 4)]
    assert following(crossroads(rules), 1) == [0]


def test_rules_about_other_nodes_and_ways_are_counted() -> None:
    network = crossroads([TurnRule(1, 9, 4), TurnRule(1, MIDDLE, 9), TurnRule(1, MIDDLE, 2)])
    assert network.unused_turn_rule_count == 2
    assert network.forbidden_turns.tolist() == [[1, 2]]


def test_a_way_that_goes_on_beyond_the_node_makes_a_rule_ambiguous() -> None:
    line = np.array([[0.0, 0.0], [0.001, 0.0]])
    streets = [
        Street(1, 0, line, 100.0, from_way=7, to_way=7),
        Street(0, 2, line, 100.0, from_way=7, to_way=7),
        Street(0, 3, line, 100.0, from_way=8, to_way=8),
    ]
    network = build_network("t", streets, [TurnRule(7, 0, 8)])
    assert (network.unused_turn_rule_count, len(network.forbidden_turns)) == (1, 0)
