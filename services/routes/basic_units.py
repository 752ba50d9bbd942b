"""Joins pieces of street into basic units: segments between intersections."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from services.routes.streets import Street


def merge_chains(streets: Sequence[Street]) -> list[Street]:
    """Join chains of streets at nodes where exactly two meet and both may be driven through alike.

    A ring without any intersection becomes one unit that begins and ends at the same node. The unit is named after
    its longest named piece; its speed limit is the one at which the pieces of known limit take as long as at theirs.
    """
    ends: dict[int, list[int]] = defaultdict(list)
    for index, street in enumerate(streets):
        ends[street.from_node].append(index)
        ends[street.to_node].append(index)
    merged: list[Street] = []
    used: set[int] = set()
    for index, street in enumerate(streets):
        if index not in used:
            chain = _follow(street, index, streets, ends, used)
            if chain[-1].to_node != chain[0].from_node:
                behind = _follow(street.reversed(), index, streets, ends, used)[1:]
                chain = [piece.reversed() for piece in reversed(behind)] + chain
            merged.append(_joined(chain))
    return merged


def _follow(
    street: Street, index: int, streets: Sequence[Street], ends: dict[int, list[int]], used: set[int]
) -> list[Street]:
    """Return the street and those that continue it beyond its `to_node`, all in one direction; mark them as used."""
    chain = [street]
    used.add(index)
    while len(ends[street.to_node]) == 2:
        first, second = ends[street.to_node]
        following = second if first == index else first
        if following in used:
            break
        piece = streets[following]
        ahead = piece if piece.from_node == street.to_node else piece.reversed()
        if (ahead.forward, ahead.backward) != (street.forward, street.backward):
            break
        chain.append(ahead)
        used.add(following)
        street, index = ahead, following
    return chain


def _joined(chain: Sequence[Street]) -> Street:
    first, last = chain[0], chain[-1]
    if len(chain) == 1:
        return first
    line = np.concatenate([first.line, *(street.line[1:] for street in chain[1:])])
    longest_named = max(chain, key=lambda street: (bool(street.name), street.length_m))
    return Street(
        from_node=first.from_node,
        to_node=last.to_node,
        line=line,
        length_m=sum(street.length_m for street in chain),
        forward=first.forward,
        backward=first.backward,
        name=longest_named.name,
        speed_limit_km_h=_mean_limit_km_h(chain),
        from_way=first.from_way,
        to_way=last.to_way,
    )


def _mean_limit_km_h(chain: Sequence[Street]) -> float:
    """Return the speed limit at which a chain takes as long as its pieces at theirs; unknown ones are left out."""
    known = [street for street in chain if not math.isnan(street.speed_limit_km_h)]
    hours = sum(street.length_m / 1000 / street.speed_limit_km_h for street in known)
    return sum(street.length_m for street in known) / 1000 / hours if known else math.nan


def largest_component(streets: Sequence[Street]) -> tuple[list[Street], int]:
    """Keep the streets among which a car can drive from each to each and back, obeying one-way streets.

    Returns
    -------
    tuple
        The streets of the strongly connected component with the most streets (the first of equal ones), and how many
        streets lie outside of it.
    """
    nodes = sorted({node for street in streets for node in (street.from_node, street.to_node)})
    position = {node: index for index, node in enumerate(nodes)}
    arcs = list(_drivable(streets, position))
    starts, ends = np.array(arcs, dtype=np.int64).reshape(-1, 2).T
    graph = sp.coo_array((np.ones(len(arcs)), (starts, ends)), shape=(len(nodes), len(nodes)))
    _, labels = connected_components(graph, directed=True, connection="strong")
    components = [(labels[position[street.from_node]], labels[position[street.to_node]]) for street in streets]
    inside = [first for first, second in components if first == second]
    if not inside:
        return [], len(streets)
    largest = np.bincount(inside).argmax()
    kept = [street for street, component in zip(streets, components, strict=True) if component == (largest, largest)]
    return kept, len(streets) - len(kept)


def _drivable(streets: Iterable[Street], position: dict[int, int]) -> Iterable[tuple[int, int]]:
    for street in streets:
        ends = (position[street.from_node], position[street.to_node])
        if street.forward:
            yield ends
        if street.backward:
            yield ends[::-1]
