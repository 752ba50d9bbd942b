"""Records to the messages of ``officers.gateway.v1`` and back."""

from datetime import UTC, datetime

from google.protobuf import json_format
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.deployments import PeriodDeployment
from gateway.names import PlanName
from gateway.plan_orders import options_from_text, staffing_from_text
from gateway.records import AreaSnapshot, DecisionRecord, EventRecord, FailureRecord, PlanRecord, StepRecord
from officers.area.v1.area_pb2 import Area
from officers.demand.v1.demand_pb2 import RedeployResponse
from officers.gateway.v1 import gateway_pb2 as pb
from officers.predictor.v1.predictor_pb2 import ImportReport
from officers.progress.v1.progress_pb2 import Failure, FieldViolation, Progress
from serving.errors import InvalidArgument


def area_record(snapshot: AreaSnapshot, area: Area) -> pb.AreaRecord:
    """Return an area as the public interface shows it."""
    return pb.AreaRecord(
        name=f"areas/{snapshot.area_id}",
        area_artifact=snapshot.area_artifact,
        area=area,
        import_report=json_format.Parse(snapshot.import_report, ImportReport(), ignore_unknown_fields=True),
        import_time=_timestamp(snapshot.import_time),
    )


def area_summary(snapshot: AreaSnapshot, area: Area) -> pb.AreaRecord:
    """Return an area as lists show it: without sector geometries."""
    record = area_record(snapshot, area)
    for sector in record.area.sectors:
        sector.ClearField("geometry_geojson")
    return record


def plan_message(plan: PlanRecord, result: pb.PlanResult | None = None) -> pb.Plan:
    """Return a plan as the public interface shows it."""
    order = plan.order
    return pb.Plan(
        name=plan.name,
        shift=order.shift,
        start_time=_timestamp(order.start_time),
        end_time=_timestamp(order.end_time),
        staffing=staffing_from_text(order.staffing),
        options=options_from_text(order.options),
        area_artifact=order.area_artifact,
        state=pb.PlanState.Value(f"PLAN_STATE_{plan.state}"),
        progress=Progress(fraction=plan.fraction, message=plan.message),
        steps=[step_message(step) for step in plan.steps],
        failure=None if plan.failure is None else _failure(plan.failure),
        result=result,
        decision=None if plan.decision is None else _decision(plan.decision),
        create_time=_timestamp(plan.create_time),
        update_time=_timestamp(plan.update_time),
        request_id=order.request_id,
        standing_plan=str(PlanName(order.area_id, order.standing_plan_id)) if order.standing_plan_id else "",
    )


def step_message(step: StepRecord) -> pb.PlanStep:
    """Return a step as the public interface shows it."""
    return pb.PlanStep(
        name=step.name,
        state=pb.StepState.Value(f"STEP_STATE_{step.state}"),
        start_time=None if step.start_time is None else _timestamp(step.start_time),
        end_time=None if step.end_time is None else _timestamp(step.end_time),
        result_artifact=step.result_artifact,
        attempt_count=step.attempt_count,
    )


def event_message(event: EventRecord) -> pb.WatchPlanResponse:
    """Return an event as the public interface shows it."""
    return pb.WatchPlanResponse(
        cursor=event.sequence,
        time=_timestamp(event.time),
        state=pb.PlanState.Value(f"PLAN_STATE_{event.state}"),
        progress=Progress(fraction=event.fraction, message=event.message),
        step=None if event.step is None else step_message(event.step),
    )


def deployment_message(deployment: PeriodDeployment) -> pb.GetDeploymentResponse:
    """Return a deployment as the public interface shows it."""
    return pb.GetDeploymentResponse(
        plan=deployment.plan.name,
        period_start_time=_timestamp(deployment.start_time),
        period_end_time=_timestamp(deployment.end_time),
        cars=[
            pb.CarPosition(
                car_id=car.car_id,
                sector_id=car.sector_id,
                next_sector_id=car.next_sector_id,
                on_break=car.on_break,
            )
            for car in deployment.cars
        ],
        routes=deployment.result.routes,
    )


def redeployment_message(plan: PlanRecord, found: RedeployResponse) -> pb.RedeployResponse:
    """Return suggested moves as the public interface shows them."""
    return pb.RedeployResponse(
        plan=plan.name,
        moves=found.moves,
        coverage_before=found.coverage_before,
        coverage_after=found.coverage_after,
        expected_calls_per_hour=found.expected_calls_per_hour,
    )


def to_instant(time: Timestamp, field: str) -> datetime:
    """Return the instant of a timestamp. Raises InvalidArgument where it lies outside the years 1 to 9999."""
    try:
        return time.ToDatetime(UTC)
    except (ValueError, OverflowError):
        raise InvalidArgument(field, "Expected a time between the years 1 and 9999.") from None


def _timestamp(instant: datetime) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(instant)
    return timestamp


def _failure(failure: FailureRecord) -> Failure:
    violations = [FieldViolation(field=field, description=text) for field, text in failure.violations]
    return Failure(code=failure.code, reason=failure.reason, message=failure.message, field_violations=violations)


def _decision(decision: DecisionRecord) -> pb.Decision:
    return pb.Decision(decided_by=decision.decided_by, decide_time=_timestamp(decision.decide_time), note=decision.note)
