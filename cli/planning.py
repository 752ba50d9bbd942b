"""The calls of a demonstration run: import an area, train, plan a shift, replay what really happened."""

import uuid
from collections.abc import Callable, Iterator
from importlib.metadata import version
from zoneinfo import ZoneInfo

import grpc

from cli.clients import Clients
from cli.outcome import RecordedCall, Replay, local_start
from cli.progress import Report
from gateway.timetable import make_timetable
from officers.area.v1.area_pb2 import Area
from officers.demand.v1 import demand_pb2 as demand
from officers.gateway.v1 import gateway_pb2 as gateway
from officers.predictor.v1 import predictor_pb2 as predictor
from serving.errors import FailedPrecondition, InvalidArgument, OfficersError

FINISHED_WITH_RESULT = (
    gateway.PLAN_STATE_READY_FOR_REVIEW,
    gateway.PLAN_STATE_APPROVED,
    gateway.PLAN_STATE_REJECTED,
)
ENDED_WITHOUT_RESULT = (gateway.PLAN_STATE_FAILED, gateway.PLAN_STATE_CANCELLED)
STREAM_BREAKS_ALLOWED = 20
REQUEST_NAMESPACE = uuid.UUID("6f0b6b1e-6d0c-5d5c-9b57-3c5d1d8f6a10")


def import_area(clients: Clients, name: str, archive: bytes) -> gateway.AreaRecord:
    """Import an area directory."""
    return clients.gateway.ImportArea(gateway.ImportAreaRequest(name=name, archive=archive)).area


def train_model(clients: Clients, request: predictor.TrainModelRequest, report: Report) -> predictor.Model:
    """Train a model, or get the stored version that the same request made before.

    Raises
    ------
    FailedPrecondition
        The training ended without a model.
    """
    model: predictor.Model | None = None
    for event in clients.predictor.TrainModel(request):
        if event.WhichOneof("event") == "model":
            model = event.model
        else:
            report(event.progress.fraction, event.progress.message)
    if model is None:
        raise FailedPrecondition("TRAINING_WITHOUT_MODEL", "The training ended without a model.")
    return model


def make_plan(
    clients: Clients, request: gateway.CreatePlanRequest, report: Report, on_break: Callable[[], None]
) -> gateway.Plan:
    """Create a plan, follow it to its end, and read it with its result.

    `on_break` is called when the stream of events breaks, before it is taken up again.

    Raises
    ------
    OfficersError
        The plan failed or was cancelled; carries the plan's own reason.
    """
    name = create_plan(clients, request).name
    for event in watch_plan(clients, name, on_break):
        report(event.progress.fraction, event.progress.message)
    plan = clients.gateway.GetPlan(gateway.GetPlanRequest(name=name)).plan
    if plan.state not in FINISHED_WITH_RESULT:
        raise plan_error(plan)
    return plan


def create_plan(clients: Clients, request: gateway.CreatePlanRequest) -> gateway.Plan:
    """Create a plan, or get the one that the same request made before, unless that has ended without a result.

    A plan that this call makes has just begun; one that has ended is of an earlier run. Then the plan is created anew,
    with an id that follows from the request's, so that a run that is killed goes on with it next time.
    """
    attempt = gateway.CreatePlanRequest()
    attempt.CopyFrom(request)
    plan, number = clients.gateway.CreatePlan(attempt).plan, 1
    while request.request_id and plan.state in ENDED_WITHOUT_RESULT:
        number += 1
        attempt.request_id = str(uuid.uuid5(uuid.UUID(request.request_id), f"attempt {number}"))
        plan = clients.gateway.CreatePlan(attempt).plan
    return plan


def watch_plan(clients: Clients, name: str, on_break: Callable[[], None]) -> Iterator[gateway.WatchPlanResponse]:
    """Yield the events of a plan to its end; a stream that breaks goes on from the last cursor."""
    cursor, breaks = 0, 0
    while True:
        try:
            for event in clients.gateway.WatchPlan(gateway.WatchPlanRequest(name=name, cursor=cursor)):
                cursor = event.cursor
                yield event
            return
        except grpc.RpcError as error:
            breaks += 1
            if error.code() != grpc.StatusCode.UNAVAILABLE or breaks > STREAM_BREAKS_ALLOWED:
                raise
            on_break()


def plan_error(plan: gateway.Plan) -> OfficersError:
    """Make the error that says why a plan has no result."""
    failure = plan.failure
    state = gateway.PlanState.Name(plan.state).removeprefix("PLAN_STATE_").lower()
    if failure.field_violations:
        return InvalidArgument.of((entry.field, entry.description) for entry in failure.field_violations)
    return FailedPrecondition(
        failure.reason or "NO_RESULT", f"{plan.name} is {state}: {failure.message or 'no result.'}"
    )


def stable_request_id(request: gateway.CreatePlanRequest, area_artifact: str) -> str:
    """Make an id that is the same for the same request on the same data with the same version of this program."""
    parts = (version("officers"), area_artifact, request.SerializeToString(deterministic=True).hex())
    return str(uuid.uuid5(REQUEST_NAMESPACE, "\n".join(parts)))


def replay_recorded_calls(clients: Clients, area: Area, plan: gateway.Plan) -> Replay:
    """Replay the calls really recorded in a plan's shift against the plan and both simple rules."""
    minutes = round((plan.end_time.ToNanoseconds() - plan.start_time.ToNanoseconds()) / 60e9)
    call_set = clients.predictor.ReadRecordedCalls(
        predictor.ReadRecordedCallsRequest(
            area_artifact=plan.area_artifact, start_time=plan.start_time, minutes=minutes, seed=plan.options.seed
        )
    ).call_set
    names = ("plan", "one per sector", "proportional")
    if not call_set.call_count:
        return Replay((), tuple(demand.SimulationResult(name=name) for name in names))
    timetable = make_timetable(plan.result.schedule_problem, plan.result.schedule, area.capabilities)
    answer = clients.demand.Simulate(
        demand.SimulateRequest(
            area_artifact=plan.area_artifact,
            calls_artifact=call_set.artifact,
            deployments=[
                demand.Deployment(name=names[0], timetable=timetable),
                demand.Deployment(name=names[1], baseline=demand.BASELINE_ONE_PER_SECTOR),
                demand.Deployment(name=names[2], baseline=demand.BASELINE_PROPORTIONAL),
            ],
            baseline_cars=plan.staffing.cars,
            shift_minutes=minutes,
            history_until_date=local_start(plan, ZoneInfo(area.time_zone)).date().isoformat(),
            shift_start=next(shift.start for shift in area.shifts if shift.name == plan.shift),
        )
    )
    return Replay(read_calls(clients, area, call_set.artifact), tuple(answer.results))


def read_calls(clients: Clients, area: Area, artifact: str) -> tuple[RecordedCall, ...]:
    """Read the calls of a call set."""
    calls: list[RecordedCall] = []
    for chunk in clients.predictor.StreamCalls(predictor.StreamCallsRequest(artifact=artifact)):
        columns = zip(
            chunk.minutes, chunk.latitudes, chunk.longitudes, chunk.type_indices, chunk.sector_indices, strict=True
        )
        calls.extend(
            RecordedCall(minute, latitude, longitude, area.service_types[kind].type, sector)
            for minute, latitude, longitude, kind, sector in columns
        )
    return tuple(calls)
