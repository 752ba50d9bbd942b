"""Between the messages of `officers.predictor.v1` and the predictor's own values."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from officers.predictor.v1 import predictor_pb2
from services.predictor.area_convert import grid_message
from services.predictor.call_counts import Sampling
from services.predictor.calls import CallSet, Span
from services.predictor.convert_fields import artifact, instant, timestamp
from services.predictor.likely_set import MostLikelySet
from services.predictor.matching import Window
from services.predictor.past_places import Placement
from services.predictor.predictor import ForecastRequest, Intensities, ScenarioOptions
from serving.errors import InvalidArgument

MAXIMUM_HOURS = 168
MAXIMUM_SCENARIOS = 10_000
MINUTES_PER_HOUR = 60
CALLS_PER_MESSAGE = 20_000
LIKELY_DISTANCE_M, LIKELY_MINUTES = 2000.0, 30.0
WINDOW_LIMITS = {"distance_m": (100.0, 10_000.0), "minutes": (5.0, 180.0)}
SAMPLINGS = {
    predictor_pb2.SCENARIO_SAMPLING_UNSPECIFIED: Sampling.INDEPENDENT,
    predictor_pb2.SCENARIO_SAMPLING_INDEPENDENT: Sampling.INDEPENDENT,
    predictor_pb2.SCENARIO_SAMPLING_STRATIFIED: Sampling.STRATIFIED,
}
PLACEMENTS = {
    predictor_pb2.CALL_PLACEMENT_UNSPECIFIED: Placement.PAST_POINTS,
    predictor_pb2.CALL_PLACEMENT_PAST_POINTS: Placement.PAST_POINTS,
    predictor_pb2.CALL_PLACEMENT_UNIFORM: Placement.UNIFORM,
}


def intensity_request(request: predictor_pb2.PredictIntensityRequest) -> ForecastRequest:
    """Read what to predict; whole hours."""
    _check_hours(request.hours)
    return _forecast(request, MINUTES_PER_HOUR * request.hours)


def likely_set_request(request: predictor_pb2.PredictMostLikelySetRequest) -> tuple[ForecastRequest, Window]:
    """Read what to choose a most likely set of, and for which window."""
    _check_hours(request.hours)
    window = Window(request.distance_m or LIKELY_DISTANCE_M, request.minutes or LIKELY_MINUTES)
    for field, (least, most) in WINDOW_LIMITS.items():
        if not least <= getattr(window, field) <= most:
            raise InvalidArgument(field, f"Expected {least:g} to {most:g}, got {getattr(window, field):g}.")
    return _forecast(request, MINUTES_PER_HOUR * request.hours), window


def likely_set_message(intensities: Intensities, likely: MostLikelySet) -> predictor_pb2.PredictMostLikelySetResponse:
    """Write a most likely set."""
    columns = zip(likely.minutes, likely.latitudes, likely.longitudes, likely.gains, strict=True)
    return predictor_pb2.PredictMostLikelySetResponse(
        model=intensities.card.resource_name,
        points=[
            predictor_pb2.LikelyPoint(minute=minute, latitude=latitude, longitude=longitude, gain=gain)
            for minute, latitude, longitude, gain in columns
        ],
        expected_f1=likely.expected_f1,
        expected_count=float(intensities.values.sum(dtype=float)),
    )


def scenarios_request(
    request: predictor_pb2.SampleScenariosRequest,
) -> tuple[ForecastRequest, ScenarioOptions]:
    """Read what to draw scenarios of, and how."""
    _check_minutes(request.minutes)
    if not 1 <= request.scenario_count <= MAXIMUM_SCENARIOS:
        got = request.scenario_count
        raise InvalidArgument("scenario_count", f"Expected 1 to {MAXIMUM_SCENARIOS}, got {got}.")
    for field, known in (("sampling", SAMPLINGS), ("placement", PLACEMENTS)):
        if getattr(request, field) not in known:
            raise InvalidArgument(field, f"Expected a known value, got {getattr(request, field)}.")
    sampling, placement = SAMPLINGS[request.sampling], PLACEMENTS[request.placement]
    options = ScenarioOptions(request.scenario_count, request.seed, sampling, placement)
    return _forecast(request, request.minutes), options


def recorded_span(request: predictor_pb2.ReadRecordedCallsRequest) -> Span:
    """Read the span of recorded calls."""
    _check_minutes(request.minutes)
    return Span(instant(request, "start_time"), request.minutes)


def intensity_message(intensities: Intensities) -> predictor_pb2.PredictIntensityResponse:
    """Write predicted maps."""
    return predictor_pb2.PredictIntensityResponse(
        model=intensities.card.resource_name,
        hour_count=len(intensities.values),
        grid=grid_message(intensities.card.grid),
        intensities=intensities.values.ravel(),
    )


def call_set_message(call_set: CallSet) -> predictor_pb2.CallSet:
    """Write a stored set of calls."""
    return predictor_pb2.CallSet(
        artifact=call_set.artifact,
        start_time=timestamp(call_set.span.start_time),
        minutes=call_set.span.minutes,
        scenario_count=call_set.scenario_count,
        call_count=call_set.call_count,
        model=call_set.model,
        seed=call_set.seed,
    )


def call_messages(table: pa.Table) -> Iterator[predictor_pb2.StreamCallsResponse]:
    """Write calls in chunks of packed columns."""
    for batch in table.to_batches(max_chunksize=CALLS_PER_MESSAGE):
        columns = {name: batch.column(name).to_numpy() for name in batch.schema.names if name != "urgent"}
        yield predictor_pb2.StreamCallsResponse(
            scenarios=columns["scenario"],
            minutes=columns["minute"],
            latitudes=columns["latitude"],
            longitudes=columns["longitude"],
            sector_indices=columns["sector"],
            type_indices=columns["type"],
            target_minutes=columns["target_minutes"],
            cars_required=columns["cars_required"],
            service_minutes=columns["service_minutes"],
        )


def _forecast(request: Any, minutes: int) -> ForecastRequest:
    start_time = instant(request, "start_time")
    as_of_time = instant(request, "as_of_time") if request.HasField("as_of_time") else start_time
    area_artifact = artifact(request.area_artifact, "area_artifact")
    return ForecastRequest(area_artifact, request.model, Span(start_time, minutes), as_of_time)


def _check_hours(hours: int) -> None:
    if not 1 <= hours <= MAXIMUM_HOURS:
        raise InvalidArgument("hours", f"Expected 1 to {MAXIMUM_HOURS}, got {hours}.")


def _check_minutes(minutes: int) -> None:
    limit = MINUTES_PER_HOUR * MAXIMUM_HOURS
    if not 1 <= minutes <= limit:
        raise InvalidArgument("minutes", f"Expected 1 to {limit}, got {minutes}.")
