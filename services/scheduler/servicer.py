"""The RPCs of the scheduler: convert, call, convert."""

from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

import grpc

from officers.scheduler.v1 import scheduler_pb2 as pb
from officers.scheduler.v1 import scheduler_pb2_grpc
from services.scheduler import convert, convert_trial
from services.scheduler.admission import Admission
from services.scheduler.annealers import list_annealers
from services.scheduler.budget import Budget
from services.scheduler.reporter import Emit, emit_nothing
from services.scheduler.sample_qubo import sample_qubo
from services.scheduler.solve import solve
from services.scheduler.subjects import Subjects
from services.scheduler.trial import run_trial
from services.scheduler.trial_pool import TrialPool
from serving.work import ServicerContext, Stop, run_in_thread, stream_from_thread

PREFIX = "problem."
"""Where the problem stands in requests; put before field paths."""


@dataclass(frozen=True)
class Sampling:
    """How a replica runs the trials of others.

    Attributes
    ----------
    admission
        The queue of trials, apart from that of solves: solves wait for trials, trials for nothing.
    threads
        What they run on.
    replica
        Name of this replica, unlike that of any other.
    """

    admission: Admission
    threads: Executor
    replica: str
    subjects: Subjects = field(default_factory=Subjects)


class SchedulerServicer(scheduler_pb2_grpc.SchedulerServiceServicer):
    """Serves `officers.scheduler.v1.SchedulerService`."""

    def __init__(self, admission: Admission, pool: TrialPool) -> None:
        self._admission, self._pool = admission, pool

    async def Solve(self, request: pb.SolveRequest, context: ServicerContext) -> pb.SolveResponse:
        """See the contract."""
        async with self._admission.place():
            schedule = await run_in_thread(context, lambda stop: self._solve(request, stop, emit_nothing))
        return pb.SolveResponse(schedule=schedule)

    async def WatchSolve(
        self, request: pb.WatchSolveRequest, context: ServicerContext
    ) -> AsyncIterator[pb.WatchSolveResponse]:
        """See the contract."""

        def watch(stop: Stop, emit: Callable[[pb.WatchSolveResponse], None]) -> None:
            schedule = self._solve(
                request, stop, lambda step: emit(pb.WatchSolveResponse(progress=convert.from_progress(step)))
            )
            emit(pb.WatchSolveResponse(schedule=schedule))

        async with self._admission.place():
            async for response in stream_from_thread(context, watch):
                yield response

    def _solve(self, request: pb.SolveRequest | pb.WatchSolveRequest, stop: Stop, emit: Emit) -> pb.Schedule:
        problem = convert.to_problem(request.problem, PREFIX)
        options = convert.to_solve_options(request.options)
        return convert.from_schedule(solve(problem, options, stop, emit, PREFIX, self._pool))


class AnnealerServicer(scheduler_pb2_grpc.AnnealerServiceServicer):
    """Serves `officers.scheduler.v1.AnnealerService`."""

    def __init__(self, admission: Admission, sampling: Sampling) -> None:
        self._admission, self._sampling = admission, sampling

    async def RunTrial(self, request: pb.RunTrialRequest, context: ServicerContext) -> pb.RunTrialResponse:
        """See the contract."""
        async with self._sampling.admission.place():
            return await run_in_thread(context, lambda stop: self._run_trial(request, stop), self._sampling.threads)

    async def Sample(self, request: pb.SampleRequest, context: ServicerContext) -> pb.SampleResponse:
        """See the contract."""
        order = convert.to_sampling_order(request)
        async with self._admission.place():
            sampling = await run_in_thread(context, lambda stop: sample_qubo(order, stop))
        return convert.from_sampling(sampling)

    async def ListAnnealers(
        self,
        request: pb.ListAnnealersRequest,  # noqa: ARG002 (nothing to ask)
        context: ServicerContext,  # noqa: ARG002
    ) -> pb.ListAnnealersResponse:
        """See the contract."""
        return convert.from_annealers(list_annealers())

    def _run_trial(self, request: pb.RunTrialRequest, stop: Stop) -> pb.RunTrialResponse:
        work = convert_trial.to_work(request)
        key = request.problem.SerializeToString(deterministic=True)
        subject = self._sampling.subjects.get(
            key, request.annealer, lambda: convert.to_problem(request.problem, PREFIX), PREFIX
        )
        result = run_trial(subject, work, Budget(float("inf"), stop))
        return convert_trial.from_trial_result(result, self._sampling.replica)


def register(server: grpc.aio.Server, admission: Admission, pool: TrialPool, sampling: Sampling) -> Sequence[str]:
    """Add both services to a server and return their full names."""
    scheduler_pb2_grpc.add_SchedulerServiceServicer_to_server(SchedulerServicer(admission, pool), server)
    scheduler_pb2_grpc.add_AnnealerServiceServicer_to_server(AnnealerServicer(admission, sampling), server)
    return [service.full_name for service in pb.DESCRIPTOR.services_by_name.values()]
