import threading

import pytest

from officers.scheduler.v1 import scheduler_pb2 as pb
from officers.scheduler.v1 import scheduler_pb2_grpc as rpc
from serving.errors import InvalidArgument
from serving.work import run_in_thread, stream_from_thread


class ScriptedScheduler(rpc.SchedulerServiceServicer):
    """Does what the annealer name of a request says; tells whether its work was stopped."""

    def __init__(self):
        self.begun = threading.Event()
        self.stopped = threading.Event()

    async def Solve(self, request, context):
        seconds = await run_in_thread(context, lambda stop: self._work(request.options.annealer, stop))
        return pb.SolveResponse(schedule=pb.Schedule(wall_seconds=seconds))

    async def WatchSolve(self, request, context):
        def emit_all(stop, emit):
            for objective in range(request.options.penalty_trials):
                emit(pb.WatchSolveResponse(schedule=pb.Schedule(objective=objective)))
            self._work(request.options.annealer, stop)

        async for response in stream_from_thread(context, emit_all):
            yield response

    def _work(self, what, stop):
        self.begun.set()
        match what:
            case "invalid":
                raise InvalidArgument("problem.cars[0].id", "Expected a unique id.")
            case "foreign":
                raise ZeroDivisionError("secret text")
            case "until stopped":
                while not stop():
                    self.stopped.wait(0.005)
                self.stopped.set()
        return 1.5


@pytest.fixture
def scripted():
    return ScriptedScheduler()


@pytest.fixture
def register(scripted):
    def add(server):
        rpc.add_SchedulerServiceServicer_to_server(scripted, server)
        return ["officers.scheduler.v1.SchedulerService"]

    return add
