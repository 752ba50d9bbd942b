"""Between the contract (protobuf) and the service's own types."""

from datetime import date, time

from officers.demand.v1 import demand_pb2
from services.demand import deployments
from services.demand.arrays import IntArray
from services.demand.history import HistoryWindow
from services.demand.optimiser.two_stage import BlockSolution
from services.demand.plan_demand import DemandAnswer, DemandOrder
from services.demand.replay_calls import NamedSummary, ReplayAnswer, ReplayOrder
from services.demand.travel.unreached import UnreachedPoints
from serving.errors import InvalidArgument

DEFAULT_BLOCK_MINUTES = 120
DEFAULT_PERIOD_MINUTES = 60
DEFAULT_TIME_LIMIT_SECONDS = 60.0

BASELINES = {
    demand_pb2.BASELINE_ONE_PER_SECTOR: deployments.Baseline.ONE_PER_SECTOR,
    demand_pb2.BASELINE_PROPORTIONAL: deployments.Baseline.PROPORTIONAL,
}


def to_demand_order(request: demand_pb2.OptimizeRequest) -> DemandOrder:
    """Read a request, with defaults. Raises InvalidArgument for a date or time that cannot be read."""
    return DemandOrder(
        area_artifact=to_artifact(request.area_artifact, "area_artifact"),
        training_calls_artifact=to_artifact(request.training_calls_artifact, "training_calls_artifact"),
        validation_calls_artifact=to_artifact(request.validation_calls_artifact, "validation_calls_artifact"),
        cars=request.cars,
        shift_minutes=request.shift_minutes,
        block_minutes=request.block_minutes or DEFAULT_BLOCK_MINUTES,
        period_minutes=request.period_minutes or DEFAULT_PERIOD_MINUTES,
        minimum_cars=tuple(request.minimum_cars),
        maximum_cars=tuple(request.maximum_cars),
        history=_to_history(request.history_until_date, request.shift_start, request.shift_minutes),
        seed=request.seed,
        time_limit_seconds=request.time_limit_seconds or DEFAULT_TIME_LIMIT_SECONDS,
    )


def to_replay_order(request: demand_pb2.SimulateRequest) -> ReplayOrder:
    """Read a request. Raises InvalidArgument for a date or time that cannot be read, or an unknown baseline."""
    return ReplayOrder(
        area_artifact=to_artifact(request.area_artifact, "area_artifact"),
        calls_artifact=to_artifact(request.calls_artifact, "calls_artifact"),
        deployments=tuple(_to_deployment(each, index) for index, each in enumerate(request.deployments)),
        baseline_cars=request.baseline_cars,
        history=_to_history(request.history_until_date, request.shift_start, request.shift_minutes),
        shift_minutes=request.shift_minutes,
    )


def to_artifact(sha256: str, field: str) -> str:
    """Read the hash of an artifact. Raises InvalidArgument where there is none."""
    if not sha256:
        raise InvalidArgument(field, "Expected the hash of an artifact, got nothing.")
    return sha256


def _to_history(until_date: str, shift_start: str, shift_minutes: int) -> HistoryWindow:
    return HistoryWindow(_to_date(until_date), _to_time(shift_start), shift_minutes)


def _to_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidArgument("history_until_date", f"Expected a day such as 2014-12-31, got {text!r}.") from None


def _to_time(text: str) -> time | None:
    hours, _, minutes = text.partition(":")
    if not text:
        return None
    if len(text) == 5 and hours.isdecimal() and minutes.isdecimal() and int(hours) < 24 and int(minutes) < 60:
        return time(int(hours), int(minutes))
    raise InvalidArgument("shift_start", f"Expected a time such as 08:00, got {text!r}.")


def _to_deployment(message: demand_pb2.Deployment, index: int) -> deployments.Deployment:
    kind = message.WhichOneof("placement")
    if kind == "timetable":
        return deployments.Deployment(message.name, _to_timetable(message.timetable))
    if kind == "baseline":
        if message.baseline not in BASELINES:
            raise InvalidArgument(
                f"deployments[{index}].baseline", "Expected BASELINE_ONE_PER_SECTOR or BASELINE_PROPORTIONAL."
            )
        return deployments.Deployment(message.name, BASELINES[message.baseline])
    return deployments.Deployment(message.name, None)


