"""Between the contract and suggested moves of free cars."""

from officers.demand.v1 import demand_pb2
from services.demand.convert import to_artifact, to_rules
from services.demand.redeploy import DEFAULT_MOVES
from services.demand.suggest_moves import CarNow, MovesAnswer, MovesOrder

DEFAULT_LEAST_GAIN = 0.003
DEFAULT_HORIZON_MINUTES = 45.0


def to_moves_order(request: demand_pb2.RedeployRequest) -> MovesOrder:
    """Read a request, with defaults. Raises InvalidArgument for what cannot be read."""
    return MovesOrder(
        area_artifact=to_artifact(request.area_artifact, "area_artifact"),
        expected_calls_artifact=to_artifact(request.expected_calls_artifact, "expected_calls_artifact"),
        now_minute=request.now_minute,
        cars=tuple(
            CarNow(car.car_id, car.sector_id, car.free_in_minutes, may_move=not car.stays) for car in request.cars
        ),
        most_moves=request.most_moves or DEFAULT_MOVES,
        least_gain=request.least_gain or DEFAULT_LEAST_GAIN,
        horizon_minutes=request.horizon_minutes or DEFAULT_HORIZON_MINUTES,
        rules=to_rules(request.rules),
    )


def from_moves_answer(answer: MovesAnswer, order: MovesOrder) -> demand_pb2.RedeployResponse:
    """Write moves with what they gain."""
    found = answer.redeployment
    moves = [
        demand_pb2.CarMove(
            car_id=order.cars[move.car].car_id,
            from_sector_id=answer.sector_ids[move.from_sector],
            to_sector_id=answer.sector_ids[move.to_sector],
            minutes=move.minutes,
            gain=move.gain,
        )
        for move in found.moves
    ]
    return demand_pb2.RedeployResponse(
        moves=moves,
        coverage_before=found.coverage_before,
        coverage_after=found.coverage_after,
        expected_calls_per_hour=answer.expected_calls_per_hour,
    )
