"""Between the messages of `officers.predictor.v1` and the predictor's own values."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
from google.protobuf.timestamp_pb2 import Timestamp

from officers.predictor.v1 import predictor_pb2
from officers.progress.v1 import progress_pb2
from services.predictor.area_convert import grid_message
from services.predictor.calls import CallSet, Span
from services.predictor.evaluation import Evaluation, Period, PredictorScore
from services.predictor.import_report import ImportReport
from services.predictor.model_card import ModelCard
from services.predictor.model_spec import ModelSpec, OutputKind
from services.predictor.predictor import ForecastRequest, Intensities
from services.predictor.training import TrainingRequest
from serving.artifacts import request_key
from serving.errors import InvalidArgument

MAXIMUM_HOURS = 168
MAXIMUM_SCENARIOS = 10_000
MINUTES_PER_HOUR = 60
CALLS_PER_MESSAGE = 20_000
TRAINING_REVISION = "2"
"""Part of the key of a training: raise it when the same request must train anew."""

OUTPUT_KINDS = {
    predictor_pb2.OUTPUT_KIND_UNSPECIFIED: OutputKind.POISSON,
    predictor_pb2.OUTPUT_KIND_POISSON: OutputKind.POISSON,
    predictor_pb2.OUTPUT_KIND_TANH: OutputKind.TANH,
    predictor_pb2.OUTPUT_KIND_BEST: OutputKind.BEST,
}
OUTPUT_VALUES = {kind: value for value, kind in OUTPUT_KINDS.items() if value}
SPEC_NUMBERS = (
    "closeness_frames",
    "period_days",
    "trend_weeks",
    "residual_units",
    "filters",
    "max_epochs",
    "train_days",
    "validation_days",
    "frame_minutes",
    "reporting_delay_hours",
)


def artifact(value: str, field: str) -> str:
    """Return an artifact's hash. Raises InvalidArgument where it is not given."""
    if not value:
        raise InvalidArgument(field, "Expected the sha256 of an artifact.")
    return value


def training_request(request: predictor_pb2.TrainModelRequest) -> TrainingRequest:
    """Read a training request; its key is that of the request with every default filled in."""
    spec = _spec(request.spec)
    area_artifact = artifact(request.area_artifact, "area_artifact")
    filled = predictor_pb2.TrainModelRequest(area_artifact=area_artifact, spec=_spec_message(spec), seed=request.seed)
    return TrainingRequest(area_artifact, spec, request.seed, request_key(filled, TRAINING_REVISION))


def intensity_request(request: predictor_pb2.PredictIntensityRequest) -> ForecastRequest:
    """Read what to predict; whole hours."""
    if not 1 <= request.hours <= MAXIMUM_HOURS:
        raise InvalidArgument("hours", f"Expected 1 to {MAXIMUM_HOURS}, got {request.hours}.")
    return _forecast(request, MINUTES_PER_HOUR * request.hours)


def scenarios_request(request: predictor_pb2.SampleScenariosRequest) -> ForecastRequest:
    """Read what to draw scenarios of."""
    _check_minutes(request.minutes)
    if not 1 <= request.scenario_count <= MAXIMUM_SCENARIOS:
        got = request.scenario_count
        raise InvalidArgument("scenario_count", f"Expected 1 to {MAXIMUM_SCENARIOS}, got {got}.")
    return _forecast(request, request.minutes)


def recorded_span(request: predictor_pb2.ReadRecordedCallsRequest) -> Span:
    """Read the span of recorded calls."""
    _check_minutes(request.minutes)
    return Span(_time(request, "start_time"), request.minutes)


def evaluation_period(request: predictor_pb2.EvaluateModelRequest) -> Period:
    """Read the days to score."""
    return Period(_date(request.from_date, "from_date"), _date(request.to_date, "to_date"))


def import_report_message(report: ImportReport) -> predictor_pb2.ImportReport:
    """Write an import report."""
    return predictor_pb2.ImportReport(
        rows_read=report.rows_read,
        rows_accepted=report.rows_accepted,
        rejections=[
            predictor_pb2.RejectionCount(
                field=count.field, reason=count.reason, row_count=count.row_count, first_row=count.first_row
            )
            for count in report.rejections
        ],
        rejections_artifact=report.rejections_artifact,
        notes=report.notes,
    )


