"""Finds the least predictable mixture of routes that goes where it should.

The unknown is the probability w_r of every route r of a pool. With the visits v = Aᵀw of a route drawn from it, the
rewards C of segments and the turns n = Bᵀw, it solves the convex problem::

    max  H(next segment | last two) = − Σ n_abc log₂(n_abc / n_ab)
         C·v ≥ least reward
         R² of v on C ≥ least fit:   ‖v − v̄ − c (c·v)‖ ≤ √(1/fit − 1) c·v,   c = C − C̄ normalised
         v_s ≥ least visits of segment s
         w ≥ 0,  Σ w = 1

R² at least so much is a cone because it bounds the part of v that does not follow C by the part that does. Conditional
entropy is concave in n. Constraints enter as squared shortages, so that a pool that cannot meet them gives the closest
mixture, and the ascent is by exponentiated gradient (mirror ascent) with a step that adapts.
"""

from dataclasses import dataclass

import numba as nb
import numpy as np

from services.routes.arrays import FloatArray
from services.routes.route_pool import RoutePool, gather, spread

PENALTY = 60.0
"""Bits that a shortage as large as what is asked for costs."""

REWARD_PENALTY = 1500.0
"""The same for reward, which is the first to suffer where a pool cannot meet everything."""

LEAST_EXPONENT = -30.0
"""No single step makes a route so unlikely that later ones cannot bring it back."""

FIRST_STEP, LEAST_STEP = 0.3, 1e-4


@dataclass(frozen=True, eq=False)
class MixtureGoal:
    """What visits should be: `rewards` C and `least_visits` per segment, shape (n_segments,), and two floors."""

    rewards: FloatArray
    least_visits: FloatArray
    least_reward: float
    least_fit: float


@dataclass(frozen=True, eq=False)
class Mixture:
    """Probabilities of routes, shape (n_routes,), and what a visit to each segment is worth, shape (n_segments,).

    `segment_prices` is the gradient of the objective by visits: a route worth more than those in the pool improves it.
    """

    weights: FloatArray
    segment_prices: FloatArray
    entropy_bits: float


def solve_mixture(pool: RoutePool, goal: MixtureGoal, start: FloatArray, iterations: int) -> Mixture:
    """Improve the probabilities `start`, shape (n_routes,), in at most so many steps."""
    centred = goal.rewards - goal.rewards.mean()
    norm = float(np.linalg.norm(centred))
    cone = np.sqrt(1 / goal.least_fit - 1)
    direction = centred / norm if norm > 0 else np.zeros_like(centred)
    weights, prices, entropy_bits = _ascend(
        (pool.segment_offsets, pool.segments, pool.turn_offsets, pool.turns, pool.turn_pairs),
        (goal.rewards, goal.least_visits, direction, cone if norm > 0 else np.inf, max(goal.least_reward, 1e-12)),
        start,
        iterations,
    )
    return Mixture(weights, prices, entropy_bits)


def turn_entropy_bits(pool: RoutePool, weights: FloatArray) -> float:
    """Return the uncertainty of the next segment given the last two, bits per turn, of routes drawn with `weights`."""
    if not len(pool.turn_pairs):
        return 0.0
    counts = gather(pool.turn_offsets, pool.turns, weights, len(pool.turn_pairs))
    total_bits, _ = _entropy(counts, pool.turn_pairs, 1.0)
    return float(total_bits / counts.sum())


@nb.njit(nogil=True, cache=True)
def _ascend(incidences, goal, start, iterations):  # type: ignore[no-untyped-def]
    segment_offsets, segments, turn_offsets, turns, _ = incidences
    scale = max(1.0, len(turns) / (len(turn_offsets) - 1))
    spread_of_start = gather(segment_offsets, segments, start, len(goal[0])).std() * np.sqrt(len(goal[0]))
    misfit_scale = max(spread_of_start, 1e-12)
    weights, step = start, FIRST_STEP
    value, entropy, bits, prices = _value(incidences, goal, weights, scale, misfit_scale)
    for _ in range(iterations):
        gradient = spread(turn_offsets, turns, bits) + spread(segment_offsets, segments, prices)
        gradient -= gradient.max()
        improved = False
        while not improved and step > LEAST_STEP:
            moved = weights * np.exp(np.maximum(step * gradient, LEAST_EXPONENT))
            moved /= moved.sum()
            found = _value(incidences, goal, moved, scale, misfit_scale)
            improved = found[0] > value
            step *= 1.3 if improved else 0.5
        if not improved:
            break
        weights = moved
        value, entropy, bits, prices = found
    return weights, prices, entropy


@nb.njit(nogil=True, cache=True)
def _value(incidences, goal, weights, scale, misfit_scale):  # type: ignore[no-untyped-def]
    """Return the objective, the entropy per turn, and the gradients by turns and by visits."""
    segment_offsets, segments, turn_offsets, turns, turn_pairs = incidences
    visits = gather(segment_offsets, segments, weights, len(goal[0]))
    entropy, bits = _entropy(gather(turn_offsets, turns, weights, len(turn_pairs)), turn_pairs, scale)
    penalty, prices = _shortages(visits, goal, misfit_scale)
    return entropy - penalty, entropy, bits, prices


@nb.njit(nogil=True, cache=True)
def _entropy(counts, turn_pairs, scale):  # type: ignore[no-untyped-def]
    """Return − Σ n log₂(n / n of the first two) and its gradient by n, both divided by `scale`."""
    pairs = np.zeros(turn_pairs.max() + 1 if len(turn_pairs) else 0)
    for turn in range(len(counts)):
        pairs[turn_pairs[turn]] += counts[turn]
    total, bits = 0.0, np.zeros(len(counts))
    for turn in range(len(counts)):
        if counts[turn] > 0:
            bits[turn] = -np.log2(counts[turn] / pairs[turn_pairs[turn]]) / scale
            total += counts[turn] * bits[turn]
    return total, bits


@nb.njit(nogil=True, cache=True)
def _shortages(visits, goal, misfit_scale):  # type: ignore[no-untyped-def]
    """Return the penalty for what is short of the goal and what one more visit to each segment takes off it."""
    rewards, least_visits, direction, cone, least_reward = goal
    penalty, prices = 0.0, np.zeros(len(visits))
    short = 1 - (rewards * visits).sum() / least_reward
    if short > 0:
        penalty += REWARD_PENALTY * short * short
        prices += 2 * REWARD_PENALTY * short / least_reward * rewards
    along = (direction * visits).sum()
    off = visits - visits.mean() - direction * along
    distance = np.sqrt((off * off).sum())
    short = (distance - cone * along) / misfit_scale
    if np.isfinite(cone) and short > 0:
        penalty += PENALTY * short * short
        prices += 2 * PENALTY * short / misfit_scale * (cone * direction - off / max(distance, 1e-12))
    watched = max(1, (least_visits > 0).sum())
    for segment in range(len(visits)):
        if visits[segment] < least_visits[segment]:
            short = 1 - visits[segment] / least_visits[segment]
            penalty += PENALTY / watched * short * short
            prices[segment] += 2 * PENALTY / watched * short / least_visits[segment]
    return penalty, prices
