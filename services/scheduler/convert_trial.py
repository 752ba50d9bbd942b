"""Between protobuf messages and annealing trials."""

import math

import numpy as np

from officers.scheduler.v1 import scheduler_pb2 as pb
from services.scheduler.annealing import Found
from services.scheduler.convert import from_penalty_trial, to_seed, to_time_limit
from services.scheduler.instance import Rows
from services.scheduler.penalty_work import PenaltyWork
from services.scheduler.sampling import SampleOptions
from services.scheduler.schedule_search import SearchWork
from services.scheduler.solution import PenaltyTrial
from services.scheduler.trial import TrialResult, Work
from serving.errors import InvalidArgument

MOST_READS = 1_000
MOST_SWEEPS = 1_000_000
MOST_ROUNDS = 1_000_000


def from_work(problem: pb.ScheduleProblem, annealer_name: str, work: Work) -> pb.RunTrialRequest:
    """Return the request for a trial."""
    if isinstance(work, PenaltyWork):
        request = pb.RunTrialRequest(annealer=annealer_name, seed=work.options.seed, penalty=_penalty_message(work))
    else:
        request = pb.RunTrialRequest(annealer=annealer_name, seed=work.seed, search=_search_message(work))
    request.problem.CopyFrom(problem)
    return request


def to_work(request: pb.RunTrialRequest) -> Work:
    """Return what a request asks for.

    Raises
    ------
    InvalidArgument
        Numbers out of range, or a start of another size than the problem.
    """
    kind = request.WhichOneof("work")
    if kind is None:
        raise InvalidArgument("work", "Expected penalty or search.")
    seed = to_seed("seed", request.seed)
    return _penalty_work(request, seed) if kind == "penalty" else _search_work(request, seed)


def from_trial_result(result: TrialResult, replica: str) -> pb.RunTrialResponse:
    """Return the message of what a trial ended with."""
    best, state, figures = result.best, result.state, result.penalty_trial
    return pb.RunTrialResponse(
        best=None if best.rows is None else _grid(best.rows),
        objective=None if best.rows is None else best.objective,
        state=None if state is None else _grid(state),
        penalty_trial=None if figures is None else from_penalty_trial(figures),
        replica=replica,
        work_seconds=result.work_seconds,
    )


def to_trial_result(response: pb.RunTrialResponse, car_count: int) -> TrialResult:
    """Return what a trial of a problem with so many cars ended with."""
    best = Found(None, float("inf"))
    if response.HasField("best"):
        best = Found(_rows(response.best, car_count), response.objective)
    return TrialResult(
        best,
        response.work_seconds,
        _rows(response.state, car_count) if response.HasField("state") else None,
        _penalty_trial(response.penalty_trial) if response.HasField("penalty_trial") else None,
    )


def _penalty_message(work: PenaltyWork) -> pb.PenaltyWork:
    demand_penalty, one_hot_penalty, presence_penalty = work.weights
    return pb.PenaltyWork(
        demand_penalty=demand_penalty,
        one_hot_penalty=one_hot_penalty,
        presence_penalty=presence_penalty,
        num_reads=work.options.num_reads,
        num_sweeps=work.options.num_sweeps,
        time_limit_seconds=work.anneal_seconds,
        start=None if work.start is None else _grid(work.start),
    )


def _search_message(work: SearchWork) -> pb.SearchWork:
    return pb.SearchWork(
        start=None if work.start is None else _grid(work.start),
        from_fraction=work.from_fraction,
        to_fraction=work.to_fraction,
        round_count=work.round_count,
        bound=work.bound,
    )


def _penalty_work(request: pb.RunTrialRequest, seed: int) -> PenaltyWork:
    message = request.penalty
    weights = (message.demand_penalty, message.one_hot_penalty, message.presence_penalty)
    for name, weight in zip(("demand", "one_hot", "presence"), weights, strict=True):
        if not math.isfinite(weight) or weight <= 0:
            raise InvalidArgument(f"penalty.{name}_penalty", f"Expected a weight above 0, got {weight:g}.")
    _check_range("penalty.num_reads", message.num_reads, 1, MOST_READS)
    _check_range("penalty.num_sweeps", message.num_sweeps, 0, MOST_SWEEPS)
    options = SampleOptions(message.num_reads, message.num_sweeps, seed)
    seconds = to_time_limit("penalty.time_limit_seconds", message.time_limit_seconds)
    start = _start("penalty.start", message.start, request.problem) if message.HasField("start") else None
    return PenaltyWork(weights, options, seconds, start)


def _search_work(request: pb.RunTrialRequest, seed: int) -> SearchWork:
    message = request.search
    _check_range("search.from_fraction", message.from_fraction, 0, 1)
    _check_range("search.to_fraction", message.to_fraction, message.from_fraction, 1)
    _check_range("search.round_count", message.round_count, 1, MOST_ROUNDS)
    if math.isnan(message.bound):
        raise InvalidArgument("search.bound", "Expected a number, got nan.")
    start = _start("search.start", message.start, request.problem) if message.HasField("start") else None
    return SearchWork(
        start, message.from_fraction, message.to_fraction, message.round_count, message.bound, seed
    )  # fmt: skip


def _start(field: str, message: pb.SectorGrid, problem: pb.ScheduleProblem) -> Rows:
    cars, periods, size = len(problem.cars), len(problem.demand), len(message.sector_indices)
    if size != cars * periods:
        raise InvalidArgument(field, f"Expected {cars} cars x {periods} periods, got {size} numbers.")
    return _rows(message, cars)


def _check_range(field: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise InvalidArgument(field, f"Expected {least:g} to {most:g}, got {value:g}.")


def _grid(rows: Rows) -> pb.SectorGrid:
    return pb.SectorGrid(sector_indices=rows.reshape(-1))


def _rows(message: pb.SectorGrid, car_count: int) -> Rows:
    return np.array(message.sector_indices, dtype=np.int64).reshape(car_count, -1)


def _penalty_trial(message: pb.PenaltyTrial) -> PenaltyTrial:
    return PenaltyTrial(
        message.demand_penalty,
        message.one_hot_penalty,
        message.presence_penalty,
        message.sample_count,
        message.feasible_sample_count,
        message.lowest_energy if message.HasField("lowest_energy") else None,
        message.best_objective if message.HasField("best_objective") else None,
    )
