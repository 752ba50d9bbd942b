"""Turn restrictions: which way may not be taken from which, at one node."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.routes.arrays import IntArray
from services.routes.streets import Street


@dataclass(frozen=True)
class TurnRule:
    """Whoever arrives on `from_way` at `via_node` may not go on along `to_way`, or with `only` nowhere else."""

    from_way: int
    via_node: int
    to_way: int
    only: bool = False


def forbidden_turns(rules: Sequence[TurnRule], streets: Sequence[Street]) -> tuple[IntArray, int]:
    """Turn rules about ways into forbidden pairs of directed segments (see `driving.DrivingGraph`).

    Rules whose node is no end of a unit any more, whose ways are not among the streets, or whose ways go on beyond the
    node so that it is not clear which part is meant, cannot be used.

    Returns
    -------
    tuple
        Directed segments and those that may not follow them, shape (n_turns, 2), and how many rules are not used.
    """
    arriving: dict[tuple[int, int], list[int]] = defaultdict(list)
    leaving: dict[tuple[int, int], list[int]] = defaultdict(list)
    around: dict[int, list[int]] = defaultdict(list)
    for index, street in enumerate(streets):
        for directed, piece in ((2 * index, street), (2 * index + 1, street.reversed())):
            if piece.forward:
                arriving[piece.to_node, piece.to_way].append(directed)
                leaving[piece.from_node, piece.from_way].append(directed)
                around[piece.from_node].append(directed)
    turns: set[tuple[int, int]] = set()
    unused_count = 0
    for rule in rules:
        sources = arriving[rule.via_node, rule.from_way]
        targets = leaving[rule.via_node, rule.to_way]
        if len(sources) != 1 or len(targets) != 1:
            unused_count += 1
            continue
        others = [directed for directed in around[rule.via_node] if directed != targets[0]]
        turns.update((sources[0], directed) for directed in (others if rule.only else targets))
    return np.array(sorted(turns), dtype=np.int64).reshape(-1, 2), unused_count
