"""Solves the two-stage programs of all blocks for a few sample replications."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from services.demand.allotment import share_in_proportion
from services.demand.arrays import IntArray
from services.demand.optimiser.program import solve_program
from services.demand.optimiser.sample import SCENARIOS_PER_PROGRAM, BlockSample, draw_scenarios, sample_block
from services.demand.optimiser.smooth import smooth_blocks
from services.demand.optimiser.staffing import Staffing
from services.demand.optimiser.time_limit import TimeLimit
from services.demand.simulator.case import DispatchCase
from services.demand.simulator.rules import DispatchRules

REPLICATIONS = 2


@dataclass(frozen=True)
class BlockSolution:
    """What the program of one block and replication gave; `gap` is relative."""

    block: int
    replication: int
    scenario_count: int
    objective: float
    gap: float
    wall_seconds: float


@dataclass(frozen=True, eq=False)
class Replication:
    """Cars from one sample replication: per block and sector, shape (n_blocks, n_sectors)."""

    cars: IntArray
    solutions: tuple[BlockSolution, ...]


@dataclass(frozen=True, eq=False)
class _SolvedBlock:
    cars: IntArray
    used: IntArray
    solution: BlockSolution


def solve_replications(
    case: DispatchCase,
    rules: DispatchRules,
    staffing: Staffing,
    seed: int,
    limit: TimeLimit,
    urgent_weight: float = 1.0,
) -> Iterator[Replication]:
    """Yield replications, as many as `limit` allows; one only where the programs take all scenarios anyway.

    Parameters
    ----------
    urgent_weight
        How many other calls an urgent one counts as.
    """
    needed = REPLICATIONS if case.calls.scenario_count > SCENARIOS_PER_PROGRAM else 1
    for index in range(needed):
        scenarios = draw_scenarios(case.calls.scenario_count, index, seed)
        samples = [sample_block(case, rules, scenarios, *span, urgent_weight) for span in _spans(staffing)]
        replication = _solve_replication(samples, staffing, index, limit)
        if replication is None:
            return
        yield replication


def _spans(staffing: Staffing) -> Iterator[tuple[int, int]]:
    for block in range(staffing.block_count):
        yield block * staffing.block_minutes, (block + 1) * staffing.block_minutes


def _solve_replication(
    samples: Sequence[BlockSample], staffing: Staffing, index: int, limit: TimeLimit
) -> Replication | None:
    """Solve all blocks; None: not all were solved in time, or no block has calls."""
    solved: dict[int, _SolvedBlock] = {}
    for block, sample in enumerate(samples):
        if not sample.call_count:
            continue
        answer = solve_program(sample, int(staffing.supply[block]), staffing, limit, in_parts=True)
        if answer is None:
            return None
        facts = (sample.scenario_count, answer.objective, answer.gap, answer.wall_seconds)
        solved[block] = _SolvedBlock(answer.cars, answer.used, BlockSolution(block, index, *facts))
    return _join(solved, staffing) if solved else None


def _join(solved: dict[int, _SolvedBlock], staffing: Staffing) -> Replication:
    """Join blocks, smoothed; a block without calls has its cars as the last block before it (or the first after it)."""
    source = [max((b for b in solved if b <= block), default=min(solved)) for block in range(staffing.block_count)]
    limits = (staffing.minimum, staffing.maximum)
    cars = np.array(
        [
            solved[block].cars if block in solved else share_in_proportion(supply, solved[like].cars, *limits)
            for block, (like, supply) in enumerate(zip(source, staffing.supply.tolist(), strict=True))
        ]
    )
    idle = np.array([[block not in solved] for block in range(staffing.block_count)])
    used = np.where(idle, 0, np.array([solved[block].used for block in source]))
    return Replication(
        cars=smooth_blocks(cars, used, staffing.minimum),
        solutions=tuple(solved[block].solution for block in sorted(solved)),
    )
