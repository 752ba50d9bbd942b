import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from services.scheduler.annealers import load_annealer
from services.scheduler.budget import Budget
from services.scheduler.penalty_work import PenaltyWork
from services.scheduler.problem import PresenceRule
from services.scheduler.qubo import Qubo
from services.scheduler.sampling import Annealer, SampleOptions
from services.scheduler.schedule_search import SearchWork
from services.scheduler.testing.fake_annealer import Annealer as Fake
from services.scheduler.trial import Subject, run_trial
from services.scheduler.trial_pool import LocalPool, Outcome
from serving.errors import FailedPrecondition, InvalidArgument
from tests.services.scheduler.problems import random_problem

PROBLEM = random_problem(3, 4, 4, seed=1, rule=PresenceRule.NONE)


def subject(annealer: Annealer) -> Subject:
    return Subject(PROBLEM, "a name", annealer)


def works(count: int) -> Iterator[PenaltyWork]:
    return (PenaltyWork((9.0, 9.0, 9.0), SampleOptions(2, 5, seed), 60.0) for seed in range(count))


def run(pool: LocalPool, annealer: Annealer, count: int, budget: Budget) -> list[Outcome]:
    waiting = works(count)
    return list(pool.run(subject(annealer), lambda: next(waiting, None), budget))


def plenty() -> Budget:
    return Budget.of_seconds(60, lambda: False)


class Counting:
    """An annealer that counts how many of its calls run at once, and waits for as many as may."""

    def __init__(self, together: int) -> None:
        self._barrier, self._lock = threading.Barrier(together), threading.Lock()
        self.running, self.most = 0, 0

    def sample(self, qubo: Qubo, options: SampleOptions, budget: Budget) -> npt.NDArray[np.int8]:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        self._barrier.wait(timeout=30)
        with self._lock:
            self.running -= 1
        return np.zeros((options.num_reads, qubo.variable_count), dtype=np.int8)


def test_every_work_is_done_once_and_as_many_at_once_as_there_are_threads() -> None:
    annealer = Counting(together=2)
    outcomes = run(LocalPool(2), annealer, 6, plenty())
    assert sorted(outcome.work.options.seed for outcome in outcomes) == list(range(6))
    assert annealer.most == 2
    assert {outcome.replica for outcome in outcomes} == {""}


def test_new_work_starts_while_outcomes_are_looked_at() -> None:
    """No barrier: what to do next may depend on what has ended."""
    asked: list[int] = []
    ended: list[int] = []

    def next_work() -> PenaltyWork | None:
        if len(asked) == 5 or len(asked) > len(ended) + 1:
            return None
        asked.append(len(asked))
        return PenaltyWork((9.0, 9.0, 9.0), SampleOptions(1, 5, asked[-1]), 60.0)

    for outcome in LocalPool(2).run(subject(Fake()), next_work, plenty()):
        ended.append(outcome.work.options.seed)
    assert sorted(ended) == [0, 1, 2, 3, 4]


def test_closing_stops_what_runs() -> None:
    class FirstIsQuick:
        def __init__(self) -> None:
            self.running, self.stopped = threading.Event(), threading.Event()

        def sample(self, qubo: Qubo, options: SampleOptions, budget: Budget) -> npt.NDArray[np.int8]:
            if options.seed == 0:
                self.running.wait(30)
            else:
                self.running.set()
                while not budget.over:
                    pass
                self.stopped.set()
            return np.zeros((1, qubo.variable_count), dtype=np.int8)

    annealer, waiting = FirstIsQuick(), works(9)
    outcomes = LocalPool(2).run(subject(annealer), lambda: next(waiting, None), plenty())
    assert next(outcomes).work.options.seed == 0
    assert not annealer.stopped.is_set()
    outcomes.close()
    assert annealer.stopped.wait(30)


def test_trials_that_the_budget_cuts_short_hand_over_what_they_have() -> None:
    outcomes = run(LocalPool(2), Fake(waits=True), 6, Budget.of_seconds(0.2, lambda: False))
    assert len(outcomes) == 2
    assert all(outcome.result.penalty_trial.sample_count == 2 for outcome in outcomes)


def test_nothing_starts_without_time() -> None:
    assert run(LocalPool(2), Fake(), 6, Budget.of_seconds(60, lambda: True)) == []


def test_the_error_of_a_trial_is_raised() -> None:
    with pytest.raises(FailedPrecondition, match="no key"):
        run(LocalPool(1), Fake(errors=[FailedPrecondition("NO_KEY", "There is no key.")]), 3, plenty())


def test_a_trial_may_run_twice() -> None:
    tempering = subject(load_annealer("one_hot_tempering"))
    first, second = (run_trial(tempering, SearchWork(None, 0.0, 0.5, 3, 0.0, 7), plenty()) for _ in range(2))
    assert first.state is not None
    assert second.state is not None
    assert (first.state == second.state).all()
    assert first.best.objective == second.best.objective
    neal = subject(load_annealer("neal"))
    (work,) = works(1)
    assert run_trial(neal, work, plenty()).penalty_trial == run_trial(neal, work, plenty()).penalty_trial


@pytest.mark.parametrize(
    ("annealer", "start", "field"),
    [
        ("neal", None, "search"),
        ("one_hot_tempering", np.zeros((2, 4), dtype=np.int64), "search.start"),
        ("one_hot_tempering", np.full((4, 4), 3), "search.start"),
        ("one_hot_tempering", np.full((4, 4), -1), "search.start"),
    ],
)
def test_searches_that_do_not_fit_are_refused(annealer: str, start: npt.NDArray[np.int64] | None, field: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        run_trial(subject(load_annealer(annealer)), SearchWork(start, 0.0, 1.0, 3, 0.0, 1), plenty())
    assert [violation.field for violation in caught.value.violations] == [field]


@pytest.mark.parametrize(
    ("annealer", "start"),
    [
        ("tabu", np.zeros((4, 4), dtype=np.int64)),
        ("neal", np.full((4, 4), 9)),
        ("neal", np.zeros((2, 4), dtype=np.int64)),
    ],
)
def test_penalty_starts_that_do_not_fit_are_refused(annealer: str, start: npt.NDArray[np.int64]) -> None:
    (work,) = works(1)
    with pytest.raises(InvalidArgument) as caught:
        run_trial(subject(load_annealer(annealer)), replace(work, start=start), plenty())
    assert [violation.field for violation in caught.value.violations] == ["penalty.start"]
