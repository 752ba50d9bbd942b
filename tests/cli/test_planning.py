from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace

import grpc
import pytest

from cli.clients import Clients
from cli.outcome import Outcome
from cli.planning import create_plan, make_plan, replay_recorded_calls, stable_request_id, train_model, watch_plan
from officers.demand.v1 import demand_pb2
from officers.gateway.v1 import gateway_pb2 as gateway
from officers.predictor.v1 import predictor_pb2 as predictor
from officers.progress.v1.progress_pb2 import Failure, FieldViolation, Progress
from serving.errors import FailedPrecondition, InvalidArgument


class Broken(grpc.RpcError):
    def __init__(self, code: grpc.StatusCode) -> None:
        self._code = code

    def code(self) -> grpc.StatusCode:
        return self._code


@dataclass
class FakeGateway:
    """Holds one plan; its stream of events breaks after each of `breaks` events."""

    plan: gateway.Plan
    event_count: int = 4
    breaks: list[grpc.StatusCode] = field(default_factory=list)
    cursors: list[int] = field(default_factory=list)

    def CreatePlan(self, request: gateway.CreatePlanRequest) -> gateway.CreatePlanResponse:
        return gateway.CreatePlanResponse(plan=self.plan)

    def GetPlan(self, request: gateway.GetPlanRequest) -> gateway.GetPlanResponse:
        return gateway.GetPlanResponse(plan=self.plan)

    def WatchPlan(self, request: gateway.WatchPlanRequest) -> Iterator[gateway.WatchPlanResponse]:
        self.cursors.append(request.cursor)
        for cursor in range(request.cursor + 1, self.event_count + 1):
            yield gateway.WatchPlanResponse(cursor=cursor, progress=Progress(fraction=cursor / self.event_count))
            if self.breaks:
                raise Broken(self.breaks.pop())


@dataclass
class PlanBook:
    """Keeps a plan for every request id, as the gateway does."""

    plans: dict[str, gateway.Plan] = field(default_factory=dict)

    def CreatePlan(self, request: gateway.CreatePlanRequest) -> gateway.CreatePlanResponse:
        new = gateway.Plan(name=f"areas/a/plans/{len(self.plans)}", state=gateway.PLAN_STATE_PENDING)
        return gateway.CreatePlanResponse(plan=self.plans.setdefault(request.request_id, new))


@dataclass
class FakePredictor:
    call_count: int = 2

    def TrainModel(self, request: predictor.TrainModelRequest) -> Iterator[predictor.TrainModelResponse]:
        yield predictor.TrainModelResponse(progress=Progress(fraction=0.5, message="epoch 1"))
        if request.seed:
            yield predictor.TrainModelResponse(model=predictor.Model(name="models/a/versions/1"))

    def ReadRecordedCalls(self, request: predictor.ReadRecordedCallsRequest) -> predictor.ReadRecordedCallsResponse:
        assert request.minutes == 720
        call_set = predictor.CallSet(artifact="d" * 64, call_count=self.call_count)
        return predictor.ReadRecordedCallsResponse(call_set=call_set)

    def StreamCalls(self, request: predictor.StreamCallsRequest) -> Iterator[predictor.StreamCallsResponse]:
        for minute in range(self.call_count):
            yield predictor.StreamCallsResponse(
                minutes=[minute], latitudes=[43.65], longitudes=[-79.4], type_indices=[1], sector_indices=[3]
            )


@dataclass
class FakeDemand:
    requests: list[demand_pb2.SimulateRequest] = field(default_factory=list)

    def Simulate(self, request: demand_pb2.SimulateRequest) -> demand_pb2.SimulateResponse:
        self.requests.append(request)
        results = [demand_pb2.SimulationResult(name=deployment.name, calls=2) for deployment in request.deployments]
        return demand_pb2.SimulateResponse(results=results)


def clients_of(**fakes: object) -> Clients:
    nothing = SimpleNamespace()
    return Clients(**{name: fakes.get(name, nothing) for name in ("gateway", "predictor", "demand")})


def never() -> None:
    raise AssertionError("the stream did not break")


def test_a_stream_that_breaks_goes_on_from_its_cursor(outcome: Outcome) -> None:
    fake = FakeGateway(outcome.shifts[0].plan, breaks=[grpc.StatusCode.UNAVAILABLE] * 2)
    pauses: list[None] = []
    events = list(watch_plan(clients_of(gateway=fake), "areas/a/plans/b", lambda: pauses.append(None)))
    assert [event.cursor for event in events] == [1, 2, 3, 4]
    assert fake.cursors == [0, 1, 2]
    assert len(pauses) == 2


def test_other_errors_of_a_stream_are_not_hidden(outcome: Outcome) -> None:
    fake = FakeGateway(outcome.shifts[0].plan, breaks=[grpc.StatusCode.INTERNAL])
    with pytest.raises(grpc.RpcError):
        list(watch_plan(clients_of(gateway=fake), "areas/a/plans/b", never))


def test_a_stream_that_never_holds_is_given_up(outcome: Outcome) -> None:
    fake = FakeGateway(outcome.shifts[0].plan, event_count=100, breaks=[grpc.StatusCode.UNAVAILABLE] * 100)
    with pytest.raises(grpc.RpcError):
        list(watch_plan(clients_of(gateway=fake), "areas/a/plans/b", lambda: None))


