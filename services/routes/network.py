"""The street network that routes are planned on."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from services.routes.arrays import BoolArray, FloatArray, IntArray
from services.routes.basic_units import largest_component
from services.routes.streets import Street
from services.routes.turn_rules import TurnRule, forbidden_turns
from serving.errors import FailedPrecondition


@dataclass(frozen=True, eq=False)
class StreetNetwork:
    """Street segments between intersections, all connected. Arrays have shape (n_segments,).

    `from_nodes` and `to_nodes` are numbered from 0. `forward` tells whether a segment may be driven from its from-node
    to its to-node, `backward` the other way. `lines` holds longitudes and latitudes (WGS 84), shape (n_points, 2) each.
    `speed_limits_km_h` is NaN where unknown. `forbidden_turns`, shape (n_turns, 2), holds directed segments (see
    `driving.DrivingGraph`) and those that may not follow them; `unused_turn_rule_count`
    restrictions are not among them.
    """

    name: str
    from_nodes: IntArray
    to_nodes: IntArray
    lengths_m: FloatArray
    forward: BoolArray
    backward: BoolArray
    lines: tuple[FloatArray, ...]
    names: tuple[str, ...]
    excluded_segment_count: int
    speed_limits_km_h: FloatArray
    forbidden_turns: IntArray
    unused_turn_rule_count: int

    @property
    def segment_count(self) -> int:
        """Number of segments."""
        return len(self.lengths_m)

    @cached_property
    def node_count(self) -> int:
        """Number of intersections and dead ends."""
        return int(max(self.from_nodes.max(), self.to_nodes.max())) + 1

    @cached_property
    def node_points(self) -> FloatArray:
        """Longitudes and latitudes of the nodes, shape (n_nodes, 2)."""
        points = np.zeros((self.node_count, 2))
        points[self.from_nodes] = [line[0] for line in self.lines]
        points[self.to_nodes] = [line[-1] for line in self.lines]
        return points

    def segment_minutes(self, speed_km_h: float) -> FloatArray:
        """Return the driving time of each segment at a patrol speed, or its limit where that is lower, minutes.

        Shape (n_segments,).
        """
        return np.asarray(self.lengths_m / (np.fmin(speed_km_h, self.speed_limits_km_h) * 1000 / 60))


def build_network(name: str, streets: Sequence[Street], turn_rules: Sequence[TurnRule] = ()) -> StreetNetwork:
    """Keep the largest connected component of the streets and number its nodes.

    Parameters
    ----------
    turn_rules
        Restrictions, by the nodes and ways of the streets.

    Raises
    ------
    FailedPrecondition
        There is no street, or no two-way street and no circuit of one-way streets, so that a car would get stuck.
    """
    if not streets:
        raise FailedPrecondition("NO_STREETS", f"There are no streets in {name!r}.")
    kept, excluded_count = largest_component(streets)
    if not kept:
        raise FailedPrecondition("NO_STREETS", f"No streets in {name!r} can be driven there and back.")
    forbidden, unused_rule_count = forbidden_turns(turn_rules, kept)
    ends = np.array([(street.from_node, street.to_node) for street in kept], dtype=np.int64)
    _, numbered = np.unique(ends, return_inverse=True)
    from_nodes, to_nodes = numbered.reshape(ends.shape).astype(np.int64).T
    return StreetNetwork(
        name=name,
        from_nodes=from_nodes,
        to_nodes=to_nodes,
        lengths_m=np.array([street.length_m for street in kept]),
        forward=np.array([street.forward for street in kept]),
        backward=np.array([street.backward for street in kept]),
        lines=tuple(street.line for street in kept),
        names=tuple(street.name for street in kept),
        excluded_segment_count=excluded_count,
        speed_limits_km_h=np.array([street.speed_limit_km_h for street in kept]),
        forbidden_turns=forbidden,
        unused_turn_rule_count=unused_rule_count,
    )
