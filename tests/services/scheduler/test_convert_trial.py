from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from officers.scheduler.v1 import scheduler_pb2 as pb
from services.scheduler.annealing import Found
from services.scheduler.convert import from_problem, to_problem
from services.scheduler.convert_trial import from_trial_result, from_work, to_trial_result, to_work
from services.scheduler.instance import Rows
from services.scheduler.penalty_work import PenaltyWork
from services.scheduler.problem import Problem
from services.scheduler.sampling import SampleOptions
from services.scheduler.schedule_search import SearchWork
from services.scheduler.solution import PenaltyTrial
from services.scheduler.trial import TrialResult
from tests.services.scheduler.problems import tiny_problems

positive, objective = st.floats(0.001, 1e9), st.floats(0, 1e9)
weights = st.tuples(positive, positive, positive)
penalty_works = st.builds(
    PenaltyWork, weights, st.builds(SampleOptions, st.integers(1, 1000), st.integers(0, 10**6), st.integers(0, 2**60)),
    st.floats(0.001, 86_400),
)  # fmt: skip
figures = st.builds(
    PenaltyTrial, positive, positive, positive, st.integers(0, 99), st.integers(0, 99),
    st.none() | st.floats(-1e9, 1e9), st.none() | objective,
)  # fmt: skip


def rows_of(problem: Problem) -> Rows:
    return np.arange(len(problem.cars) * len(problem.demand)).reshape(len(problem.cars), -1) % 4 - 1


@given(tiny_problems())
def test_problems_come_back_as_they_were(problem: Problem) -> None:
    assert to_problem(from_problem(problem)) == problem


@given(penalty_works)
def test_penalty_work_comes_back_as_it_was(work: PenaltyWork) -> None:
    sent = from_work(pb.ScheduleProblem(), "neal", work)
    assert to_work(pb.RunTrialRequest.FromString(sent.SerializeToString())) == work


@given(tiny_problems(), penalty_works)
def test_the_start_of_penalty_work_comes_back(problem: Problem, work: PenaltyWork) -> None:
    sent = from_work(from_problem(problem), "neal", replace(work, start=rows_of(problem)))
    again = to_work(pb.RunTrialRequest.FromString(sent.SerializeToString()))
    assert again.start is not None
    assert (again.start == rows_of(problem)).all()


@given(tiny_problems(), st.floats(0, 0.5), st.floats(0.5, 1), objective, st.booleans())
def test_work_on_schedules_comes_back_as_it_was(
    problem: Problem, begin: float, end: float, bound: float, anywhere: bool
) -> None:
    work = SearchWork(None if anywhere else rows_of(problem), begin, end, 12, bound, 99)
    request = from_work(from_problem(problem), "one_hot_tempering", work)
    again = to_work(pb.RunTrialRequest.FromString(request.SerializeToString()))
    assert isinstance(again, SearchWork)
    assert (again.from_fraction, again.to_fraction, again.round_count, again.bound, again.seed) == (
        begin, end, 12, bound, 99,
    )  # fmt: skip
    assert (again.start is None) == anywhere
    assert anywhere or (again.start == work.start).all()


@given(tiny_problems(), st.none() | figures, st.booleans(), st.booleans(), objective)
def test_results_come_back_as_they_were(
    problem: Problem, trial: PenaltyTrial | None, found: bool, goes_on: bool, value: float
) -> None:
    rows = rows_of(problem)
    best = Found(rows, value) if found else Found(None, float("inf"))
    sent = from_trial_result(TrialResult(best, 0.5, rows if goes_on else None, trial), "me")
    result = to_trial_result(pb.RunTrialResponse.FromString(sent.SerializeToString()), len(problem.cars))
    assert sent.replica == "me"
    assert (result.work_seconds, result.penalty_trial, result.best.objective) == (0.5, trial, best.objective)
    assert (result.best.rows is None) != found
    assert not found or (result.best.rows == rows).all()
    assert (result.state is None) != goes_on
    assert not goes_on or (result.state == rows).all()
