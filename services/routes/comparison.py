"""Compares ways of planning routes: how well many runs serve the likelihood, and how predictable they are."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from services.routes.arrays import FloatArray, IntArray
from services.routes.cross_entropy import search_routes
from services.routes.driving import DrivingGraph, driving_graph
from services.routes.hot_spots import HotSpotPatrol
from services.routes.planning import PlanOptions, Reward, Route, RoutePlanner, segment_rewards
from services.routes.predictability import MarkovAdversary
from services.routes.quality import coefficient_of_determination, visit_counts
from services.routes.survey import Survey
from serving.work import Stop, never_stop

STOP_THRESHOLDS = (0.05, 0.1, 0.15, 0.2, 0.25)
REWARDS_KEPT = (0.6, 0.8, 0.93, 1.05)

Run = Callable[[int], list[IntArray]]
"""Makes the routes of one run, as directed segments, from a seed."""


@dataclass(frozen=True)
class Comparison:
    """One way of planning, over the routes of all runs.

    `never_visited` counts the segments above the median likelihood that no route passes. `entropy_bits` and
    `adversary_hit_rate` are an adversary's surprise and share of right guesses per turn, on routes that it has not
    seen, after learning from as many runs with other seeds. `seconds_per_run` leaves compilation out.
    """

    network: str
    reward: str
    r2: float | None
    mean_reward: float
    never_visited: int
    entropy_bits: float
    adversary_hit_rate: float
    seconds_per_run: float


def compare(
    survey: Survey, options: PlanOptions, run_count: int = 50, top_count: int = 30, stop: Stop = never_stop
) -> tuple[Comparison, ...]:
    """Compare `likelihood`, `gi_star`, `collective` and `shortest_path` (Li et al., Table I).

    The first two take the best `top_count` routes of the last sample of each of `run_count` independent searches;
    `collective` draws a set of `top_count` routes per run from one policy, which is learnt within the measured time;
    `shortest_path` patrols the top hot spots.
    """
    graph = driving_graph(survey.network, options.speed_km_h, options.turn_minutes)
    likelihood = segment_rewards(survey, Reward.LIKELIHOOD)
    gi_star = segment_rewards(survey, Reward.GI_STAR)
    ways: tuple[tuple[str, FloatArray, Run], ...] = (
        ("likelihood", likelihood, _independent(graph, likelihood, options, top_count, stop)),
        ("gi_star", gi_star, _independent(graph, gi_star, options, top_count, stop)),
        ("collective", likelihood, _collective(survey, options, top_count, stop)),
        ("shortest_path", likelihood, _hot_spots(graph, likelihood, options, top_count)),
    )
    return tuple(_measure(survey, graph, *way, run_count, options.seed) for way in ways)


@dataclass(frozen=True)
class TradeOff:
    """What one way of planning gives at one stop threshold (`threshold` set) or reward floor (`reward_kept` set)."""

    threshold: float | None
    reward_kept: float | None
    result: Comparison


def trade_off(
    survey: Survey, options: PlanOptions, run_count: int, top_count: int, stop: Stop = never_stop
) -> tuple[TradeOff, ...]:
    """Sweep the stop threshold of plain searches as published, and the reward that `collective` keeps."""
    graph = driving_graph(survey.network, options.speed_km_h, options.turn_minutes)
    points = []
    for reward in Reward:
        rewards = segment_rewards(survey, reward)
        for threshold in STOP_THRESHOLDS:
            search = replace(options.search, stop_threshold=threshold)
            run = _independent(graph, rewards, replace(options, search=search), top_count, stop)
            result = _measure(survey, graph, reward.value, rewards, run, run_count, options.seed)
            points.append(TradeOff(threshold, None, result))
    for kept in REWARDS_KEPT:
        request = replace(options, policy=replace(options.policy, reward_kept=kept))
        run = _collective(survey, request, top_count, stop)
        result = _measure(survey, graph, "collective", survey.likelihood, run, run_count, options.seed)
        points.append(TradeOff(None, kept, result))
    return tuple(points)


def _independent(graph: DrivingGraph, rewards: FloatArray, options: PlanOptions, top_count: int, stop: Stop) -> Run:
    def run(seed: int) -> list[IntArray]:
        rng = np.random.default_rng(seed % 2**64)
        search = search_routes(graph, rewards, options.budget_minutes, options.search, rng, stop)
        return [search.sample.route(int(index)) for index in search.best_first[:top_count]]

    return run


def _collective(survey: Survey, options: PlanOptions, top_count: int, stop: Stop) -> Run:
    planner = RoutePlanner()

    def run(seed: int) -> list[IntArray]:
        request = replace(options, seed=seed, route_count=top_count, reward=Reward.LIKELIHOOD)
        return [part.directed for part in planner.plan(survey, request, stop) if isinstance(part, Route)]

    return run


def _hot_spots(graph: DrivingGraph, likelihood: FloatArray, options: PlanOptions, top_count: int) -> Run:
    patrol = HotSpotPatrol(graph, likelihood)

    def run(seed: int) -> list[IntArray]:
        rng = np.random.default_rng(seed % 2**64)
        return [patrol.route(options.budget_minutes, rng) for _ in range(top_count)]

    return run


def _measure(
    survey: Survey, graph: DrivingGraph, name: str, rewards: FloatArray, run: Run, run_count: int, seed: int
) -> Comparison:
    started = time.perf_counter()
    routes = [route for index in range(run_count) for route in run(seed + index)]
    seconds = time.perf_counter() - started
    past = [route for index in range(run_count) for route in run(seed + run_count + index)]
    adversary = MarkovAdversary(graph)
    adversary.learn(past)
    visits = visit_counts(routes, graph.segment_count)
    likely = survey.likelihood > np.median(survey.likelihood)
    return Comparison(
        network=survey.network.name,
        reward=name,
        r2=coefficient_of_determination(visits, survey.likelihood),
        mean_reward=float(np.mean([rewards[np.unique(route // 2)].sum() for route in routes])),
        never_visited=int(((visits == 0) & likely).sum()),
        entropy_bits=_mean([bits for route in routes for bits in adversary.surprises_bits(route)]),
        adversary_hit_rate=_mean([hit for route in routes for hit in adversary.hits(route)]),
        seconds_per_run=seconds / run_count,
    )


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else 0.0
