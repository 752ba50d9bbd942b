"""Makes candidates and lets the simulator choose among them on calls that none of them has seen."""

import time
from dataclasses import dataclass

import numpy as np

from services.demand.allotment import share_equally, share_in_proportion
from services.demand.arrays import IntArray
from services.demand.optimiser.score import Score, Scorer
from services.demand.optimiser.search import Scope, improve
from services.demand.optimiser.staffing import Staffing
from services.demand.optimiser.time_limit import TimeLimit
from services.demand.optimiser.two_stage import BlockSolution, Replication, solve_replications
from services.demand.simulator.case import DispatchCase
from serving.work import Stop

OPTIMISER_VERSION = "1"
"""Part of the key under which answers are stored; to be raised with every change that gives other answers."""
PROGRAM_SHARE = 0.5
"""Most of the time limit that the programs may take."""
SEARCH_CALLS = 5000
"""Training calls that the search looks at: the first scenarios with about so many calls."""


@dataclass(frozen=True, eq=False)
class OptimiseProblem:
    """What to optimise.

    Parameters
    ----------
    training, validation
        Calls to make candidates on, and other calls to choose among them on.
    past_calls
        Past calls per sector, which the simple rules go by, shape (n_sectors,).
    """

    training: DispatchCase
    validation: DispatchCase
    staffing: Staffing
    past_calls: IntArray
    seed: int
    time_limit_seconds: float


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

    Candidates are the simple rules, each sample replication of the two-stage programs and their average (also kept
    still through the shift), and a local search from the best of these on training calls, first with moves for the
    whole shift, then for single blocks. The least penalty on validation calls is chosen. What `stop` or the time limit
    cuts off is left out; the simple rules are always there.
    """
    start_time = time.monotonic()
    limit = TimeLimit(problem.time_limit_seconds, stop)
    programs = limit.share(PROGRAM_SHARE)
    replications = list(solve_replications(problem.training, problem.staffing, problem.seed, programs))
    plans = _follow_simple_rules(problem) | _follow_programs(replications, problem.staffing)
    plans |= _search(plans, problem, limit)
    scorer = Scorer(problem.validation, problem.staffing)
    candidates = [Candidate(name, cars, scorer.score(cars)) for name, cars in plans.items()]
    candidates.sort(key=lambda candidate: candidate.validation.penalty)
    solutions = tuple(solution for replication in replications for solution in replication.solutions)
    return OptimiseResult(tuple(candidates), solutions, time.monotonic() - start_time)


def _follow_simple_rules(problem: OptimiseProblem) -> dict[str, IntArray]:
    """One car per sector, and (where there are past calls) in proportion to past calls."""
    staffing, past_calls = problem.staffing, problem.past_calls
    limits = (staffing.minimum, staffing.maximum)
    plans = {"one per sector": staffing.static(share_equally(staffing.cars, past_calls, *limits))}
    if past_calls.any():
        proportional = share_in_proportion(staffing.cars, past_calls.astype(np.float64), *limits)
        plans["proportional"] = staffing.static(proportional)
    return plans


def _follow_programs(replications: list[Replication], staffing: Staffing) -> dict[str, IntArray]:
    """Each replication, the average over replications per block, and the average over all, kept still."""
    if not replications:
        return {}
    plans = {f"two-stage, replication {index}": each.cars for index, each in enumerate(replications)}
    mean = np.mean([each.cars for each in replications], axis=0)
    limits = (staffing.minimum, staffing.maximum)
    if len(replications) > 1:
        average = np.array([share_in_proportion(staffing.cars, block, *limits) for block in mean])
        plans["two-stage, average"] = average
    plans["two-stage, static"] = staffing.static(share_in_proportion(staffing.cars, mean.mean(axis=0), *limits))
    return plans


def _search(plans: dict[str, IntArray], problem: OptimiseProblem, limit: TimeLimit) -> dict[str, IntArray]:
    """Improve the best static plan, then the best of all, on training calls."""
    scorer = Scorer(_take_calls(problem.training, SEARCH_CALLS), problem.staffing)
    penalties = {name: scorer.score(cars).penalty for name, cars in plans.items()}
    static = [name for name, cars in plans.items() if (cars == cars[0]).all()]
    start = plans[min(static, key=penalties.__getitem__)]
    still = improve(start, Scope.SHIFT, scorer, problem.staffing, limit, problem.seed)
    searched = {"search, static": still}
    if problem.staffing.block_count > 1:
        best = plans[min(plans, key=penalties.__getitem__)]
        start = min((still, best), key=lambda cars: scorer.score(cars).penalty)
        searched["search, by block"] = improve(start, Scope.BLOCK, scorer, problem.staffing, limit, problem.seed)
    return searched


def _take_calls(case: DispatchCase, call_count: int) -> DispatchCase:
    """Take the first scenarios with about `call_count` calls."""
    scenarios = int(np.searchsorted(case.calls.first_call, call_count))
    return case.first_scenarios(min(max(scenarios, 1), case.calls.scenario_count))
