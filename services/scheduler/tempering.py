"""Parallel tempering of schedules: replicas at a ladder of temperatures that sinks; neighbours exchange places.

Cold replicas polish, hot ones cross what separates valleys. Most moves are swaps among twins (`twin_kernel`), judged in
constant time; a share of general moves (`annealing_kernel`) reaches the rest: cars of different homes, breaks or duty,
spare cars, broken rules. K. Hukushima and K. Nemoto, J. Phys. Soc. Japan 65 (1996) 1604.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import numpy.typing as npt

from services.scheduler import annealing_kernel
from services.scheduler.annealing import Found, random_rows
from services.scheduler.board import Board, make_board, make_position
from services.scheduler.budget import Budget
from services.scheduler.instance import Instance, Rows, compile_instance
from services.scheduler.problem import QUARTER_MINUTES, Car, Problem
from services.scheduler.repair import meet_demand
from services.scheduler.solution import meets_bound
from services.scheduler.twin_kernel import swap_twins

TWIN_MOVES = 40_000
"""Moves among twins of a replica between two exchanges; about 3 ms."""

GENERAL_MOVES = 400
"""General moves beside them."""

MIXED_GENERAL_MOVES = 5_000
"""Where some cars are no twins or spare."""

GENERAL_MOVES_ALONE = 10_000
"""General moves between two exchanges where there are no twins, or fairness counts."""

FEW_TWINS = 0.3
"""Share of pairs of cars that are twins below which general moves do all the work."""


COOLING_SHARE = 0.9
"""Share of the time in which the ladder sinks; after that it stays cold."""

SEED_STEP = 1009
"""Between the seeds of two searches, so that no replica is shared."""


@dataclass(frozen=True)
class Ladder:
    """The temperatures, in units of the median cost of a drive: a ladder that sinks while the search goes on.

    Attributes
    ----------
    hot, cold
        Of the coldest replica at the beginning and at the end.
    spread
        The hottest replica's temperature by the coldest's, above 1.
    replica_count
        How many, at least 2.
    """

    hot: float = 0.1
    cold: float = 0.02
    spread: float = 1.5
    replica_count: int = 4

    def __post_init__(self) -> None:
        if not 0 < self.cold < self.hot:
            raise ValueError(f"Expected 0 < cold < hot, got {self.cold} and {self.hot}.")
        if self.spread <= 1:
            raise ValueError(f"Expected a spread above 1, got {self.spread}.")
        if self.replica_count < 2:
            raise ValueError(f"Expected replica_count of at least 2, got {self.replica_count}.")

    def temperatures(self, fraction: float) -> npt.NDArray[np.float64]:
        """Return the temperatures after a fraction of the search, coldest first, shape (replica_count,)."""
        coldest = self.hot * (self.cold / self.hot) ** min(1.0, fraction)
        rungs: npt.NDArray[np.float64] = coldest * np.geomspace(1.0, self.spread, self.replica_count)
        return rungs


class Replica:
    """One schedule that anneals at whatever temperature it is given.

    Attributes
    ----------
    best
        The lowest objective without a breach; infinite before there is one.
    """

    def __init__(self, instance: Instance, seed: int, start: Rows | None = None) -> None:
        self._instance = instance
        rows = meet_demand(instance, random_rows(instance, seed)) if start is None else start
        self._board, self._position = make_board(instance, 1.0), make_position(instance, rows)
        for car in range(instance.car_count):
            annealing_kernel.score_car(self._board, self._position, car)
        seeds = np.random.SeedSequence(seed).generate_state(1, np.uint64)
        self._random = np.array([seeds[0] | np.uint64(1)])
        self._best_path = self._position.path.copy()
        self.best = float("inf") if self.breaches else self.energy
        share = _twin_share(self._board)
        self._swaps_twins = instance.fairness_weight == 0 and share >= FEW_TWINS
        mixed = share < 1 or self._board.has_spare
        beside = MIXED_GENERAL_MOVES if mixed else GENERAL_MOVES
        self._general_moves = beside if self._swaps_twins else GENERAL_MOVES_ALONE

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
    def best_rows(self) -> Rows:
        """The schedule of the lowest objective, shape (n, T)."""
        return self._best_path[:, self._board.history_length :].copy()

    def anneal(self, temperature: float, penalty: float) -> None:
        """Try the moves of one round."""
        largest = float(self._instance.costs.max()) + self._instance.fairness_weight * self._instance.minutes.max()
        self._board = self._board._replace(penalty=penalty * largest + 1)
        arrays = self._board, self._position, self._random, self._best_path
        moves = self._general_moves
        if self._swaps_twins:
            self.best = float(swap_twins(*arrays, self.best, temperature, TWIN_MOVES))
        self.best = float(annealing_kernel.anneal(*arrays, self.best, temperature, temperature, moves))


class Penalty:
    """The cost of a broken rule, steered so that the coldest replica is about as often without a breach as with one.

    Too high a cost walls valleys off, too low a one leaves no schedule that meets every rule. It is in units of the
    largest cost of a drive.
    """

    def __init__(self) -> None:
        self.factor = 0.6

    def steer(self, broken: bool) -> None:
        """Take in whether the coldest replica has a breach."""
        self.factor = min(100.0, self.factor * 1.03) if broken else max(0.1, self.factor * 0.98)


class Clock:
    """How far a search is: by rounds if their number is given, or else by the budget."""

    def __init__(self, round_count: int, budget: Budget) -> None:
        self._round_count, self._budget, self._seconds = round_count, budget, max(1e-3, budget.seconds_left)
        self.rounds = 0

    @property
    def fraction(self) -> float:
        """Share of the search that is done."""
        if self._round_count:
            return self.rounds / self._round_count
        return min(1.0, (1 - self._budget.seconds_left / self._seconds) / COOLING_SHARE)

    @property
    def over(self) -> bool:
        """Whether the search must end."""
        return self._budget.over or 0 < self._round_count <= self.rounds


def temper(
    instance: Instance, ladder: Ladder, clock: Clock, bound: float, seed: int, improved: Callable[[float], None]
) -> Found:
    """Search until the clock is over, looked at every few milliseconds, or a schedule meets the bound.

    Parameters
    ----------
    seed
        Same seed and number of rounds, same answer, on any number of cores, unless the budget runs out.
    improved
        Told each better objective.
    """
    replicas = [Replica(instance, seed * SEED_STEP + index) for index in range(ladder.replica_count)]
    random, penalty = np.random.default_rng(seed), Penalty()
    best = min(replica.best for replica in replicas)
    with ThreadPoolExecutor(len(os.sched_getaffinity(0)), thread_name_prefix="tempering") as pool:
        while not clock.over and not meets_bound(best, bound):
            temperatures = ladder.temperatures(clock.fraction) * _median_cost(instance)
            list(pool.map(Replica.anneal, replicas, temperatures, repeat(penalty.factor)))
            penalty.steer(replicas[0].breaches > 0)
            _exchange(replicas, temperatures, clock.rounds % 2, random)
            clock.rounds += 1
            lowest = min(replica.best for replica in replicas)
            if lowest < best:
                best = lowest
                improved(best)
    return _best_of(replicas)


@dataclass(frozen=True, eq=False)
class Stretch:
    """What a part of a search ends with.

    Attributes
    ----------
    best
        The best schedule of this part.
    rows
        The schedule of the coldest replica, shape (n, T), to go on from; it may break rules of cover, cap and presence.
    """

    best: Found
    rows: Rows


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
    """Search on a single thread while the ladder sinks from one fraction of the whole cooling to another.

    Parameters
    ----------
    start
        Where every replica begins, shape (n, T), keeping duty, pins and bans; None: each at a random schedule.
    rounds
        Rounds of moves between exchanges; the work is fixed by them.
    bound
        The search ends at a schedule that costs no more.
    seed
        Same arguments, same answer, unless stopped.
    stop
        Looked at after each replica's moves of a round.
    """
    replicas = [Replica(instance, seed * SEED_STEP + index, start) for index in range(Ladder().replica_count)]
    random, penalty = np.random.default_rng(seed), Penalty()
    for round_ in range(rounds):
        if stop() or meets_bound(min(replica.best for replica in replicas), bound):
            break
        fraction = from_fraction + (to_fraction - from_fraction) * round_ / rounds
        temperatures = Ladder().temperatures(fraction) * _median_cost(instance)
        for replica, temperature in zip(replicas, temperatures, strict=True):
            if not stop():
                replica.anneal(temperature, penalty.factor)
        penalty.steer(replicas[0].breaches > 0)
        _exchange(replicas, temperatures, round_ % 2, random)
    return Stretch(_best_of(replicas), replicas[0].rows)


def _best_of(replicas: list[Replica]) -> Found:
    winner = min(replicas, key=lambda replica: replica.best)
    return Found(None if winner.best == float("inf") else winner.best_rows, winner.best)


def compile_kernels() -> None:
    """Compile the kernels of tempering, or load them from the cache, so that no solve waits for it."""
    cars, travel = (Car("1"), Car("2")), ((0.0, 1.0), (1.0, 0.0))
    instance = compile_instance(Problem(("A", "B"), cars, QUARTER_MINUTES, travel, ((1, 1), (1, 1))))
    temper(instance, Ladder(), Clock(1, Budget.of_seconds(600, lambda: False)), -1.0, 0, lambda _: None)


def _exchange(
    replicas: list[Replica], temperatures: npt.NDArray[np.float64], first: int, random: np.random.Generator
) -> None:
    """Swap neighbours on the ladder with probability min(1, exp((1/T_a - 1/T_b)(E_a - E_b)))."""
    for place in range(first, len(replicas) - 1, 2):
        colder, hotter = replicas[place], replicas[place + 1]
        lever = (1 / temperatures[place] - 1 / temperatures[place + 1]) * (colder.energy - hotter.energy)
        if np.log(random.uniform(1e-300, 1.0)) < lever:
            replicas[place], replicas[place + 1] = hotter, colder


def _median_cost(instance: Instance) -> float:
    costs = instance.costs[instance.costs > 0]
    return float(np.median(costs)) if len(costs) else 1.0


def _twin_share(board: Board) -> float:
    _, sizes = np.unique(board.twin, return_counts=True)
    cars = len(board.twin)
    return float((sizes * (sizes - 1)).sum() / max(1, cars * (cars - 1)))
