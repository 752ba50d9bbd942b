"""Makes candidates and lets the simulator choose among them on calls that none of them has seen."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from services.demand.allotment import share_equally, share_in_proportion
from services.demand.arrays import IntArray
from services.demand.optimiser.objective import Objective
from services.demand.optimiser.score import Score, Scorer
from services.demand.optimiser.search import Judges, add_greedily, improve, runs_of_blocks
from services.demand.optimiser.staffing import Staffing
from services.demand.optimiser.stations import Presence, rotate_cars
from services.demand.optimiser.time_limit import TimeLimit
from services.demand.optimiser.two_stage import BlockSolution, Replication, solve_replications
from services.demand.simulator.case import DispatchCase
from services.demand.simulator.rules import DEFAULT_RULES, DispatchRules
from serving.work import Stop

OPTIMISER_VERSION = "6"
"""Part of the key under which answers are stored; to be raised with every change that gives other answers."""
PROGRAM_SHARE = 0.3
"""Most of the time limit that the programs may take."""
GUIDE_CALLS = 25_000
"""Training calls that say which moves are promising."""
LEAST_SCORED_CALLS, SCORES_OF_ALL = 25_000_000, 400
"""How many calls the search may score: so many, and the training calls so often."""
LONGEST_RUN = 4


@dataclass(frozen=True, eq=False)
class OptimiseProblem:
    """What to optimise.

    Parameters
    ----------
    training, validation
        Calls to make candidates on, and other calls to choose among them on.
    past_calls
        Past calls per sector, which the simple rules go by, shape (n_sectors,).
    rules
        How calls are dispatched.
    objective
        What is to be small.
    presence, period_minutes
        The presence rule that the cars' schedule will keep, and the length of its periods.
    standing
        Cars per block and sector of a plan to start from besides, such as yesterday's, shape (n_blocks, n_sectors).
    workers
        Threads; they change nothing but the time.
    uses_programs
        False leaves the two-stage programs out, to see what they contribute.
    """

    training: DispatchCase
    validation: DispatchCase
    staffing: Staffing
    past_calls: IntArray
    seed: int
    time_limit_seconds: float
    rules: DispatchRules = DEFAULT_RULES
    objective: Objective = field(default_factory=Objective)
    presence: Presence = Presence.STAY
    period_minutes: int = 60
    standing: IntArray | None = None
    workers: int = 1
    uses_programs: bool = True

    def scorer(self, case: DispatchCase) -> Scorer[IntArray]:
        """Return who scores on a call set."""
        station = partial(
            rotate_cars,
            between_minutes=case.between_minutes,
            block_minutes=self.staffing.block_minutes,
            period_minutes=self.period_minutes,
            presence=self.presence,
        )
        return Scorer(case, station, self.rules, self.objective, self.workers)


@dataclass(frozen=True, eq=False)
class Candidate:
    """Cars per block and sector, shape (n_blocks, n_sectors), with the score on the validation calls."""

    name: str
    cars: IntArray
    validation: Score


@dataclass(frozen=True, eq=False)
class OptimiseResult:
    """Candidates, best first, and every program solved."""

    candidates: tuple[Candidate, ...]
    block_solutions: tuple[BlockSolution, ...]
    wall_seconds: float

    @property
    def chosen(self) -> Candidate:
        """The best candidate."""
        return self.candidates[0]


def optimise(problem: OptimiseProblem, stop: Stop) -> OptimiseResult:
    """Choose cars per sector and block.

    Candidates are the simple rules, a standing plan, each sample replication of the two-stage programs and their
    average (also kept still through the shift), greedy addition, and local searches on the training calls from the
    best of these: with moves for the whole shift, then for runs of blocks. The least penalty on validation calls is
    chosen. What `stop` or the time limit cuts off is left out; the simple rules are always there.
    """
    start_time = time.monotonic()
    limit = TimeLimit(problem.time_limit_seconds, stop)
    programs = limit.share(PROGRAM_SHARE)
    replications = []
    if problem.uses_programs:
        found = solve_replications(problem.training, problem.rules, problem.staffing, problem.seed, programs)
        replications = list(found)
    simple = _follow_simple_rules(problem)
    solved = _follow_programs(replications, problem.staffing)
    plans = simple | solved | dict(_search(simple, solved, problem, limit))
    judge = problem.scorer(problem.validation)
    candidates = [Candidate(name, cars, judge.score(cars)) for name, cars in plans.items()]
    candidates.sort(key=lambda candidate: candidate.validation.penalty)
    solutions = tuple(solution for replication in replications for solution in replication.solutions)
    return OptimiseResult(tuple(candidates), solutions, time.monotonic() - start_time)


def _follow_simple_rules(problem: OptimiseProblem) -> dict[str, IntArray]:
    """One car per sector, (where there are past calls) in proportion to past calls, and the standing plan."""
    staffing, past_calls = problem.staffing, problem.past_calls
    limits = (staffing.minimum, staffing.maximum)
    plans = {"one per sector": _by_supply(staffing, lambda cars: share_equally(cars, past_calls, *limits))}
    if past_calls.any():
        weights = past_calls.astype(np.float64)
        plans["proportional"] = _by_supply(staffing, lambda cars: share_in_proportion(cars, weights, *limits))
    if problem.standing is not None:
        plans["standing"] = problem.standing
    return plans


def _follow_programs(replications: list[Replication], staffing: Staffing) -> dict[str, IntArray]:
    """Each replication, the average over replications per block, and the average over all, kept still."""
    if not replications:
        return {}
    plans = {f"two-stage, replication {index}": each.cars for index, each in enumerate(replications)}
    mean = np.mean([each.cars for each in replications], axis=0)
    limits = (staffing.minimum, staffing.maximum)
    if len(replications) > 1:
        blocks = zip(staffing.supply, mean, strict=True)
        shared = [share_in_proportion(int(cars), block, *limits) for cars, block in blocks]
        plans["two-stage, average"] = np.array(shared)
    still = mean.mean(axis=0)
    plans["two-stage, static"] = _by_supply(staffing, lambda cars: share_in_proportion(cars, still, *limits))
    return plans


def _search(
    simple: dict[str, IntArray], solved: dict[str, IntArray], problem: OptimiseProblem, limit: TimeLimit
) -> Iterator[tuple[str, IntArray]]:
    """Yield what searches on the training calls find, with their names."""
    staffing = problem.staffing
    judge = problem.scorer(problem.training)
    guide = judge
    if problem.training.calls.call_count > 2 * GUIDE_CALLS:
        guide = problem.scorer(take_calls(problem.training, GUIDE_CALLS))
    most_calls = LEAST_SCORED_CALLS + SCORES_OF_ALL * judge.call_count
    judges = Judges(judge, guide, most_calls, limit)
    plans = dict(simple) | solved
    if (staffing.supply == staffing.supply[0]).all():
        cars = int(staffing.supply[0])
        greedy = add_greedily(_place_half(cars, problem), cars, judges, staffing)
        if greedy is not None:
            plans["greedy"] = greedy
            yield "greedy", greedy
    if not judge.call_count or judges.over():
        return
    penalties = dict(zip(plans, judge.penalties(list(plans.values())), strict=True))
    still = [name for name, cars in plans.items() if (cars == cars[0]).all()]
    whole = runs_of_blocks(staffing.block_count, staffing.block_count)[:1]
    if still:
        start = plans[min(still, key=penalties.__getitem__)]
        plans["search, static"] = improve(start, whole, judges, staffing)
        penalties["search, static"] = judge.penalty(plans["search, static"])
        yield "search, static", plans["search, static"]
    if staffing.block_count > 1:
        best = plans[min(plans, key=penalties.__getitem__)]
        yield "search, by block", improve(best, runs_of_blocks(staffing.block_count, LONGEST_RUN), judges, staffing)


def _place_half(cars: int, problem: OptimiseProblem) -> IntArray:
    """Place half of the cars in proportion to past calls: with far too few, one more tells little."""
    least, most = problem.staffing.minimum, problem.staffing.maximum
    half = max(cars // 2, int(least.sum()))
    return share_in_proportion(half, problem.past_calls + 1.0, least, most)


def _by_supply(staffing: Staffing, share: Callable[[int], IntArray]) -> IntArray:
    """Share out each block's cars by the same rule; shape (n_blocks, n_sectors)."""
    shares = {int(cars): share(int(cars)) for cars in np.unique(staffing.supply)}
    return np.array([shares[int(cars)] for cars in staffing.supply])


def take_calls(case: DispatchCase, call_count: int) -> DispatchCase:
    """Take the first scenarios with about `call_count` calls."""
    scenarios = int(np.searchsorted(case.calls.first_call, call_count))
    return case.first_scenarios(min(max(scenarios, 1), case.calls.scenario_count))
