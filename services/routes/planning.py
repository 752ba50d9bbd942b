"""Plans a set of varied routes on a surveyed network."""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

import numpy as np

from services.routes.arrays import FloatArray, IntArray
from services.routes.crews import crew_parts
from services.routes.cross_entropy import CrossEntropyParameters
from services.routes.driving import DrivingGraph, driving_graph
from services.routes.gi_star import rescale
from services.routes.network import StreetNetwork
from services.routes.patrol_policy import PatrolPolicy, PolicyLearner, PolicyParameters
from services.routes.quality import RouteSetQuality, assess
from services.routes.route_limits import Point, graph_between, require_route
from services.routes.survey import Survey
from services.routes.turn_list import Stretch, turn_list
from services.routes.turns import TurnMinutes
from serving.errors import InvalidArgument
from serving.work import Stop

POLICY_SEED = 2026
"""Policies are learnt from this seed, so that a request's own seed alone decides which routes it draws."""


class Reward(Enum):
    """What a route collects from each distinct segment."""

    LIKELIHOOD = "likelihood"
    GI_STAR = "gi_star"


@dataclass(frozen=True)
class PlanOptions:
    """What to plan: `route_count` routes of at most `budget_minutes` at `speed_km_h`, from one `seed`.

    Routes begin and end at the intersections nearest to `start` and `end`, anywhere where these are None. With several
    crews, routes go to the crews in turn, and every crew stays in its own part of the network. Turns take
    `turn_minutes`.

    Raises
    ------
    InvalidArgument
        A value is out of range; all of them are named.
    """

    route_count: int = 5
    budget_minutes: float = 10.0
    speed_km_h: float = 15.0
    reward: Reward = Reward.GI_STAR
    search: CrossEntropyParameters = field(default_factory=CrossEntropyParameters)
    seed: int = 0
    start: Point | None = None
    end: Point | None = None
    crew_count: int = 1
    turn_minutes: TurnMinutes = field(default_factory=TurnMinutes)
    policy: PolicyParameters = field(default_factory=PolicyParameters)

    def __post_init__(self) -> None:
        violations = [
            (name, f"Expected {low:g} to {high:g}, got {value:g}.")
            for name, value, low, high in (
                ("route_count", self.route_count, 1, 100),
                ("budget_minutes", self.budget_minutes, 0.01, 720),
                ("speed_km_h", self.speed_km_h, 1, 130),
                ("crew_count", self.crew_count, 1, 20),
                ("turn_minutes.left", self.turn_minutes.left, 0, 60),
                ("turn_minutes.right", self.turn_minutes.right, 0, 60),
                ("turn_minutes.back", self.turn_minutes.back, 0, 60),
            )
            if not low <= value <= high
        ]
        if violations := [*violations, *self.search.violations()]:
            raise InvalidArgument.of(violations)


@dataclass(frozen=True, eq=False)
class Route:
    """A route.

    `directed` holds the directed segments in driven order (see :class:`services.routes.driving.DrivingGraph`), `line`
    the driven longitudes and latitudes, shape (n_points, 2); `reward` is the sum over its distinct segments, and `crew`
    the crew that drives it, from 0. `turns` tells it in words.
    """

    directed: IntArray
    line: FloatArray
    minutes: float
    length_m: float
    reward: float
    crew: int = 0
    turns: tuple[Stretch, ...] = ()

    @property
    def segments(self) -> IntArray:
        """The segments in driven order, shape (n_steps,)."""
        return self.directed // 2


def segment_rewards(survey: Survey, reward: Reward) -> FloatArray:
    """Return what a route collects from each segment, in [0, 1], shape (n_segments,)."""
    return survey.likelihood if reward is Reward.LIKELIHOOD else rescale(survey.gi_star_z)


