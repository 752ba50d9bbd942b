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
from serving.errors import InvalidArgument
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


@pytest.mark.parametrize("annealer", ["neal", "one_hot_tempering"])
def test_the_engine_anneals_from_the_exact_schedule_on_request(annealer: str) -> None:
    problem = random_problem(5, 6, 6, seed=3, rule=PresenceRule.NO_RETURN_WITHIN_TWO)
    options = SolveOptions(Engine.QUBO, annealer, time_limit_seconds=6, trial_count=3, warm_start=True)
    schedule = solve(problem, options, stop=lambda: False)
    exact = solve(problem, SolveOptions(Engine.EXACT, time_limit_seconds=20), stop=lambda: False)
    assert schedule.objective == pytest.approx(exact.objective)


def test_an_annealer_that_cannot_begin_from_a_schedule_is_refused() -> None:
    problem = random_problem(3, 3, 3, seed=1, rule=PresenceRule.NONE)
    with pytest.raises(InvalidArgument, match="warm_start: Expected an annealer that can begin from a schedule"):
        solve(problem, SolveOptions(Engine.QUBO, "tabu", warm_start=True), stop=lambda: False)
