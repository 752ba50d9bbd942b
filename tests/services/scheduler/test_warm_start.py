"""Annealing from a schedule that is known already."""

import numpy as np
import pytest

from services.scheduler.annealers.neal import Annealer
from services.scheduler.budget import Budget
from services.scheduler.instance import compile_instance
from services.scheduler.problem import PresenceRule
from services.scheduler.sampling import SampleOptions, draw
from services.scheduler.schedule_qubo import build_schedule_qubo
from services.scheduler.solve import Engine, SolveOptions, solve
from tests.services.scheduler.problems import random_problem, rows_of, sectors_of


def plenty() -> Budget:
    return Budget.of_seconds(60, lambda: False)


@pytest.mark.parametrize("seed", [0, 1])
def test_neal_from_the_exact_schedule_ends_nearer_to_it_than_from_anywhere(seed: int) -> None:
    problem = random_problem(6, 8, 8, seed=seed, rule=PresenceRule.NO_RETURN_WITHIN_TWO)
    schedule = solve(problem, SolveOptions(Engine.EXACT, time_limit_seconds=20), stop=lambda: False)
    built = build_schedule_qubo(compile_instance(problem))
    qubo = built.weighted(80, 80, 80)
    start = built.encode(rows_of(problem, sectors_of(schedule)))
    cold, warm = (draw(Annealer(), qubo, SampleOptions(4, 100, seed, initial), plenty()) for initial in (None, start))
    assert qubo.energies(start[np.newaxis])[0] == pytest.approx(schedule.objective)
    assert warm.energies[0] < cold.energies[0]
    assert warm.energies[0] <= schedule.objective * 1.05


def test_a_warm_start_is_the_same_for_the_same_seed_and_leaves_the_start_alone() -> None:
    problem = random_problem(4, 5, 4, seed=1, rule=PresenceRule.NONE)
    built = build_schedule_qubo(compile_instance(problem))
    start = built.encode(np.zeros((5, 4), dtype=np.int64))
    before = start.copy()
    options = SampleOptions(3, 50, 7, start)
    first, second = (Annealer().sample(built.weighted(20, 20, 20), options, plenty()) for _ in range(2))
    assert first.tolist() == second.tolist()
    assert start.tolist() == before.tolist()