def _to_timetable(message: demand_pb2.Timetable) -> deployments.Timetable:
    cars = (deployments.CarTimetable(car.car_id, tuple(car.sectors)) for car in message.cars)
    return deployments.Timetable(message.period_minutes, tuple(cars))


def from_demand_answer(answer: DemandAnswer) -> demand_pb2.OptimizeResponse:
    """Write the chosen demand, every candidate and every program."""
    plans = [
        _from_plan(answer.sector_ids, answer.order.period_minutes, answer.cars_by_period(candidate))
        for candidate in answer.result.candidates
    ]
    candidates = [
        demand_pb2.DemandCandidate(
            name=candidate.name,
            plan=plan,
            validation_failure_rate=candidate.validation.failure_rate,
            validation_mean_response_minutes=candidate.validation.mean_response_minutes,
            chosen=candidate is answer.result.chosen,
        )
        for candidate, plan in zip(answer.result.candidates, plans, strict=True)
    ]
    return demand_pb2.OptimizeResponse(
        plan=plans[0],
        candidates=candidates,
        block_solutions=[_from_solution(solution) for solution in answer.result.block_solutions],
        wall_seconds=answer.result.wall_seconds,
    )


def parse_optimize_response(content: bytes) -> demand_pb2.OptimizeResponse:
    """Read a response that was stored."""
    return demand_pb2.OptimizeResponse.FromString(content)


def _from_plan(sector_ids: tuple[str, ...], period_minutes: int, cars: IntArray) -> demand_pb2.DemandPlan:
    periods = [demand_pb2.DemandPeriod(cars=row.tolist()) for row in cars]
    return demand_pb2.DemandPlan(sector_ids=sector_ids, period_minutes=period_minutes, periods=periods)


def _from_solution(solution: BlockSolution) -> demand_pb2.BlockSolution:
    return demand_pb2.BlockSolution(
        block=solution.block,
        replication=solution.replication,
        scenario_count=solution.scenario_count,
        objective=solution.objective,
        gap=solution.gap,
        wall_seconds=solution.wall_seconds,
    )


def from_replay(answer: ReplayAnswer) -> demand_pb2.SimulateResponse:
    """Write the results of a replay."""
    return demand_pb2.SimulateResponse(
        results=[_from_summary(result) for result in answer.results], unreached=from_unreached(answer.unreached)
    )


def from_unreached(unreached: UnreachedPoints) -> demand_pb2.UnreachedPoints:
    """Write the points that no road leads to or from."""
    first = [
        demand_pb2.UnreachedPoint(
            incident_id=point.incident_id,
            position=point.position,
            latitude=point.latitude,
            longitude=point.longitude,
        )
        for point in unreached.first
    ]
    return demand_pb2.UnreachedPoints(count=unreached.count, checked_count=unreached.checked_count, first=first)


def _from_summary(result: NamedSummary) -> demand_pb2.SimulationResult:
    summary = result.summary
    sectors = [
        demand_pb2.SectorResult(
            sector_id=sector.sector_id,
            calls=sector.calls,
            within_target=sector.within_target,
            mean_response_minutes=sector.mean_response_minutes,
        )
        for sector in summary.sectors
    ]
    return demand_pb2.SimulationResult(
        name=result.name,
        calls=summary.calls,
        within_target=summary.within_target,
        share_within_target=summary.share_within_target,
        mean_response_minutes=summary.mean_response_minutes,
        median_response_minutes=summary.median_response_minutes,
        p90_response_minutes=summary.p90_response_minutes,
        never_answered=summary.never_answered,
        utilisation=summary.utilisation,
        sectors=sectors,
        scenario_shares_within_target=summary.scenario_shares_within_target.tolist(),
        urgent_calls=summary.urgent_calls,
        urgent_within_target=summary.urgent_within_target,
    )
