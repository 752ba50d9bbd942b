"""How well somebody who knows past routes can tell where a car turns next."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from services.routes.arrays import FloatArray, IntArray
from services.routes.driving import DrivingGraph

Turn = tuple[int, int, int]
"""Three directed segments driven one after the other."""


def turns(directed: IntArray) -> list[Turn]:
    """Return every three segments that follow each other on a route."""
    steps = directed.tolist()
    return [(first, second, third) for (first, second), third in zip(pairwise(steps), steps[2:], strict=False)]


@dataclass
class MarkovAdversary:
    """Predicts the next directed segment from the last two, as often as past routes went there.

    Every way that may be driven counts as seen once before (Laplace), so nothing is impossible.
    """

    graph: DrivingGraph
    counts: Counter[Turn] = field(default_factory=Counter)

    def learn(self, routes: Sequence[IntArray], times: int = 1) -> None:
        """Add routes to what the adversary has seen; forget them with `times` = -1."""
        for route in routes:
            for turn in turns(route):
                self.counts[turn] += times

    def probabilities(self, first: int, second: int) -> tuple[IntArray, FloatArray]:
        """Return what may follow two directed segments and the probability of each."""
        following = self.graph.following(second)
        seen = np.array([self.counts[first, second, int(third)] for third in following]) + 1.0
        return following, seen / seen.sum()

    def surprises_bits(self, route: IntArray) -> list[float]:
        """Return the surprise at each turn of a route, -log₂ of its probability."""
        return [-float(np.log2(self._probability(turn))) for turn in turns(route)]

    def hits(self, route: IntArray) -> list[float]:
        """Return for each turn of a route the chance that the likeliest guess is right; ties are drawn."""
        return [self._hit(turn) for turn in turns(route)]

    def _probability(self, turn: Turn) -> float:
        following, probabilities = self.probabilities(turn[0], turn[1])
        return float(probabilities[following == turn[2]][0])

    def _hit(self, turn: Turn) -> float:
        following, probabilities = self.probabilities(turn[0], turn[1])
        guesses = following[probabilities == probabilities.max()]
        return float((guesses == turn[2]).sum() / len(guesses))


def held_out_entropy_bits(graph: DrivingGraph, routes: Sequence[IntArray]) -> float:
    """Return the mean surprise per turn in bits of an adversary who knows all the other routes of the set.

    Each route is held out in turn, so a set of few routes does not look predictable merely because it is small. Zero
    where no route has a turn.
    """
    adversary = MarkovAdversary(graph)
    adversary.learn(routes)
    surprises: list[float] = []
    for route in routes:
        adversary.learn([route], times=-1)
        surprises += adversary.surprises_bits(route)
        adversary.learn([route])
    return float(np.mean(surprises)) if surprises else 0.0
