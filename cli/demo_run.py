"""The run behind `officers demo`: import, train, plan every shift of the next day, replay, approve where asked."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import grpc

from cli.area_directory import area_id, pack_area, read_area_name
from cli.clients import Clients, connect
from cli.outcome import Outcome, ShiftOutcome
from cli.planning import import_area, make_plan, replay_recorded_calls, stable_request_id, train_model
from cli.progress import progress_bar
from cli.stack import Stack
from officers.area.v1.area_pb2 import Area
from officers.gateway.v1 import gateway_pb2 as gateway
from officers.predictor.v1 import predictor_pb2 as predictor
from officers.scheduler.v1 import scheduler_pb2 as scheduler
from serving.errors import FailedPrecondition, InvalidArgument

BREAK_PAUSE_SECONDS = 0.5
TRAINING_SECONDS = 12
"""What fitting may take on one core: enough for the cheap models of a hundred cells, so that a plan is soon there."""
PRESENCE_RULES = {
    "none": gateway.PlanOptions(presence_rule=scheduler.PRESENCE_RULE_NONE),
    "no-return": gateway.PlanOptions(presence_rule=scheduler.PRESENCE_RULE_NO_RETURN_WITHIN_TWO),
    "max-2": gateway.PlanOptions(presence_rule=scheduler.PRESENCE_RULE_MAX_CONSECUTIVE, max_consecutive=2),
}


@dataclass(frozen=True)
class DemoOptions:
    """What the demonstration plans; `cars` 0: as the area says; `approved_by` empty: plans are left for review."""

    area_folder: Path
    seed: int
    presence: str
    cars: int
    plans_anew: bool
    approved_by: str
    quiet: bool


def run_demo(stack: Stack, options: DemoOptions) -> Outcome:
    """Plan every shift that starts on the first day after the training data, and replay its recorded calls.

    Raises
    ------
    InvalidArgument
        The area directory cannot be used, or has no shifts.
    FailedPrecondition
        A plan failed; says why.
    Unavailable
        A service ended; says what its log said last.
    """
    with connect(stack.addresses) as clients, _explained_by(stack):
        record = _import(clients, options)
        model = _train(clients, record, options)
        if not record.area.shifts:
            raise InvalidArgument("area.toml shifts", "Expected at least one shift to plan, found none.")
        shifts = tuple(_plan_shift(stack, clients, record, model, shift.name, options) for shift in record.area.shifts)
    return Outcome(record, model, shifts)


def first_day_after_training(area: Area) -> date:
    """The first local day that the model has not seen."""
    return date.fromisoformat(area.train_until_date) + timedelta(days=1)


def read_deployment(clients: Clients, plan: gateway.Plan) -> gateway.GetDeploymentResponse:
    """Read what dispatch would be told at the start of an approved plan's shift."""
    area = plan.name.split("/plans/")[0]
    return clients.gateway.GetDeployment(gateway.GetDeploymentRequest(area=area, time=plan.start_time))


def _import(clients: Clients, options: DemoOptions) -> gateway.AreaRecord:
    name = read_area_name(options.area_folder)
    with progress_bar(f"Importing {name}", options.quiet):
        return import_area(clients, f"areas/{area_id(name)}", pack_area(options.area_folder))


def _train(clients: Clients, record: gateway.AreaRecord, options: DemoOptions) -> predictor.Model:
    spec = predictor.ModelSpec(budget_seconds=TRAINING_SECONDS)
    request = predictor.TrainModelRequest(area_artifact=record.area_artifact, spec=spec, seed=options.seed)
    with progress_bar("Training the model", options.quiet) as report:
        return train_model(clients, request, report)


def _plan_shift(
    stack: Stack,
    clients: Clients,
    record: gateway.AreaRecord,
    model: predictor.Model,
    shift: str,
    options: DemoOptions,
) -> ShiftOutcome:
    day = first_day_after_training(record.area).isoformat()
    request = gateway.CreatePlanRequest(parent=record.name, shift=shift, date=day)
    request.staffing.cars = options.cars
    request.options.CopyFrom(PRESENCE_RULES[options.presence])
    request.options.seed, request.options.model = options.seed, model.name
    request.request_id = str(uuid.uuid4()) if options.plans_anew else stable_request_id(request, record.area_artifact)

    def pause() -> None:
        stack.check()
        time.sleep(BREAK_PAUSE_SECONDS)

    with progress_bar(f"Planning {day} {shift}", options.quiet) as report:
        plan = make_plan(clients, request, report, pause)
    replay = replay_recorded_calls(clients, record.area, plan)
    if options.approved_by:
        plan = _approve(clients, plan, options.approved_by)
    return ShiftOutcome(plan, replay)


def _approve(clients: Clients, plan: gateway.Plan, decided_by: str) -> gateway.Plan:
    """Approve a plan and make sure that dispatch is served from it."""
    request = gateway.ApprovePlanRequest(name=plan.name, decided_by=decided_by)
    approved = clients.gateway.ApprovePlan(request).plan
    deployed = read_deployment(clients, approved)
    if deployed.plan != approved.name:
        raise FailedPrecondition(
            "ANOTHER_PLAN_IN_EFFECT", f"{approved.name} is approved, but dispatch is served from {deployed.plan}."
        )
    return clients.gateway.GetPlan(gateway.GetPlanRequest(name=plan.name)).plan


@contextmanager
def _explained_by(stack: Stack) -> Iterator[None]:
    """Where a call fails because a service ended, say what its log said last."""
    try:
        yield
    except grpc.RpcError as error:
        if error.code() == grpc.StatusCode.UNAVAILABLE:
            stack.check()
        raise
