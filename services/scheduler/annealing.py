"""Searches schedules by simulated annealing with swaps; repairs broken ones and polishes good ones on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from services.scheduler import annealing_kernel
from services.scheduler.board import make_board, make_position
from services.scheduler.budget import Budget
from services.scheduler.instance import NOWHERE, Instance, Rows, compile_instance
from services.scheduler.problem import QUARTER_MINUTES, Car, Problem

MOVES_PER_CALL = 20_000
"""Moves between two looks at the budget; about 20 ms."""


@dataclass(frozen=True)
class Cooling:
    """How a search cools. Temperatures are in units of the mean cost of a drive.

    Attributes
    ----------
    hot, cold
        First and last temperature.
    moves_per_place
        Moves for each car and period.
    penalty
        Cost of a broken rule, in units of the largest cost of a drive.
    """

    hot: float
    cold: float
    moves_per_place: int
    penalty: float


SEARCH = Cooling(hot=0.2, cold=0.02, moves_per_place=2000, penalty=1.0)
LONG_SEARCH = Cooling(hot=0.2, cold=0.02, moves_per_place=6000, penalty=1.0)
"""From anywhere."""

REPAIR = Cooling(hot=0.1, cold=0.02, moves_per_place=500, penalty=3.0)
"""From a schedule that breaks few rules, staying near it."""

POLISH = Cooling(hot=0.005, cold=0.001, moves_per_place=500, penalty=3.0)
"""Downhill from a schedule that meets every rule."""


@dataclass(frozen=True, eq=False)
class Found:
    """The best schedule of a search, shape (n, T), and its objective; None and infinity if every one broke a rule."""

    rows: Rows | None
    objective: float


def search(instance: Instance, rows: Rows, cooling: Cooling, budget: Budget, seed: int) -> Found:
    """Search from a schedule that may break rules of cover, cap and presence.

    Parameters
    ----------
    rows
        Where to begin, shape (n, T); keeps duty, pins and bans.
    budget
        Looked at about 50 times a second.
    seed
        Same seed, same answer, as long as the budget does not run out.
    """
    board, position = make_board(instance, cooling.penalty), make_position(instance, rows)
    for car in range(instance.car_count):
        annealing_kernel.score_car(board, position, car)
    random = np.array([np.random.SeedSequence(seed).generate_state(1, np.uint64)[0] | np.uint64(1)])
    best_path, best = position.path.copy(), np.inf
    if position.broken.sum() + position.missing[0] == 0:
        best = float(annealing_kernel.energy(board, position))
    scale = _mean_cost(instance)
    calls = max(1, cooling.moves_per_place * rows.size // MOVES_PER_CALL)
    temperatures = np.geomspace(cooling.hot, cooling.cold, calls + 1) * scale
    for hot, cold in pairwise(temperatures):
        if budget.over:
            break
        best = annealing_kernel.anneal(board, position, random, best_path, best, hot, cold, MOVES_PER_CALL)
    if best == np.inf:
        return Found(None, np.inf)
    return Found(best_path[:, board.history_length :].copy(), float(best))


def search_in_stages(instance: Instance, rows: Rows, stages: Sequence[Cooling], budget: Budget, seed: int) -> Found:
    """Search again and again, each time from the best schedule so far, and return the best of all.

    A short first stage has a schedule soon, whatever the budget.
    """
    best = Found(None, np.inf)
    for stage, cooling in enumerate(stages):
        start = rows if best.rows is None else best.rows
        found = search(instance, start, cooling, budget, seed + stage)
        best = found if found.objective < best.objective else best
    return best


def compile_kernel() -> None:
    """Compile the annealing kernel, or load it from the cache, so that no solve waits for it."""
    cars, travel = (Car("1"), Car("2")), ((0.0, 1.0), (1.0, 0.0))
    instance = compile_instance(Problem(("A", "B"), cars, QUARTER_MINUTES, travel, ((1, 1), (1, 1))))
    search(instance, random_rows(instance, 0), REPAIR, Budget.of_seconds(600, lambda: False), 0)


def breaches(instance: Instance, rows: Rows) -> int:
    """Return how often a schedule, shape (n, T), breaks rules of cover, cap and presence."""
    board, position = make_board(instance, 1.0), make_position(instance, rows)
    for car in range(instance.car_count):
        annealing_kernel.score_car(board, position, car)
    return int(position.broken.sum() + position.missing[0])


def random_rows(instance: Instance, seed: int) -> Rows:
    """Return a schedule that meets demand in number where it can and keeps duty, pins and bans.

    Raises
    ------
    ValueError
        A car may be nowhere in a period of its duty.
    """
    random = np.random.default_rng(seed)
    rows = np.full((instance.car_count, instance.period_count), NOWHERE, dtype=np.int64)
    for period, demand in enumerate(instance.demand):
        wanted = list(random.permutation(np.repeat(np.arange(len(demand)), demand)))
        cars = np.flatnonzero(instance.active[:, period])
        for car in sorted(random.permutation(cars), key=lambda car: instance.allowed[car, period].sum()):
            rows[car, period] = _pick(instance.allowed[car, period], wanted, random)
    return rows


def legal_rows(instance: Instance, rows: Rows, seed: int) -> Rows:
    """Return a schedule, shape (n, T), with placements that duty, pins or bans forbid drawn anew.

    Raises
    ------
    ValueError
        A car may be nowhere in a period of its duty.
    """
    random = np.random.default_rng(seed)
    legal = rows.copy()
    for car, period in np.argwhere(instance.active):
        if not instance.allowed[car, period, rows[car, period]]:
            legal[car, period] = _pick(instance.allowed[car, period], [], random)
    return legal


def _pick(allowed: np.ndarray, wanted: list[int], random: np.random.Generator) -> int:
    for place, sector in enumerate(wanted):
        if allowed[sector]:
            return int(wanted.pop(place))
    choices = np.flatnonzero(allowed)
    if not len(choices):
        raise ValueError("Expected a sector that the car may be in.")
    return int(random.choice(choices))


def _mean_cost(instance: Instance) -> float:
    costs = instance.costs[instance.costs > 0]
    return float(np.median(costs)) if len(costs) else 1.0
