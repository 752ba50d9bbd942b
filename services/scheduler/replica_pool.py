"""The pool of replicas: trials over gRPC, spread by its own balancing, retries, health checks and deadlines."""

import threading
import time
from collections.abc import Generator
from concurrent.futures import Future, InvalidStateError
from contextlib import closing, suppress
from typing import Any

import grpc
import structlog

from officers.scheduler.v1 import scheduler_pb2 as pb
from officers.scheduler.v1.scheduler_pb2_grpc import AnnealerServiceStub
from services.scheduler.budget import Budget
from services.scheduler.convert import from_problem
from services.scheduler.convert_trial import from_work, to_trial_result
from services.scheduler.replica_load import Load
from services.scheduler.trial import Subject, TrialResult, Work
from services.scheduler.trial_pool import NextWork, Outcome, in_flight
from serving.errors import Cancelled, DeadlineExceeded, OfficersError, ResourceExhausted, Unavailable
from serving.status import from_rpc_error

LATE_SECONDS = 0.1
"""Replicas answer before a deadline, so that little is waited for after it."""

PATIENCE_SECONDS = 15.0
"""How long no replica may answer any trial of a run before it gives up."""

LOST_DELAY_SECONDS = 0.5
"""Before a trial whose replica was lost is run again."""

LEAST_TIMEOUT_SECONDS = 5.0
TIMEOUT_FACTOR = 8.0
"""A search that takes so many times as long as others is run again elsewhere: its replica hangs."""

log = structlog.get_logger("pool")


class ReplicaPool:
    """Runs trials on every replica behind a channel.

    Parameters
    ----------
    channel
        To all replicas, this process among them if it is one.
    own_name
        The name under which this process answers trials; empty: it answers none.
    most_in_flight
        Most trials of a run that are under way at once.
    """

    def __init__(self, channel: grpc.Channel, own_name: str, most_in_flight: int) -> None:
        self._stub, self._own_name, self._most = AnnealerServiceStub(channel), own_name, most_in_flight

    def run(self, subject: Subject, next_work: NextWork, budget: Budget) -> Generator[Outcome, None, None]:
        """See `TrialPool`."""
        problem, load = from_problem(subject.problem), Load(self._most)
        calls: dict[Future[TrialResult], _RemoteTrial] = {}
        begun = False

        def start(work: Work) -> Future[TrialResult]:
            nonlocal begun
            begun = True
            request = from_work(problem, subject.annealer_name, work)
            trial = _RemoteTrial(self._stub, request, load, budget)
            calls[trial.result] = trial
            return trial.result

        with closing(in_flight(start, lambda: load.width, next_work, budget, LATE_SECONDS)) as ended:
            for work, future in ended:
                trial = calls.pop(future)
                if isinstance(future.exception(), _OutOfTime):
                    continue
                result = future.result()
                load.learn(trial.seconds, result.work_seconds)
                yield Outcome(work, result, "" if trial.replica == self._own_name else trial.replica)
        if begun and not load.typical_seconds and not budget.stop():
            raise Unavailable("no scheduler answered a trial in time")


class _OutOfTime(Cancelled):
    """A trial had no answer before the budget of its run ended."""


class _RemoteTrial:
    """One trial on whatever replica takes it; called again where replicas are busy or lost.

    Attributes
    ----------
    result
        The future result; cancelling it stops the trial.
    replica
        Who ran it, once it has ended.
    seconds
        From the last call to the answer, waiting for a place included.
    """

    def __init__(self, stub: AnnealerServiceStub, request: pb.RunTrialRequest, load: Load, budget: Budget) -> None:
        self._stub, self._request, self._load, self._budget = stub, request, load, budget
        self.result: Future[TrialResult] = Future()
        self.replica, self.seconds = "", 0.0
        self._call_time = 0.0
        self._call: Any = None
        self.result.add_done_callback(lambda _: self._call.cancel())
        self._make_call()

    def _make_call(self) -> None:
        if not self.result.done():
            self._call_time = time.monotonic()
            self._call = self._stub.RunTrial.future(self._request, timeout=self._timeout_seconds())
            self._call.add_done_callback(self._ended)

    def _timeout_seconds(self) -> float:
        if self._request.WhichOneof("work") == "penalty":
            return self._budget.seconds_left  # an annealer on another machine may take its time
        hangs_seconds = max(LEAST_TIMEOUT_SECONDS, TIMEOUT_FACTOR * self._load.typical_seconds)
        return min(self._budget.seconds_left, hangs_seconds)

    def _ended(self, call: Any) -> None:
        """Take the answer in, on a thread of gRPC's."""
        self.seconds = time.monotonic() - self._call_time
        if self.result.done():
            return
        if call.code() is grpc.StatusCode.OK:
            response: pb.RunTrialResponse = call.result()
            self.replica = response.replica
            self._settle(to_trial_result(response, len(self._request.problem.cars)))
            return
        error = from_rpc_error(call, "scheduler")
        delay_seconds = self._delay_seconds(error)
        if delay_seconds is None:
            self._settle(error)
        elif delay_seconds >= self._budget.seconds_left:
            self._settle(_OutOfTime("The time is over."))
        else:
            log.info("trial_again", code=error.code.name, delay_seconds=delay_seconds)
            timer = threading.Timer(delay_seconds, self._make_call)
            timer.daemon = True
            timer.start()

    def _delay_seconds(self, error: OfficersError) -> float | None:
        """Return when to call again; None: never."""
        if isinstance(error, ResourceExhausted):
            self._load.refuse()
            return error.retry_delay_seconds
        lost = isinstance(error, Unavailable | Cancelled | DeadlineExceeded)
        return LOST_DELAY_SECONDS if lost and self._load.silent_seconds < PATIENCE_SECONDS else None

    def _settle(self, end: TrialResult | OfficersError) -> None:
        with suppress(InvalidStateError):  # the run has ended meanwhile and wants nothing any more
            if isinstance(end, OfficersError):
                self.result.set_exception(end)
            else:
                self.result.set_result(end)