def test_a_finished_plan_is_returned_with_progress(outcome: Outcome) -> None:
    plan, seen = outcome.shifts[0].plan, []
    fake = clients_of(gateway=FakeGateway(plan))
    request = gateway.CreatePlanRequest()
    assert make_plan(fake, request, lambda fraction, _message: seen.append(fraction), never) == plan
    assert seen == [0.25, 0.5, 0.75, 1.0]


def test_a_failed_plan_says_why(outcome: Outcome) -> None:
    plan = outcome.shifts[0].plan
    plan.state = gateway.PLAN_STATE_FAILED
    plan.failure.CopyFrom(Failure(reason="SCHEDULE_INFEASIBLE", message="Presence clashes with cover in period 3."))
    with pytest.raises(FailedPrecondition, match="day-1 is failed: Presence clashes with cover in period 3"):
        make_plan(clients_of(gateway=FakeGateway(plan)), gateway.CreatePlanRequest(), lambda *_: None, never)
    plan.failure.field_violations.append(FieldViolation(field="cars", description="Too few."))
    with pytest.raises(InvalidArgument, match=r"cars: Too few\."):
        make_plan(clients_of(gateway=FakeGateway(plan)), gateway.CreatePlanRequest(), lambda *_: None, never)


@pytest.mark.parametrize("ended", [gateway.PLAN_STATE_FAILED, gateway.PLAN_STATE_CANCELLED])
def test_plans_of_earlier_runs_that_ended_without_a_result_are_made_anew(ended: "gateway.PlanState.ValueType") -> None:
    book, request = PlanBook(), gateway.CreatePlanRequest(parent="areas/a", shift="day")
    request.request_id = stable_request_id(request, "a")
    clients = clients_of(gateway=book)
    names = []
    for _ in range(3):
        plan = create_plan(clients, request)
        assert plan == create_plan(clients, request)  # a run that is killed before the end goes on with it
        names.append(plan.name)
        book.plans[next(key for key, kept in book.plans.items() if kept.name == plan.name)].state = ended
    assert names == ["areas/a/plans/0", "areas/a/plans/1", "areas/a/plans/2"]


def test_a_plan_of_an_earlier_run_that_has_a_result_is_kept() -> None:
    book, request = PlanBook(), gateway.CreatePlanRequest(parent="areas/a", shift="day")
    request.request_id = stable_request_id(request, "a")
    create_plan(clients_of(gateway=book), request)
    book.plans[request.request_id].state = gateway.PLAN_STATE_REJECTED
    assert create_plan(clients_of(gateway=book), request).name == "areas/a/plans/0"


def test_training_returns_the_model_or_says_that_there_is_none() -> None:
    fake = clients_of(predictor=FakePredictor())
    assert train_model(fake, predictor.TrainModelRequest(seed=1), lambda *_: None).name == "models/a/versions/1"
    with pytest.raises(FailedPrecondition, match="without a model"):
        train_model(fake, predictor.TrainModelRequest(seed=0), lambda *_: None)


def test_the_plan_and_both_rules_meet_the_same_recorded_calls(outcome: Outcome) -> None:
    plan, fake = outcome.shifts[0].plan, FakeDemand()
    replay = replay_recorded_calls(clients_of(predictor=FakePredictor(), demand=fake), outcome.area, plan)
    assert [call.minute for call in replay.calls] == [0, 1]
    assert replay.calls[0].type == outcome.area.service_types[1].type
    (request,) = fake.requests
    assert [deployment.WhichOneof("placement") for deployment in request.deployments] == [
        "timetable", "baseline", "baseline",
    ]  # fmt: skip
    assert request.baseline_cars == 20
    assert request.shift_start == "08:00"
    timetable = request.deployments[0].timetable
    assert timetable.period_minutes == 60
    assert [list(car.sectors) for car in timetable.cars] == [
        list(entry.sectors) for entry in plan.result.schedule.assignments
    ]


def test_the_cars_of_a_plan_can_do_what_calls_of_the_area_ask_for(outcome: Outcome) -> None:
    outcome.area.capabilities.append("ambulance")
    fake = FakeDemand()
    clients = clients_of(predictor=FakePredictor(), demand=fake)
    replay_recorded_calls(clients, outcome.area, outcome.shifts[0].plan)
    cars = fake.requests[0].deployments[0].timetable.cars
    assert {tuple(car.capabilities) for car in cars} == {("ambulance",)}


def test_a_shift_without_calls_is_not_replayed(outcome: Outcome) -> None:
    fakes = clients_of(predictor=FakePredictor(call_count=0))
    replay = replay_recorded_calls(fakes, outcome.area, outcome.shifts[0].plan)
    assert replay.calls == ()
    assert [result.calls for result in replay.results] == [0, 0, 0]


def test_request_ids_follow_the_request_and_the_data() -> None:
    request = gateway.CreatePlanRequest(parent="areas/a", shift="day", date="2020-01-01")
    assert stable_request_id(request, "a") == stable_request_id(request, "a")
    other = gateway.CreatePlanRequest(parent="areas/a", shift="night", date="2020-01-01")
    assert len({stable_request_id(request, "a"), stable_request_id(request, "b"), stable_request_id(other, "a")}) == 3
