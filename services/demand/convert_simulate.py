"""Between the contract and replays of deployments."""

from officers.demand.v1 import demand_pb2
from services.demand import deployments
from services.demand.convert import from_interval, from_unreached, to_artifact, to_history, to_rules
from services.demand.replay_calls import Comparison, NamedSummary, ReplayAnswer, ReplayOrder
from services.demand.simulator.summary import Part
from serving.errors import InvalidArgument

BASELINES = {
    demand_pb2.BASELINE_ONE_PER_SECTOR: deployments.Baseline.ONE_PER_SECTOR,
    demand_pb2.BASELINE_PROPORTIONAL: deployments.Baseline.PROPORTIONAL,
}


def to_replay_order(request: demand_pb2.SimulateRequest) -> ReplayOrder:
    """Read a request. Raises InvalidArgument for what cannot be read, or an unknown baseline."""
    return ReplayOrder(
        area_artifact=to_artifact(request.area_artifact, "area_artifact"),
        calls_artifact=to_artifact(request.calls_artifact, "calls_artifact"),
        deployments=tuple(_to_deployment(each, index) for index, each in enumerate(request.deployments)),
        baseline_cars=request.baseline_cars,
        history=to_history(request.history_until_date, request.shift_start, request.shift_minutes),
        shift_minutes=request.shift_minutes,
        rules=to_rules(request.rules),
        expected_calls_artifact=request.expected_calls_artifact,
        count_from_minute=request.count_from_minute,
        seed=request.seed,
        baselines_with_same_cars=request.baselines_with_same_cars,
        with_call_results=request.with_call_results,
    )


def _to_deployment(message: demand_pb2.Deployment, index: int) -> deployments.Deployment:
    placement: deployments.Timetable | deployments.Baseline | None = None
    kind = message.WhichOneof("placement")
    if kind == "timetable":
        placement = _to_timetable(message.timetable)
    elif kind == "baseline":
        if message.baseline not in BASELINES:
            raise InvalidArgument(
                f"deployments[{index}].baseline", "Expected BASELINE_ONE_PER_SECTOR or BASELINE_PROPORTIONAL."
            )
        placement = BASELINES[message.baseline]
    rules = to_rules(message.rules, f"deployments[{index}].rules") if message.HasField("rules") else None
    return deployments.Deployment(message.name, placement, message.moves_freely, rules, message.most_moves_per_hour)


def _to_timetable(message: demand_pb2.Timetable) -> deployments.Timetable:
    return deployments.Timetable(message.period_minutes, tuple(map(_to_car, message.cars)))


def _to_car(message: demand_pb2.CarTimetable) -> deployments.CarTimetable:
    return deployments.CarTimetable(
        car_id=message.car_id,
        sectors=tuple(message.sectors),
        breaks=tuple((each.start_minute, each.minutes) for each in message.breaks),
        capabilities=tuple(message.capabilities),
        busy_until_minute=message.busy_until_minute,
    )


def from_replay(answer: ReplayAnswer, call_results_artifact: str = "") -> demand_pb2.SimulateResponse:
    """Write the results of a replay, and where those of its calls are; empty: nowhere."""
    return demand_pb2.SimulateResponse(
        results=[_from_summary(result, answer.sector_ids) for result in answer.results],
        unreached=from_unreached(answer.unreached),
        call_results_artifact=call_results_artifact,
    )


def _from_summary(result: NamedSummary, sector_ids: tuple[str, ...]) -> demand_pb2.SimulationResult:
    summary, whole = result.summary, result.summary.whole
    sectors = [
        demand_pb2.SectorResult(
            sector_id=sector_id,
            calls=part.calls,
            within_target=part.within_target,
            mean_response_minutes=part.mean_response_minutes,
            p90_response_minutes=part.p90_response_minutes,
        )
        for sector_id, part in zip(sector_ids, summary.sectors, strict=True)
    ]
    return demand_pb2.SimulationResult(
        name=result.name,
        calls=whole.calls,
        within_target=whole.within_target,
        share_within_target=whole.share_within_target,
        mean_response_minutes=whole.mean_response_minutes,
        median_response_minutes=whole.median_response_minutes,
        p90_response_minutes=whole.p90_response_minutes,
        never_answered=summary.never_answered,
        utilisation=summary.utilisation,
        sectors=sectors,
        scenario_shares_within_target=summary.scenario_shares_within_target.tolist(),
        urgent_calls=summary.urgent.calls,
        urgent_within_target=summary.urgent.within_target,
        failure_rate=from_interval(summary.failure_rate),
        urgent=_from_part(summary.urgent),
        other=_from_part(summary.other),
        hours=map(_from_part, summary.hours),
        share_waiting=summary.share_waiting,
        mean_waiting_minutes=summary.mean_waiting_minutes,
        mean_queue_length=summary.mean_queue_length,
        worst_sector_id="" if summary.worst_sector is None else sector_ids[summary.worst_sector],
        diversions=summary.diversions,
        moves=summary.moves,
        comparison=_from_comparison(result.comparison) if result.comparison else None,
        car_hours=summary.car_hours,
        most_moves_per_hour=result.most_moves_per_hour,
    )


def _from_part(part: Part) -> demand_pb2.PartResult:
    return demand_pb2.PartResult(
        calls=part.calls,
        within_target=part.within_target,
        mean_response_minutes=part.mean_response_minutes,
        p90_response_minutes=part.p90_response_minutes,
    )


def _from_comparison(comparison: Comparison) -> demand_pb2.Comparison:
    return demand_pb2.Comparison(
        failures_change=from_interval(comparison.failures_change),
        mean_response_change_minutes=comparison.mean_response_change_minutes,
    )
