"""How good a set of routes is as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.routes.arrays import FloatArray, IntArray
from services.routes.driving import DrivingGraph
from services.routes.predictability import held_out_entropy_bits


@dataclass(frozen=True)
class RouteSetQuality:
    """Quality of a set of routes.

    `r2` is that of the regression of visit frequency on likelihood, None where one of them does not vary;
    `entropy_bits` is the uncertainty of the next segment given the last two; `iteration_count` is over all searches.
    """

    r2: float | None
    mean_reward: float
    never_visited_segment_count: int
    entropy_bits: float
    iteration_count: int
    seed: int


def assess(
    graph: DrivingGraph,
    likelihood: FloatArray,
    routes: Sequence[IntArray],
    rewards: FloatArray,
    iteration_count: int,
    seed: int,
) -> RouteSetQuality:
    """Return the quality of routes, given as directed segments; `rewards` has shape (n_routes,)."""
    visits = visit_counts(routes, len(likelihood))
    return RouteSetQuality(
        r2=coefficient_of_determination(visits, likelihood),
        mean_reward=float(rewards.mean()),
        never_visited_segment_count=int((visits == 0).sum()),
        entropy_bits=held_out_entropy_bits(graph, routes),
        iteration_count=iteration_count,
        seed=seed,
    )


def visit_counts(routes: Sequence[IntArray], segment_count: int) -> FloatArray:
    """Count for each segment the routes that pass it, shape (n_segments,)."""
    visits = np.zeros(segment_count)
    for route in routes:
        visits[np.unique(route // 2)] += 1
    return visits


def coefficient_of_determination(visits: FloatArray, likelihood: FloatArray) -> float | None:
    """Return R² of the linear regression of visits on likelihood; None where one of them does not vary."""
    if np.ptp(visits) == 0 or np.ptp(likelihood) == 0:
        return None
    return float(np.corrcoef(visits, likelihood)[0, 1] ** 2)
