"""The contract of `officers.scheduler.v1`: every RPC and every error."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import NamedTuple

import grpc
import numpy as np
import pytest

from officers.scheduler.v1 import scheduler_pb2 as pb
from officers.scheduler.v1.scheduler_pb2_grpc import AnnealerServiceStub, SchedulerServiceStub
from services.scheduler.admission import Admission
from services.scheduler.servicer import Sampling, register
from services.scheduler.trial_pool import LocalPool
from serving.errors import InvalidArgument, ResourceExhausted
from serving.status import from_rpc_error
from serving.testing import in_process_server


class Stubs(NamedTuple):
    scheduler: SchedulerServiceStub
    annealer: AnnealerServiceStub


@asynccontextmanager
async def serving(admission: Admission, trials: Admission | None = None) -> AsyncIterator[Stubs]:
    threads = LocalPool(2)
    sampling = Sampling(trials or Admission(2, 2, 0.5), threads.executor, "this-one")
    async with in_process_server(partial(register, admission=admission, pool=threads, sampling=sampling)) as channel:
        yield Stubs(SchedulerServiceStub(channel), AnnealerServiceStub(channel))


@pytest.fixture
async def stubs() -> AsyncIterator[Stubs]:
    async with serving(Admission(2, 2, 1.0)) as started:
        yield started


def problem(**changes: object) -> pb.ScheduleProblem:
    fields = {
        "sectors": ["A", "B"],
        "cars": [pb.Car(id="C1", start_sector="A"), pb.Car(id="C2", start_sector="B")],
        "period_minutes": 60,
        "travel_minutes": [pb.TravelRow(minutes=[0, 7.5]), pb.TravelRow(minutes=[8, 0])],
        "demand": [pb.DemandRow(cars=[1, 1]), pb.DemandRow(cars=[0, 2])],
    }
    return pb.ScheduleProblem(**{**fields, **changes})  # type: ignore[arg-type]


def long_problem() -> pb.ScheduleProblem:
    """Fairness among many cars: nothing proves it within minutes."""
    random = np.random.default_rng(0)
    travel = random.integers(2, 40, (12, 12)) * (1 - np.eye(12, dtype=int))
    demand = [random.multinomial(16, np.ones(12) / 12) for _ in range(12)]
    return pb.ScheduleProblem(
        sectors=[f"S{index}" for index in range(12)],
        cars=[pb.Car(id=f"C{index}") for index in range(18)],
        period_minutes=60,
        travel_minutes=[pb.TravelRow(minutes=row) for row in travel],
        demand=[pb.DemandRow(cars=row) for row in demand],
        fairness_weight=5,
    )


def exact(**options: object) -> pb.SolveOptions:
    return pb.SolveOptions(engine=pb.ENGINE_EXACT, **options)  # type: ignore[arg-type]


async def test_solve(stubs: Stubs) -> None:
    response = await stubs.scheduler.Solve(pb.SolveRequest(problem=problem(), options=exact(seed=3)), timeout=60)
    schedule = response.schedule
    assert schedule.status == pb.STATUS_OPTIMAL
    assert [(a.car_id, list(a.sectors)) for a in schedule.assignments] == [("C1", ["A", "B"]), ("C2", ["B", "B"])]
    assert schedule.travel_minutes == schedule.objective == schedule.best_bound == 7.5
    assert schedule.HasField("gap")
    assert (schedule.gap, schedule.engine, schedule.annealer, schedule.seed) == (0, "exact", "", 3)
    assert schedule.wall_seconds > 0
    assert schedule.explanation[0].startswith("Travel: 7.5 min")


async def test_solve_by_qubo(stubs: Stubs) -> None:
    options = pb.SolveOptions(engine=pb.ENGINE_QUBO, penalty_trials=3, time_limit_seconds=20)
    schedule = (await stubs.scheduler.Solve(pb.SolveRequest(problem=problem(), options=options), timeout=60)).schedule
    assert (schedule.engine, schedule.annealer, schedule.objective) == ("qubo", "neal", 7.5)
    assert len(schedule.penalty_trials) == 4
    assert all(trial.sample_count > 0 for trial in schedule.penalty_trials)


async def test_an_infeasible_problem_is_an_answer(stubs: Stubs) -> None:
    bans = [pb.Placement(car_id="C1", period=1, sector=sector) for sector in "AB"]
    schedule = (await stubs.scheduler.Solve(pb.SolveRequest(problem=problem(bans=bans)), timeout=60)).schedule
    assert schedule.status == pb.STATUS_INFEASIBLE
    assert not schedule.HasField("gap")
    assert not schedule.assignments
    (rule,) = schedule.infeasible_rules
    assert (rule.rule, list(rule.periods)) == ("bans", [1])


async def test_watch_ends_with_the_schedule(stubs: Stubs) -> None:
    request = pb.WatchSolveRequest(problem=problem(), options=exact())
    *steps, last = [response async for response in stubs.scheduler.WatchSolve(request, timeout=60)]
    assert last.schedule.status == pb.STATUS_OPTIMAL
    assert steps
    assert all(step.WhichOneof("event") == "progress" for step in steps)
    fractions = [step.progress.progress.fraction for step in steps]
    assert fractions == sorted(fractions)
    assert steps[0].progress.progress.message
    assert not steps[0].progress.HasField("incumbent")


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.SolveRequest(), "problem.sectors"),
        (
            pb.SolveRequest(problem=problem(sectors=["A", "X"], pins=[pb.Placement(car_id="C9")])),
            "problem.pins[0].car_id",
        ),
        (pb.SolveRequest(problem=problem(demand=[pb.DemandRow(cars=[3, 0])])), "problem.demand[0]"),
        (pb.SolveRequest(problem=problem(presence_rule=9)), "problem.presence_rule"),
        (pb.SolveRequest(problem=problem(home_cost_factor=0)), "problem.home_cost_factor"),
        (pb.SolveRequest(problem=problem(), options=pb.SolveOptions(engine=9)), "options.engine"),
        (pb.SolveRequest(problem=problem(), options=pb.SolveOptions(annealer="magic")), "options.annealer"),
        (pb.SolveRequest(problem=problem(), options=pb.SolveOptions(seed=-1)), "options.seed"),
        (pb.SolveRequest(problem=problem(), options=exact(time_limit_seconds=-1)), "options.time_limit_seconds"),
        (
            pb.SolveRequest(problem=problem(), options=exact(time_limit_seconds=float("nan"))),
            "options.time_limit_seconds",
        ),
        (pb.SolveRequest(problem=problem(), options=pb.SolveOptions(penalty_trials=-1)), "options.penalty_trials"),
    ],
)
async def test_bad_input_names_its_field(stubs: Stubs, request_: pb.SolveRequest, field: str) -> None:
    watch = pb.WatchSolveRequest(problem=request_.problem, options=request_.options)
    for call in (stubs.scheduler.Solve(request_, timeout=60), stubs.scheduler.WatchSolve(watch, timeout=60).read()):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        error = from_rpc_error(caught.value)
        assert isinstance(error, InvalidArgument)
        assert field in [violation.field for violation in error.violations]


async def test_the_best_so_far_comes_before_the_deadline(stubs: Stubs) -> None:
    request = pb.SolveRequest(problem=long_problem(), options=exact(time_limit_seconds=600))
    schedule = (await stubs.scheduler.Solve(request, timeout=8)).schedule
    assert schedule.status == pb.STATUS_FEASIBLE
    assert schedule.gap > 0


async def test_a_deadline_in_the_past(stubs: Stubs) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stubs.scheduler.Solve(pb.SolveRequest(problem=problem()), timeout=-1)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_a_full_queue_says_when_to_come_back_and_a_cancelled_call_makes_room() -> None:
    async with serving(Admission(1, 0, 2.5)) as stubs:
        request = pb.WatchSolveRequest(problem=long_problem(), options=exact(time_limit_seconds=600))
        running = stubs.scheduler.WatchSolve(request)
        await running.read()
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stubs.scheduler.Solve(pb.SolveRequest(problem=problem()), timeout=60)
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        error = from_rpc_error(caught.value)
        assert isinstance(error, ResourceExhausted)
        assert error.retry_delay_seconds == 2.5
        running.cancel()
        await _until_there_is_room(stubs)


async def _until_there_is_room(stubs: Stubs) -> None:
    """The cancelled solve ends within half a second; until then calls are refused."""
    async with asyncio.timeout(30):
        while await _code(stubs) is grpc.StatusCode.RESOURCE_EXHAUSTED:
            pass
        assert await _code(stubs) is grpc.StatusCode.OK


async def _code(stubs: Stubs) -> grpc.StatusCode:
    call = stubs.scheduler.Solve(pb.SolveRequest(problem=problem()), timeout=30)
    return await call.code()


def qubo(**changes: object) -> pb.Qubo:
    """x0 + x1 - 3 x0 x1 + 2 x2 + 0.5"""
    fields = {
        "variable_count": 3,
        "rows": [0, 1, 0, 2],
        "columns": [0, 1, 1, 2],
        "coefficients": [1, 1, -3, 2],
        "offset": 0.5,
    }
    return pb.Qubo(**{**fields, **changes})  # type: ignore[arg-type]


async def test_sample(stubs: Stubs) -> None:
    request = pb.SampleRequest(qubo=qubo(), num_reads=20, num_sweeps=100, seed=5)
    response = await stubs.annealer.Sample(request, timeout=60)
    assert (response.annealer, response.seed) == ("neal", 5)
    assert response.wall_seconds > 0
    assert sum(sample.occurrences for sample in response.samples) == 20
    assert (response.samples[0].states, response.samples[0].energy) == (b"\1\1\0", -0.5)
    energies = [sample.energy for sample in response.samples]
    assert energies == sorted(energies)
    for sample in response.samples:
        x0, x1, x2 = sample.states
        assert sample.energy == x0 + x1 - 3 * x0 * x1 + 2 * x2 + 0.5


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.SampleRequest(), "qubo.variable_count"),
        (pb.SampleRequest(qubo=qubo(variable_count=10**6)), "qubo.variable_count"),
        (pb.SampleRequest(qubo=qubo(rows=[0, 1])), "qubo.rows"),
        (pb.SampleRequest(qubo=qubo(columns=[0, 1, 3, 2])), "qubo.columns[2]"),
        (pb.SampleRequest(qubo=qubo(rows=[0, -1, 0, 2])), "qubo.rows[1]"),
        (pb.SampleRequest(qubo=qubo(coefficients=[1, 1, float("nan"), 2])), "qubo.coefficients[2]"),
        (pb.SampleRequest(qubo=qubo(offset=float("inf"))), "qubo.offset"),
        (pb.SampleRequest(qubo=qubo(), num_reads=-1), "num_reads"),
        (pb.SampleRequest(qubo=qubo(), num_reads=10**8), "num_reads"),
        (pb.SampleRequest(qubo=qubo(variable_count=100_000), num_reads=10_000), "num_reads"),
        (pb.SampleRequest(qubo=qubo(), num_sweeps=-1), "num_sweeps"),
        (pb.SampleRequest(qubo=qubo(), annealer="magic"), "annealer"),
        (pb.SampleRequest(qubo=qubo(), seed=-1), "seed"),
        (pb.SampleRequest(qubo=qubo(), time_limit_seconds=-1), "time_limit_seconds"),
    ],
)
async def test_bad_qubos_name_their_field(stubs: Stubs, request_: pb.SampleRequest, field: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stubs.annealer.Sample(request_, timeout=60)
    error = from_rpc_error(caught.value)
    assert isinstance(error, InvalidArgument)
    assert [violation.field for violation in error.violations] == [field]


def search(**changes: object) -> pb.RunTrialRequest:
    work = {"to_fraction": 1, "round_count": 3}
    return pb.RunTrialRequest(
        problem=problem(), annealer="one_hot_tempering", seed=4, search=pb.SearchWork(**{**work, **changes})
    )


def penalty(**changes: object) -> pb.RunTrialRequest:
    work = {"demand_penalty": 20, "one_hot_penalty": 20, "presence_penalty": 20, "num_reads": 2, "num_sweeps": 50}
    return pb.RunTrialRequest(problem=problem(), seed=4, penalty=pb.PenaltyWork(**{**work, **changes}))


async def test_a_trial_on_schedules_goes_on_from_its_state_and_may_run_twice(stubs: Stubs) -> None:
    first = await stubs.annealer.RunTrial(search(), timeout=60)
    assert (first.objective, first.replica) == (7.5, "this-one")
    assert list(first.best.sector_indices) == [0, 1, 1, 1]
    assert first.work_seconds > 0
    second = await stubs.annealer.RunTrial(search(start=first.state, from_fraction=0.5), timeout=60)
    again = await stubs.annealer.RunTrial(search(start=first.state, from_fraction=0.5), timeout=60)
    assert (second.best, second.state) == (again.best, again.state)


async def test_a_penalty_trial(stubs: Stubs) -> None:
    response = await stubs.annealer.RunTrial(penalty(), timeout=60)
    trial = response.penalty_trial
    assert (trial.demand_penalty, trial.one_hot_penalty, trial.presence_penalty) == (20, 20, 20)
    assert trial.sample_count == 2
    assert trial.HasField("lowest_energy")
    assert trial.best_objective == response.objective == 7.5
    assert list(response.best.sector_indices) == [0, 1, 1, 1]
    assert not response.HasField("state")


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.RunTrialRequest(problem=problem()), "work"),
        (pb.RunTrialRequest(search=search().search), "problem.sectors"),
        (
            pb.RunTrialRequest(problem=problem(demand=[pb.DemandRow(cars=[3, 0])]), search=search().search),
            "problem.demand[0]",
        ),
        (pb.RunTrialRequest(problem=problem(), annealer="magic", search=search().search), "annealer"),
        (pb.RunTrialRequest(problem=problem(), annealer="neal", search=search().search), "search"),
        (pb.RunTrialRequest(problem=problem(), seed=-1, search=search().search), "seed"),
        (search(round_count=0), "search.round_count"),
        (search(from_fraction=-0.1), "search.from_fraction"),
        (search(from_fraction=0.5, to_fraction=0.4), "search.to_fraction"),
        (search(to_fraction=float("nan")), "search.to_fraction"),
        (search(bound=float("nan")), "search.bound"),
        (search(start=pb.SectorGrid(sector_indices=[0, 1, 1])), "search.start"),
        (search(start=pb.SectorGrid(sector_indices=[0, 1, 1, 2])), "search.start"),
        (penalty(demand_penalty=0), "penalty.demand_penalty"),
        (penalty(one_hot_penalty=float("inf")), "penalty.one_hot_penalty"),
        (penalty(presence_penalty=-1), "penalty.presence_penalty"),
        (penalty(num_reads=0), "penalty.num_reads"),
        (penalty(num_sweeps=-1), "penalty.num_sweeps"),
        (penalty(time_limit_seconds=-1), "penalty.time_limit_seconds"),
    ],
)
async def test_bad_trials_name_their_field(stubs: Stubs, request_: pb.RunTrialRequest, field: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stubs.annealer.RunTrial(request_, timeout=60)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    error = from_rpc_error(caught.value)
    assert isinstance(error, InvalidArgument)
    assert field in [violation.field for violation in error.violations]


async def test_a_trial_answers_before_its_deadline_with_what_it_has(stubs: Stubs) -> None:
    request = search(round_count=1_000_000, bound=-1)
    request.problem.CopyFrom(long_problem())
    response = await stubs.annealer.RunTrial(request, timeout=3)
    assert response.work_seconds < 3
    assert len(response.state.sector_indices) == 18 * 12


async def test_trials_have_a_queue_of_their_own_which_may_be_full() -> None:
    """Solves that fill their queue do not keep trials out, so that no solve waits for itself."""
    async with serving(Admission(1, 0, 9.0), Admission(1, 0, 0.4)) as stubs:
        solving = stubs.scheduler.WatchSolve(
            pb.WatchSolveRequest(problem=long_problem(), options=exact(time_limit_seconds=600))
        )
        await solving.read()
        assert (await stubs.annealer.RunTrial(search(), timeout=60)).objective == 7.5
        endless = search(round_count=1_000_000, bound=-1)
        endless.problem.CopyFrom(long_problem())
        running = stubs.annealer.RunTrial(endless)
        error = await _refusal(stubs)
        assert error.retry_delay_seconds == 0.4
        running.cancel()
        solving.cancel()


async def _refusal(stubs: Stubs) -> ResourceExhausted:
    """Return how a trial is refused once the place is taken."""
    async with asyncio.timeout(30):
        while True:
            try:
                await stubs.annealer.RunTrial(search(), timeout=30)
            except grpc.aio.AioRpcError as rpc_error:
                error = from_rpc_error(rpc_error)
                assert isinstance(error, ResourceExhausted)
                return error


async def test_list_annealers(stubs: Stubs) -> None:
    response = await stubs.annealer.ListAnnealers(pb.ListAnnealersRequest(), timeout=60)
    names = [annealer.name for annealer in response.annealers]
    assert "neal" in names
    assert names == sorted(names)
    assert all(annealer.description for annealer in response.annealers)
    assert all(first < second for first, second in itertools.pairwise(names))
