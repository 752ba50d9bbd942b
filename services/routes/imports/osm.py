"""Reads OpenStreetMap extracts (.osm, .osm.pbf and what else libosmium reads)."""

from collections.abc import Mapping
from enum import Enum
from itertools import pairwise
from pathlib import Path

import numpy as np
import osmium

from services.routes.streets import Street, line_length_m
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
ONE_WAY, AGAINST = frozenset({"yes", "true", "1"}), frozenset({"-1", "reverse"})


def read_osm(file: Path, profile: Profile) -> tuple[list[Street], int]:
    """Read the streets of an extract, cut at every point of a way; to be merged into basic units.

    Ways of OpenStreetMap meet where they share a node, so bridges do not meet what they cross.

    Returns
    -------
    tuple
        The streets, and how many pieces were left out because a node of theirs is not in the extract.

    Raises
    ------
    InvalidArgument
        The file cannot be read or has no street for the profile.
    """
    streets: list[Street] = []
    excluded_count = 0
    try:
        for way in osmium.FileProcessor(str(file), osmium.osm.WAY | osmium.osm.NODE).with_locations():
            if isinstance(way, osmium.osm.Way):
                tags = {tag.k: tag.v for tag in way.tags}
                if is_open(tags, profile):
                    nodes = [(node.ref, node.lon, node.lat) for node in way.nodes if node.location.valid()]
                    excluded_count += len(way.nodes) - len(nodes)
                    streets += _pieces(nodes, tags, profile)
    except (RuntimeError, OSError) as error:
        raise InvalidArgument("streets", f"Expected an OpenStreetMap extract in {file}: {error}.") from error
    if not streets:
        raise InvalidArgument("streets", f"Expected streets for a {profile.value} patrol in {file}; there are none.")
    return streets, excluded_count


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


def _pieces(nodes: list[tuple[int, float, float]], tags: Mapping[str, str], profile: Profile) -> list[Street]:
    forward, backward = directions(tags, profile)
    pieces = []
    for (from_node, *start), (to_node, *end) in pairwise(nodes):
        line = np.array([start, end])
        length_m = line_length_m(line)
        if from_node != to_node and length_m > 0:
            pieces.append(Street(from_node, to_node, line, length_m, forward, backward, tags.get("name", "")))
    return pieces
