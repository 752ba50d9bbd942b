from collections.abc import Iterator

import numpy as np
import pytest

from services.scheduler.annealers import load_annealer
from services.scheduler.annealing import Found
from services.scheduler.budget import Budget
from services.scheduler.problem import PresenceRule
from services.scheduler.reporter import Reporter, SolveProgress
from services.scheduler.schedule_search import SearchWork
from services.scheduler.tally import Tally
from services.scheduler.tempering import run_stretch
from services.scheduler.trial import Subject, TrialResult
from services.scheduler.trial_pool import NextWork, Outcome
from services.scheduler.winners import FRESH_DESCENTS, REHEATED_FRACTION, TRIAL_SECONDS, Winners
from tests.services.scheduler.problems import random_problem

SUBJECT = Subject(
    random_problem(3, 4, 4, seed=1, rule=PresenceRule.NONE), "tempering", load_annealer("one_hot_tempering")
)
ROUND_SECONDS = 0.01


class ScriptedPool:
    """Runs trials in the order of asking, three under way at once; `objectives` are what they come to."""

    def __init__(self, objectives: list[float], replicas: list[str]) -> None:
        self._objectives, self._replicas = objectives, replicas
        self.works: list[SearchWork] = []

    def run(self, subject: Subject, next_work: NextWork, budget: Budget) -> Iterator[Outcome]:
        for number, objective in enumerate(self._objectives):
            while len(self.works) < number + 3:
                work = next_work()
                assert isinstance(work, SearchWork)
                self.works.append(work)
            rows = np.full((4, 4), number)
            seconds = ROUND_SECONDS * self.works[number].round_count
            yield Outcome(
                self.works[number], TrialResult(Found(rows, objective), seconds, rows), self._replicas[number % 2]
            )


def search(objectives: list[float], bound: float = 0.0) -> tuple[Winners, ScriptedPool, list[SolveProgress]]:
    steps: list[SolveProgress] = []
    pool = ScriptedPool(objectives, ["", "another"])
    winners = Winners(SUBJECT, pool, bound, 1, Tally("tempering", bound, Reporter(steps.append, 60)))
    winners.run(Budget.of_seconds(60, lambda: False))
    return winners, pool, steps


def test_the_best_of_all_trials_is_kept_and_told() -> None:
    winners, _, steps = search([50.0, 40.0, 45.0, 30.0, 60.0])
    assert winners.best.objective == 30.0
    assert winners.best.rows is not None
    assert (winners.best.rows == 3).all()
    assert [step.incumbent for step in steps] == [50.0, 40.0, 40.0, 30.0, 30.0]
    assert [step.trials_done for step in steps] == [1, 2, 3, 4, 5]
    assert [step.remote_trials_done for step in steps] == [0, 1, 1, 2, 2]
    assert steps[-1].message == "annealing with tempering: 5 trials, 2 of them on 1 other replica"


def test_it_ends_at_the_bound() -> None:
    _, _, steps = search([50.0, 40.0, 45.0, 30.0, 60.0], bound=40.0)
    assert len(steps) == 2


def test_trials_have_seeds_of_their_own_and_cool_down() -> None:
    _, pool, _ = search([float(number) for number in range(40, 10, -1)])
    assert len({work.seed for work in pool.works}) == len(pool.works)
    for work in pool.works:
        assert 0 <= work.from_fraction <= work.to_fraction <= 1
    assert any(work.to_fraction > work.from_fraction for work in pool.works)


def test_trials_take_as_long_as_wanted_once_the_time_of_a_round_is_known() -> None:
    _, pool, _ = search([float(number) for number in range(40, 10, -1)])
    assert pool.works[0].round_count < 10
    assert pool.works[-1].round_count * ROUND_SECONDS == pytest.approx(TRIAL_SECONDS, rel=0.02)


def test_a_descent_goes_on_from_where_its_last_trial_ended() -> None:
    _, pool, _ = search([20.0 + number % 3 for number in range(60)])
    assert [work.start is None for work in pool.works[:3]] == [True, True, True]
    ends = {number: work.to_fraction for number, work in enumerate(pool.works)}
    for work in pool.works:
        if work.start is not None:
            assert work.from_fraction == ends[int(work.start[0, 0])] < 1


def test_later_descents_begin_in_the_elite_heated_again() -> None:
    instance, winners = SUBJECT.instance, search([10.0])[0]
    stretch = run_stretch(instance, None, 0.0, 1.0, 5, 0.0, 1, lambda: False)
    work = SearchWork(None, 0.5, 1.0, 5, 0.0, 1)
    winners._take(work, TrialResult(stretch.best, 0.1, stretch.rows), Budget.of_seconds(60, lambda: False))
    descents = [winners._new_descent() for _ in range(FRESH_DESCENTS + 1)]
    assert descents[-1].rows is not None
    assert descents[-1].fraction == REHEATED_FRACTION


def test_the_same_seed_makes_the_same_choices() -> None:
    runs = [search([20.0 + 10 * (number % 3) for number in range(30)])[1].works for _ in range(2)]
    chosen = [[None if work.start is None else int(work.start[0, 0]) for work in works] for works in runs]
    assert chosen[0] == chosen[1]
