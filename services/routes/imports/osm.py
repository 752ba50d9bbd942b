"""Reads OpenStreetMap extracts (.osm, .osm.pbf and what else libosmium reads)."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise
from pathlib import Path

import numpy as np
import osmium

from services.routes.streets import Street, line_length_m
from services.routes.turn_rules import TurnRule
from serving.errors import InvalidArgument


class Profile(Enum):
    """Who moves: a car obeys one-way streets and keeps to carriageways, a patrol on foot does neither."""

    CAR = "car"
    FOOT = "foot"


CAR_HIGHWAYS = frozenset(
    kind + suffix for kind in ("motorway", "trunk", "primary", "secondary", "tertiary") for suffix in ("", "_link")
) | {"residential", "unclassified", "living_street", "service", "road"}
FOOT_HIGHWAYS = (CAR_HIGHWAYS - {"motorway", "motorway_link", "trunk", "trunk_link"}) | {
    "pedestrian", "footway", "path", "steps", "cycleway", "track",
}  # fmt: skip
CLOSED = frozenset({"no", "private"})
SPEED = re.compile(r"(\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph|knots)?")
KM_H = {"km/h": 1.0, "kmh": 1.0, "kph": 1.0, "mph": 1.609344, "knots": 1.852}
ROLES = {"from": "w", "to": "w", "via": "n"}
"""The members of a restriction, in the order of their names, and whether they are ways or nodes."""
EXEMPT = frozenset({"motorcar", "motor_vehicle", "emergency"})
ONE_WAY, AGAINST = frozenset({"yes", "true", "1"}), frozenset({"-1", "reverse"})


@dataclass
class OsmStreets:
    """The streets of an extract, cut at every point of a way, and its turn restrictions.

    `excluded_count` pieces were left out because a node of theirs is not in the extract, and `unread_rule_count`
    restrictions because they do not lead from one way by one node to another, or hold at times only. Of centre lines,
    `unknown_one_way_count` have directions that are not understood.
    """

    streets: list[Street] = field(default_factory=list)
    turn_rules: list[TurnRule] = field(default_factory=list)
    excluded_count: int = 0
    unread_rule_count: int = 0
    unknown_one_way_count: int = 0


def read_osm(file: Path, profile: Profile) -> OsmStreets:
    """Read an extract; its streets are to be merged into basic units.

    Ways of OpenStreetMap meet where they share a node, so bridges do not meet what they cross. A patrol on foot need
    not look at turn restrictions.

    Raises
    ------
    InvalidArgument
        The file cannot be read or has no street for the profile.
    """
    found = OsmStreets()
    try:
        for thing in osmium.FileProcessor(str(file)).with_locations():
            if isinstance(thing, osmium.osm.Way):
                _add_way(found, thing, profile)
            elif isinstance(thing, osmium.osm.Relation) and profile is Profile.CAR:
                _add_restriction(found, thing)
    except (RuntimeError, OSError) as error:
        raise InvalidArgument("streets", f"Expected an OpenStreetMap extract in {file}: {error}.") from error
    if not found.streets:
        raise InvalidArgument("streets", f"Expected streets for a {profile.value} patrol in {file}; there are none.")
    return found


def is_open(tags: Mapping[str, str], profile: Profile) -> bool:
    """Tell whether a way with some tags is open to a profile."""
    highways, keys = (
        (CAR_HIGHWAYS, ("motor_vehicle", "vehicle", "access"))
        if profile is Profile.CAR
        else (FOOT_HIGHWAYS, ("foot", "access"))
    )
    rules = [tags[key] for key in keys if key in tags]
    return tags.get("highway") in highways and tags.get("area") != "yes" and not (rules and rules[0] in CLOSED)


def directions(tags: Mapping[str, str], profile: Profile) -> tuple[bool, bool]:
    """Tell whether a way may be driven along and against its points."""
    if profile is Profile.FOOT:
        return True, True
    implied = "yes" if tags.get("junction") == "roundabout" or tags.get("highway") == "motorway" else "no"
    rule = tags.get("oneway", implied)
    return rule not in AGAINST, rule not in ONE_WAY


def speed_limit_km_h(text: str) -> float:
    """Return the speed of a `maxspeed` tag, such as "50" or "30 mph"; NaN for words such as "walk" and "none"."""
    found = SPEED.fullmatch(text.strip().lower())
    speed = float(found[1]) * KM_H[found[2] or "km/h"] if found else math.nan
    return speed if speed > 0 else math.nan


def _add_way(found: OsmStreets, way: osmium.osm.Way, profile: Profile) -> None:
    tags = {tag.k: tag.v for tag in way.tags}
    if is_open(tags, profile):
        nodes = [(node.ref, node.lon, node.lat) for node in way.nodes if node.location.valid()]
        found.excluded_count += len(way.nodes) - len(nodes)
        found.streets += _pieces(way.id, nodes, tags, profile)


def _add_restriction(found: OsmStreets, relation: osmium.osm.Relation) -> None:
    """Add a restriction with one way from, one node by way of which, and one way to; count any other."""
    tags = {tag.k: tag.v for tag in relation.tags}
    kind = tags.get("restriction:motorcar", tags.get("restriction", ""))
    if tags.get("type") != "restriction" or EXEMPT & set(tags.get("except", "").split(";")):
        return
    members = sorted((member.role, member.type, member.ref) for member in relation.members if member.role in ROLES)
    if [member[:2] for member in members] != list(ROLES.items()) or not kind.startswith(("no_", "only_")):
        found.unread_rule_count += 1
        return
    (_, _, from_way), (_, _, to_way), (_, _, via_node) = members
    found.turn_rules.append(TurnRule(from_way, via_node, to_way, only=kind.startswith("only_")))


def _pieces(
    way_id: int, nodes: list[tuple[int, float, float]], tags: Mapping[str, str], profile: Profile
) -> list[Street]:
    forward, backward = directions(tags, profile)
    limit_km_h = speed_limit_km_h(tags.get("maxspeed", "")) if profile is Profile.CAR else math.nan
    name = tags.get("name", "")
    pieces = []
    for (from_node, *start), (to_node, *end) in pairwise(nodes):
        line = np.array([start, end])
        length_m = line_length_m(line)
        if from_node != to_node and length_m > 0:
            ends = (from_node, to_node, line, length_m, forward, backward)
            pieces.append(Street(*ends, name, limit_km_h, from_way=way_id, to_way=way_id))
    return pieces
