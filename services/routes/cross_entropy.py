"""The cross-entropy method for one route."""

from dataclasses import dataclass

import numpy as np

from services.routes.arrays import FloatArray, IntArray
from services.routes.driving import DrivingGraph
from services.routes.sampling import RouteSample, draw_routes
from serving.errors import DeadlineExceeded
from serving.work import Stop

LEAST_WEIGHT = 1e-9
"""No street ever becomes impossible, and no weight grows without bound."""


@dataclass(frozen=True)
class CrossEntropyParameters:
    """How the cross-entropy method searches.

    `sample_size` routes are drawn per iteration, the `elite_share` best are learnt from, `smoothing` is the weight of
    the new estimate, and the search stops when the best reward changes by less than `stop_threshold` times the mean, or
    after `max_iterations`.
    """

    sample_size: int = 200
    elite_share: float = 0.1
    smoothing: float = 0.7
    stop_threshold: float = 0.05
    max_iterations: int = 50

    def violations(self) -> list[tuple[str, str]]:
        """Return the name of every value that is out of range and what is expected of it."""
        checks = (
            ("sample_size", 2 <= self.sample_size <= 10_000, "Expected 2 to 10000 routes per iteration."),
            ("elite_share", 0 < self.elite_share < 1, "Expected a share between 0 and 1."),
            ("smoothing", 0 < self.smoothing <= 1, "Expected a weight above 0 and at most 1."),
            ("stop_threshold", 0 < self.stop_threshold <= 1, "Expected a share above 0 and at most 1."),
            ("max_iterations", 1 <= self.max_iterations <= 1000, "Expected 1 to 1000 iterations."),
        )
        return [(name, description) for name, valid, description in checks if not valid]

    @property
    def elite_count(self) -> int:
        """Number of elite routes of an iteration."""
        return max(1, round(self.elite_share * self.sample_size))


@dataclass(frozen=True, eq=False)
class Search:
    """Result of a search: the last sample with the reward of each route, best first, and the iterations it took."""

    sample: RouteSample
    rewards: FloatArray
    best_first: IntArray
    iteration_count: int


def search_routes(
    graph: DrivingGraph,
    segment_rewards: FloatArray,
    budget_minutes: float,
    parameters: CrossEntropyParameters,
    rng: np.random.Generator,
    stop: Stop,
) -> Search:
    """Learn weights P that lead routes to high rewards.

    Each iteration draws routes from P, which starts at one, and for every segment n that was passed sets (Li et al.,
    equation 4, with elite over all)::

        P_n ← P_n · (α · (share of elite routes with n) / (share of all routes with n) + 1 − α)

    The ratio multiplies P because it was measured on routes drawn from P: it tends to one as P is learnt, so that
    taking the ratio itself for P would forget what was learnt. Stopping early keeps the routes of different seeds
    apart.

    Parameters
    ----------
    segment_rewards
        Shape (n_segments,); negative ones are to be avoided. Their scale does not matter.

    Raises
    ------
    DeadlineExceeded
        `stop` turned true.
    """
    transition = np.ones(graph.segment_count)
    best_before, iteration_count = -np.inf, 0
    while True:
        if stop():
            raise DeadlineExceeded("The time was over before all routes were found.")
        iteration_count += 1
        sample = draw_routes(graph, transition, budget_minutes, parameters.sample_size, rng)
        rewards = sample.rewards(segment_rewards)
        best_first = np.argsort(-rewards, kind="stable")
        best = rewards[best_first[0]]
        settled = abs(best - best_before) < parameters.stop_threshold * abs(rewards.mean())
        if settled or iteration_count == parameters.max_iterations:
            return Search(sample, rewards, best_first, iteration_count)
        best_before = best
        transition = _learn(transition, sample, best_first, parameters)


def _learn(
    transition: FloatArray, sample: RouteSample, best_first: IntArray, parameters: CrossEntropyParameters
) -> FloatArray:
    elite = np.zeros(sample.route_count, dtype=bool)
    elite[best_first[: parameters.elite_count]] = True
    all_share = sample.visits(np.ones_like(elite), len(transition)) / sample.route_count
    elite_share = sample.visits(elite, len(transition)) / parameters.elite_count
    passed = all_share > 0
    learnt = transition.copy()
    ratio = elite_share[passed] / all_share[passed]
    learnt[passed] *= parameters.smoothing * ratio + 1 - parameters.smoothing
    return np.clip(learnt, LEAST_WEIGHT, 1 / LEAST_WEIGHT)
