"""Between travel in the contract (protobuf) and the service's own types."""

from datetime import UTC

from officers.demand.v1 import demand_pb2
from services.demand.arrays import FloatArray
from services.demand.compute_travel import TravelAnswer, TravelOrder
from services.demand.convert import from_unreached, to_artifact
from services.demand.travel.calibration import LEAST_RECORDS, Calibration


def to_travel_order(request: demand_pb2.ComputeTravelRequest) -> TravelOrder:
    """Read a request. Raises InvalidArgument where it names no area."""
    start_time = request.start_time.ToDatetime(UTC) if request.HasField("start_time") else None
    return TravelOrder(to_artifact(request.area_artifact, "area_artifact"), start_time, request.minutes)


def from_travel(answer: TravelAnswer) -> demand_pb2.ComputeTravelResponse:
    """Write the minutes between all sectors and how they were found."""
    return demand_pb2.ComputeTravelResponse(
        sector_ids=answer.sector_ids,
        normal=_from_matrix(answer.normal_minutes),
        urgent=_from_matrix(answer.urgent_minutes),
        method=answer.method,
        mobilisation_minutes=answer.pace.mobilisation_minutes,
        hour_factors=answer.pace.hour_factors,
        calibration=_from_calibration(answer.calibration) if answer.calibration else None,
        unreached=from_unreached(answer.unreached),
    )


def _from_matrix(minutes: FloatArray) -> list[demand_pb2.TravelMinutesRow]:
    return [demand_pb2.TravelMinutesRow(minutes=row.tolist()) for row in minutes]


def _from_calibration(calibration: Calibration) -> demand_pb2.TravelCalibration:
    return demand_pb2.TravelCalibration(
        record_count=calibration.record_count,
        least_record_count=LEAST_RECORDS,
        used=calibration.used,
        urgent_only=calibration.urgent_only,
        mobilisation_minutes=calibration.pace.mobilisation_minutes,
        hour_factors=calibration.pace.hour_factors,
        median_error_before_minutes=calibration.median_error_before_minutes,
        median_error_minutes=calibration.median_error_minutes,
        unreached_count=calibration.unreached_count,
    )