class RoutePlanner:
    """Plans routes, and remembers the policies it has learnt: they depend on everything but the seed and the count."""

    def __init__(self, policies_in_memory: int = 64) -> None:
        self._policies: OrderedDict[Hashable, PatrolPolicy] = OrderedDict()
        self._policies_in_memory = policies_in_memory
        self._lock = threading.Lock()

    def plan(self, survey: Survey, options: PlanOptions, stop: Stop) -> Iterator[Route | RouteSetQuality]:
        """Yield the routes, then how good the set is.

        Raises
        ------
        InvalidArgument
            No route fits the budget, or a point to start or end at is far from every street.
        FailedPrecondition
            No route fits the budget in a sector in which routes may begin and end anywhere.
        DeadlineExceeded
            `stop` turned true before the policy was learnt.
        """
        rewards = segment_rewards(survey, options.reward)
        everywhere = driving_graph(survey.network, options.speed_km_h, options.turn_minutes)
        graph = graph_between(everywhere, survey.network, options.start, options.end)
        crews = crew_parts(survey.network, rewards, options.crew_count)
        graphs = [graph if options.crew_count == 1 else graph.within(crews == crew) for crew in _crews(options)]
        anywhere = options.start is None and options.end is None
        for one in graphs:
            require_route(one, options.budget_minutes, survey.sector_id if anywhere else "")
        policies = [self._policy(survey, options, one, rewards, crew, stop) for crew, one in enumerate(graphs)]
        routes = list(_draw(survey.network, everywhere, rewards, options, policies))
        yield from routes
        yield assess(
            everywhere,
            survey.likelihood,
            [route.directed for route in routes],
            rewards=np.array([route.reward for route in routes]),
            iteration_count=sum(policy.iteration_count for policy in policies),
            seed=options.seed,
        )

    def _policy(
        self, survey: Survey, options: PlanOptions, graph: DrivingGraph, rewards: FloatArray, crew: int, stop: Stop
    ) -> PatrolPolicy:
        key = (survey, replace(options, seed=0, route_count=1), crew)
        with self._lock:
            if key in self._policies:
                self._policies.move_to_end(key)
                return self._policies[key]
        inside = np.bincount(graph.successors // 2, minlength=graph.segment_count) > 0
        inside[graph.starts // 2] = True
        learner = PolicyLearner(
            graph=graph,
            rewards=np.where(inside, rewards, 0.0),
            budget_minutes=options.budget_minutes,
            search=options.search,
            parameters=options.policy,
            rng=np.random.default_rng([POLICY_SEED, crew]),
            stop=stop,
        )
        policy = learner.learn()
        with self._lock:
            self._policies[key] = policy
            while len(self._policies) > self._policies_in_memory:
                self._policies.popitem(last=False)
        return policy


def plan_routes(survey: Survey, options: PlanOptions, stop: Stop) -> Iterator[Route | RouteSetQuality]:
    """Plan once; see :meth:`RoutePlanner.plan`."""
    return RoutePlanner().plan(survey, options, stop)


def _crews(options: PlanOptions) -> range:
    """Return the crews that get a route."""
    return range(min(options.crew_count, options.route_count)) if options.crew_count > 1 else range(1)


def _draw(
    network: StreetNetwork,
    graph: DrivingGraph,
    rewards: FloatArray,
    options: PlanOptions,
    policies: Sequence[PatrolPolicy],
) -> Iterator[Route]:
    """Draw the routes of all crews, which take turns."""
    drawn = []
    for crew, policy in enumerate(policies):
        count = len(range(crew, options.route_count, len(policies)))
        drawn.append(policy.draw(count, np.random.default_rng([options.seed % 2**64, crew])))
    for index in range(options.route_count):
        crew, number = index % len(policies), index // len(policies)
        directed = drawn[crew][number]
        yield Route(
            directed=directed,
            line=driven_line(network, directed),
            minutes=graph.route_minutes(directed),
            length_m=float(network.lengths_m[directed // 2].sum()),
            reward=float(rewards[np.unique(directed // 2)].sum()),
            crew=crew,
            turns=turn_list(network, directed),
        )


def driven_line(network: StreetNetwork, directed: IntArray) -> FloatArray:
    """Return the longitudes and latitudes that a route passes, shape (n_points, 2)."""
    pieces = [network.lines[segment // 2][:: -1 if segment % 2 else 1] for segment in directed]
    return np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])