def progress_message(fraction: float, message: str) -> predictor_pb2.TrainModelResponse:
    """Write the progress of a training."""
    return predictor_pb2.TrainModelResponse(progress=progress_pb2.Progress(fraction=fraction, message=message))


def model_message(card: ModelCard) -> predictor_pb2.Model:
    """Write a stored model version."""
    return predictor_pb2.Model(
        name=card.resource_name,
        area_name=card.area_name,
        area_artifact=card.area_artifact,
        spec=_spec_message(card.spec),
        seed=card.seed,
        trained_until_date=card.trained_until_date.isoformat(),
        metrics=[predictor_pb2.Metric(name=name, value=value) for name, value in card.metrics],
        create_time=_timestamp(card.create_time),
        grid=grid_message(card.grid),
    )


def evaluation_message(card: ModelCard, evaluation: Evaluation) -> predictor_pb2.EvaluateModelResponse:
    """Write scores."""
    return predictor_pb2.EvaluateModelResponse(
        model=card.resource_name,
        actual_count=evaluation.actual_count,
        scores=[_score_message(score) for score in evaluation.scores],
    )


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
        start_time=_timestamp(call_set.span.start_time),
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
    start_time = _time(request, "start_time")
    as_of_time = _time(request, "as_of_time") if request.HasField("as_of_time") else start_time
    area_artifact = artifact(request.area_artifact, "area_artifact")
    return ForecastRequest(area_artifact, request.model, Span(start_time, minutes), as_of_time)


def _check_minutes(minutes: int) -> None:
    limit = MINUTES_PER_HOUR * MAXIMUM_HOURS
    if not 1 <= minutes <= limit:
        raise InvalidArgument("minutes", f"Expected 1 to {limit}, got {minutes}.")


def _time(request: Any, field: str) -> datetime:
    """Return an instant (UTC). Raises InvalidArgument where it is unset or out of range."""
    if not request.HasField(field):
        raise InvalidArgument(field, "Expected a time.")
    try:
        time: datetime = getattr(request, field).ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidArgument(field, f"Expected a time in the years 1 to 9999: {error}.") from error
    if not 1970 <= time.year < 2200:
        raise InvalidArgument(field, f"Expected a time in the years 1970 to 2199, got {time.isoformat()}.")
    return time


def _timestamp(time: datetime) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(time)
    return timestamp


def _date(text: str, field: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InvalidArgument(field, f"Expected an ISO 8601 date such as 2015-01-31, got {text!r}.") from error
    if not 1970 <= day.year < 2200:
        raise InvalidArgument(field, f"Expected a day in the years 1970 to 2199, got {text}.")
    return day


def _spec(message: predictor_pb2.ModelSpec) -> ModelSpec:
    """Read a spec; zero values mean the defaults."""
    if message.output not in OUTPUT_KINDS:
        raise InvalidArgument("spec.output", f"Expected a known output kind, got {message.output}.")
    given = {name: getattr(message, name) for name in SPEC_NUMBERS if getattr(message, name) != 0}
    return ModelSpec(output=OUTPUT_KINDS[message.output], **given)


def _spec_message(spec: ModelSpec) -> predictor_pb2.ModelSpec:
    numbers = {name: getattr(spec, name) for name in SPEC_NUMBERS}
    return predictor_pb2.ModelSpec(output=OUTPUT_VALUES[spec.output], **numbers)


def _score_message(score: PredictorScore) -> predictor_pb2.PredictorScore:
    return predictor_pb2.PredictorScore(
        predictor=score.predictor,
        mean_poisson_deviance=score.mean_poisson_deviance,
        rmse=score.rmse,
        predicted_count=score.predicted_count,
        match_scores=[
            predictor_pb2.MatchScore(
                distance_m=match.window.distance_m,
                minutes=match.window.minutes,
                precision=match.precision,
                recall=match.recall,
                f1=match.f1,
            )
            for match in score.match_scores
        ],
    )
