"""Simulated annealing of schedules by exact heat baths on pairs of cars.

A search cools from where the structure of a schedule forms to where nothing moves any more; `run_stretch` does a part
of that from a given schedule. Twins exchange sectors by `pair_kernel`, any other pairs by `mixed_pair_kernel`; where
cars are spare or cover is missing, single cars move too (`annealing_kernel`). Rules that a start may break are worth
more than any drive, so that broken ones are mended first and none is broken later on.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.scheduler import annealing_kernel
from services.scheduler.annealing import Found, breaches, random_rows
from services.scheduler.board import Board, has_spare_cars, make_board, make_position, with_penalty
from services.scheduler.instance import Instance, Rows, compile_instance
from services.scheduler.mixed_pair_kernel import mix_any
from services.scheduler.pair_kernel import LONGEST_STAY, mix_twins
from services.scheduler.problem import QUARTER_MINUTES, Car, Problem
from services.scheduler.repair import meet_demand
from services.scheduler.solution import meets_bound

COLD = 0.02
"""Last temperature, in units of the median cost of a drive."""


@dataclass(frozen=True)
class Recipe:
    """How a problem is searched.

    Attributes
    ----------
    hot
        First temperature, in units of the median cost of a drive.
    penalty
        Cost of a broken rule at the beginning, in units of the largest cost of a drive.
    twin_pairs, mixed_pairs, single_moves
        Pairs of twins, pairs of any cars where some are no twins, and moves of single cars where some are spare or
        cover is missing, in a round of a few milliseconds.
    """

    hot: float
    penalty: float
    twin_pairs: int
    mixed_pairs: int
    single_moves: int


EXACT_COVER = Recipe(hot=0.1, penalty=5.0, twin_pairs=10_000, mixed_pairs=500, single_moves=5_000)

SPARE_CARS = Recipe(hot=0.2, penalty=0.6, twin_pairs=1_000, mixed_pairs=100, single_moves=20_000)
"""Spare cars move about one by one, through schedules that break rules: the penalty is steered."""

FEW_TWINS = 0.02
"""Share of pairs of cars that are twins below which they are treated as any others."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """What a part of a search ends with.

    Attributes
    ----------
    best
        The best schedule of this part.
    rows
        The schedule at its end, shape (n, T), to go on from; it may break rules of cover, cap and presence.
    """

    best: Found
    rows: Rows


def temperature_at(instance: Instance, fraction: float) -> float:
    """Return the temperature after a fraction of the cooling, 0 to 1."""
    hot = recipe_of(instance).hot
    return float(hot * (COLD / hot) ** min(1.0, fraction)) * _median_cost(instance)


def recipe_of(instance: Instance) -> Recipe:
    """Return how an instance is searched."""
    return SPARE_CARS if has_spare_cars(instance) else EXACT_COVER


def run_stretch(
    instance: Instance,
    start: Rows | None,
    from_fraction: float,
    to_fraction: float,
    rounds: int,
    bound: float,
    seed: int,
    stop: Callable[[], bool],
) -> Stretch:
    """Search on a single thread from one fraction of the whole cooling to another.

    Parameters
    ----------
    start
        Where to begin, shape (n, T), keeping duty, pins and bans; None: at a random schedule.
    rounds
        Rounds of moves, of a few milliseconds each; the work is fixed by them.
    bound
        The search ends at a schedule that costs no more.
    seed
        Same arguments, same answer, unless stopped.
    stop
        Looked at in every round.
    """
    replica = Replica(instance, seed, start)
    for round_ in range(rounds):
        if stop() or meets_bound(replica.best.objective, bound):
            break
        fraction = from_fraction + (to_fraction - from_fraction) * round_ / max(1, rounds - 1)
        replica.anneal(temperature_at(instance, fraction))
    return Stretch(replica.best, replica.rows)


class Replica:
    """One schedule that anneals at whatever temperature it is given.

    Parameters
    ----------
    start
        Where it begins, shape (n, T); None: at a random schedule.
    """

    def __init__(self, instance: Instance, seed: int, start: Rows | None = None) -> None:
        rows = _random_start(instance, seed) if start is None else start
        self._instance, self._recipe = instance, recipe_of(instance)
        self._penalty = self._recipe.penalty
        self._board, self._position = make_board(instance, self._penalty), make_position(instance, rows)
        for car in range(instance.car_count):
            annealing_kernel.score_car(self._board, self._position, car)
        self._mates = _mates(self._board)
        self._random = np.array([np.random.SeedSequence(seed).generate_state(1, np.uint64)[0] | np.uint64(1)])
        self._best_path = self._position.path.copy()
        self._lowest = float("inf") if self.breaches else self.energy
        share = _twin_share(self._board)
        chained = instance.fairness_weight == 0 and instance.max_consecutive <= LONGEST_STAY
        self._mixes_twins = chained and share >= FEW_TWINS
        self._mixes_any = instance.car_count > 1 and (share < 1 or not self._mixes_twins)

    @property
    def energy(self) -> float:
        """Objective and penalties of the schedule it is at."""
        return float(annealing_kernel.energy(self._board, self._position))

    @property
    def breaches(self) -> int:
        """How often that schedule breaks a rule."""
        return int(self._position.broken.sum() + self._position.missing[0])

    @property
    def rows(self) -> Rows:
        """The schedule it is at, shape (n, T)."""
        return self._position.path[:, self._board.history_length :].copy()

    @property
    def best(self) -> Found:
        """The best schedule so far."""
        if self._lowest == float("inf"):
            return Found(None, self._lowest)
        return Found(self._best_path[:, self._board.history_length :].copy(), self._lowest)

    def anneal(self, temperature: float) -> None:
        """Do the moves of one round."""
        board, position, random = self._board, self._position, self._random
        arrays = board, position, random, self._best_path
        if self._mixes_twins:
            pairs = self._recipe.twin_pairs
            best = mix_twins(board, position, random, self._mates, self._best_path, self._lowest, temperature, pairs)
            self._lowest = float(best)
        if self._mixes_any:
            self._lowest = float(mix_any(*arrays, self._lowest, temperature, self._recipe.mixed_pairs))
        if board.has_spare or position.missing[0] > 0 or len(board.home) == 1:
            moves = self._recipe.single_moves
            self._lowest = float(annealing_kernel.anneal(*arrays, self._lowest, temperature, temperature, moves))
        if board.has_spare:
            self._steer_penalty()

    def _steer_penalty(self) -> None:
        """Raise the cost of a broken rule while one is, so that about every second round ends without."""
        factor = 1.03 if self.breaches else 0.98
        self._penalty = min(100.0, max(0.1, self._penalty * factor))
        self._board = with_penalty(self._board, self._instance, self._penalty)


def compile_kernels() -> None:
    """Compile the kernels of tempering, or load them from the cache, so that no solve waits for it."""
    travel = ((0.0, 1.0), (1.0, 0.0))
    for second in (Car("2"), Car("2", home_sectors=("A",))):
        cars, demand = (Car("1"), second, Car("3")), ((1, 1), (1, 1))
        instance = compile_instance(Problem(("A", "B"), cars, QUARTER_MINUTES, travel, demand, home_cost_factor=2))
        run_stretch(instance, None, 0.0, 1.0, 1, -1.0, 0, lambda: False)


def _random_start(instance: Instance, seed: int) -> Rows:
    rows = random_rows(instance, seed)
    return meet_demand(instance, rows) if breaches(instance, rows) else rows


def _mates(board: Board) -> npt.NDArray[np.int64]:
    """Return the cars by twin, and of each car where its twins begin there and how many they are, shape (3, n)."""
    order = np.argsort(board.twin, kind="stable")
    counts = np.bincount(board.twin)
    begins = np.cumsum(counts) - counts
    return np.stack([order, begins[board.twin], counts[board.twin]])


def _median_cost(instance: Instance) -> float:
    costs = instance.costs[instance.costs > 0]
    return float(np.median(costs)) if len(costs) else 1.0


def _twin_share(board: Board) -> float:
    _, sizes = np.unique(board.twin, return_counts=True)
    cars = len(board.twin)
    return float((sizes * (sizes - 1)).sum() / max(1, cars * (cars - 1)))
