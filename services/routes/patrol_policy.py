"""Learns a random patrol policy: which routes to drive, and how often each.

Routes come from the cross-entropy method. What a set of routes should do as a whole is left to the probabilities with
which they are drawn (:mod:`services.routes.mixture`), and the prices of that problem tell the next searches which
segments are visited too seldom and which too often for their rewards (column generation).
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from services.routes.arrays import FloatArray, IntArray
from services.routes.cross_entropy import CrossEntropyParameters, Search, search_routes
from services.routes.driving import DrivingGraph
from services.routes.mixture import MixtureGoal, solve_mixture, turn_entropy_bits
from services.routes.route_pool import RoutePool, pool_routes, spread
from services.routes.sampling import RouteSample, draw_routes
from serving.errors import DeadlineExceeded
from serving.work import Stop

TOP_COUNT = 30
"""Routes of a search that count as its result, as published."""

PATIENT_STOP_THRESHOLD = 0.005
"""Ends half of the searches, so that the pool has routes as good as they get beside varied ones."""


FULL_EFFORT_SEGMENTS = 2000
"""On larger networks searches take longer and are fewer in proportion."""


@dataclass(frozen=True)
class PolicyParameters:
    """How a policy is learnt.

    `plain_count` plain searches tell what reward to expect. They and `search_count` patient ones begin the pool, beside
    `random_count` routes at random and as many that follow rewards; each of `round_count` rounds adds the routes of
    `search_count` searches by prices. The pool keeps its `pool_size` likeliest routes. The mixture keeps `reward_kept`
    of the mean reward of plain searches, R² `least_fit` of visits on rewards, and `least_visits` per route to every
    segment above the median. The mixture takes
    `round_iterations` steps per round and `iterations` at the end.

    Where that mixture is not `least_entropy_gain` times as hard to predict as plain searches, it is solved again with
    the next lower of `lower_fits`: a network on which likelihood is spread evenly leaves little room between a good fit
    and the next turn that everybody expects.
    """

    plain_count: int = 200
    search_count: int = 10
    random_count: int = 1500
    round_count: int = 32
    pool_size: int = 4000
    round_iterations: int = 60
    iterations: int = 800
    reward_kept: float = 0.935
    least_fit: float = 0.87
    lower_fits: tuple[float, ...] = (0.85, 0.825)
    least_entropy_gain: float = 1.04
    least_visits: float = 0.0045

    def for_size(self, segment_count: int) -> "PolicyParameters":
        """Return the same with fewer searches and rounds where a network is so large that they take long."""
        share = min(1.0, FULL_EFFORT_SEGMENTS / segment_count)
        return replace(
            self,
            plain_count=math.ceil(self.plain_count * share),
            round_count=math.ceil(self.round_count * share),
        )


@dataclass(frozen=True, eq=False)
class PatrolPolicy:
    """Routes and the probability of each, shape (n_routes,), in an order in which neighbours are alike."""

    routes: RouteSample
    weights: FloatArray
    iteration_count: int

    def draw(self, count: int, rng: np.random.Generator) -> list[IntArray]:
        """Draw routes as directed segments, each with the policy's probabilities.

        The draw is systematic: one random offset, then equal steps through the cumulated probabilities, so that the
        routes of a set lie in different parts of the pool. Their order is random.
        """
        cumulated = np.cumsum(self.weights)
        places = (rng.random() + np.arange(count)) / count * cumulated[-1]
        chosen = np.minimum(np.searchsorted(cumulated, places, side="right"), len(self.weights) - 1)
        return [self.routes.route(int(index)) for index in rng.permutation(chosen)]


@dataclass(frozen=True, eq=False)
class PolicyLearner:
    """Learns a policy whose visits follow `rewards`, shape (n_segments,), at least zero; their scale does not matter.

    :meth:`learn` raises DeadlineExceeded where `stop` turns true.
    """

    graph: DrivingGraph
    rewards: FloatArray
    budget_minutes: float
    search: CrossEntropyParameters
    parameters: PolicyParameters
    rng: np.random.Generator
    stop: Stop

    def learn(self) -> PatrolPolicy:
        """Search, weigh, and search again by prices."""
        parameters = self.parameters.for_size(self.graph.segment_count)
        plain = [self._search(self._shares, self.search) for _ in range(parameters.plain_count)]
        plain_reward = float(np.mean([one.rewards[one.best_first[:TOP_COUNT]].mean() for one in plain]))
        goal = self._goal(parameters.reward_kept * plain_reward)
        searches = plain[: parameters.search_count] + self._searches(self._shares)
        pool = pool_routes(self.graph, [*map(self._best, searches), *self._random()])
        weights = np.full(pool.route_count, 1 / pool.route_count)
        iteration_count = sum(one.iteration_count for one in plain + searches[parameters.search_count :])
        for _ in range(parameters.round_count):
            mixture = solve_mixture(pool, goal, weights, parameters.round_iterations)
            searches = self._searches(mixture.segment_prices)
            iteration_count += sum(one.iteration_count for one in searches)
            pool, weights = self._extended(pool, mixture.weights, list(map(self._best, searches)))
        weights = self._settle(pool, weights, goal, self._entropy_bits(plain))
        return self._policy(pool, weights, iteration_count)

    def _entropy_bits(self, searches: list[Search]) -> float:
        """Return how hard to predict the best routes of many searches are, bits per turn."""
        pool = pool_routes(self.graph, [one.sample.take(one.best_first[:TOP_COUNT]) for one in searches])
        return turn_entropy_bits(pool, np.full(pool.route_count, 1 / pool.route_count))

    def _settle(self, pool: RoutePool, start: FloatArray, goal: MixtureGoal, plain_bits: float) -> FloatArray:
        """Return the mixture with the best fit that is harder to predict than plain searches, or else the last."""
        weights = start
        for fit in (goal.least_fit, *self.parameters.lower_fits):
            found = solve_mixture(pool, replace(goal, least_fit=fit), weights, self.parameters.iterations)
            weights = found.weights
            if turn_entropy_bits(pool, weights) >= self.parameters.least_entropy_gain * plain_bits:
                break
        return weights

    @cached_property
    def _shares(self) -> FloatArray:
        greatest = self.rewards.max()
        return self.rewards / greatest if greatest > 0 else np.ones_like(self.rewards)

    def _goal(self, least_reward: float) -> MixtureGoal:
        likely = self._shares > np.median(self._shares)
        least_visits: FloatArray = np.where(likely, self.parameters.least_visits, 0.0)
        return MixtureGoal(self._shares, least_visits, least_reward, self.parameters.least_fit)

    def _search(self, prices: FloatArray, search: CrossEntropyParameters) -> Search:
        return search_routes(self.graph, prices, self.budget_minutes, search, self.rng, self.stop)

    def _searches(self, prices: FloatArray) -> list[Search]:
        """Search impatiently and patiently in turn."""
        patient = replace(self.search, stop_threshold=min(self.search.stop_threshold, PATIENT_STOP_THRESHOLD))
        return [
            self._search(prices, patient if index % 2 else self.search) for index in range(self.parameters.search_count)
        ]

    def _random(self) -> list[RouteSample]:
        """Draw routes without search: they make a mixture hard to predict where rewards can spare them."""
        everywhere = np.ones_like(self._shares)
        count = self.parameters.random_count
        return [
            draw_routes(self.graph, transition, self.budget_minutes, count, self.rng)
            for transition in (everywhere, self._shares + self._shares.mean())
        ]

    def _best(self, search: Search) -> RouteSample:
        return search.sample.take(search.best_first[: 2 * TOP_COUNT])

    def _extended(
        self, pool: RoutePool, weights: FloatArray, samples: list[RouteSample]
    ) -> tuple[RoutePool, FloatArray]:
        """Keep the likeliest routes and give a tenth of their probability to the new ones."""
        if self.stop():
            raise DeadlineExceeded("The time was over before the routes were found.")
        kept = np.sort(np.argsort(-weights, kind="stable")[: self.parameters.pool_size])
        new_count = sum(sample.route_count for sample in samples)
        extended = pool_routes(self.graph, [pool.sample.take(kept), *samples])
        shares = [0.9 * weights[kept] / weights[kept].sum(), np.full(new_count, 0.1 / new_count)]
        return extended, np.concatenate(shares)

    def _policy(self, pool: RoutePool, weights: FloatArray, iteration_count: int) -> PatrolPolicy:
        """Order the routes by the first principal axis of their visits, so that neighbours are alike."""
        kept = np.flatnonzero(weights > weights.max() * 1e-9)
        routes, weights = pool.sample.take(kept), weights[kept] / weights[kept].sum()
        order = np.argsort(_principal_coordinate(pool_routes(self.graph, [routes]), weights, self.graph.segment_count))
        return PatrolPolicy(routes.take(order), weights[order], iteration_count)


def _principal_coordinate(pool: RoutePool, weights: FloatArray, segment_count: int, iterations: int = 20) -> FloatArray:
    """Return the coordinate of each route on the first principal axis of visits, by power iteration, (n_routes,)."""
    mean = pool.visits(weights, segment_count)
    axis = np.cos(np.arange(segment_count))
    for _ in range(iterations):
        scores = spread(pool.segment_offsets, pool.segments, axis) - mean @ axis
        axis = pool.visits(weights * scores, segment_count) - mean * (weights @ scores)
        axis /= max(float(np.linalg.norm(axis)), 1e-300)
    coordinates: FloatArray = spread(pool.segment_offsets, pool.segments, axis)
    return coordinates
