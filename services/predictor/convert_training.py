"""Between messages about training and stored models and the predictor's own values."""

from collections.abc import Sequence

from officers.predictor.v1 import predictor_pb2
from officers.progress.v1 import progress_pb2
from services.predictor.area_convert import grid_message
from services.predictor.convert_fields import artifact, timestamp
from services.predictor.convert_policy import policy_message
from services.predictor.dispersion import CountDispersion
from services.predictor.drift import Drift, DriftLimits, DriftPeriod
from services.predictor.model_card import ModelCard
from services.predictor.model_spec import ModelSpec
from services.predictor.promotions import Action, Decision, Promotion
from services.predictor.training import TRAINING_REVISION, TrainingRequest
from serving.artifacts import request_key
from serving.errors import InvalidArgument

MAXIMUM_WEEKS = 52
OUTPUT_MODELS = {
    predictor_pb2.OUTPUT_KIND_UNSPECIFIED: (),
    predictor_pb2.OUTPUT_KIND_POISSON: ("st_resnet_poisson",),
    predictor_pb2.OUTPUT_KIND_TANH: ("st_resnet",),
    predictor_pb2.OUTPUT_KIND_BEST: ("st_resnet_poisson", "st_resnet"),
}
OUTPUT_OF_KIND = {
    "st_resnet_poisson": predictor_pb2.OUTPUT_KIND_POISSON,
    "st_resnet": predictor_pb2.OUTPUT_KIND_TANH,
}
ACTIONS = {
    Action.PROMOTE: predictor_pb2.PROMOTION_ACTION_PROMOTE,
    Action.ROLL_BACK: predictor_pb2.PROMOTION_ACTION_ROLL_BACK,
}
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
    "budget_seconds",
)


def training_request(request: predictor_pb2.TrainModelRequest) -> TrainingRequest:
    """Read a training request; its key is that of the request with every default filled in."""
    spec = _spec(request.spec)
    area_artifact = artifact(request.area_artifact, "area_artifact")
    filled = predictor_pb2.TrainModelRequest(
        area_artifact=area_artifact, spec=_spec_message(spec), seed=request.seed, allow_worse=request.allow_worse
    )
    key = request_key(filled, TRAINING_REVISION)
    return TrainingRequest(area_artifact, spec, request.seed, key, request.allow_worse)


def progress_message(fraction: float, message: str) -> predictor_pb2.TrainModelResponse:
    """Write the progress of a training."""
    return predictor_pb2.TrainModelResponse(progress=progress_pb2.Progress(fraction=fraction, message=message))


def model_message(card: ModelCard, promotions: Sequence[Promotion]) -> predictor_pb2.Model:
    """Write a stored model version; `promotions` are all decisions about the versions of its model, oldest first."""
    spec = _spec_message(card.spec)
    spec.output = OUTPUT_OF_KIND.get(card.kind, predictor_pb2.OUTPUT_KIND_UNSPECIFIED)
    return predictor_pb2.Model(
        name=card.resource_name,
        area_name=card.area_name,
        area_artifact=card.area_artifact,
        spec=spec,
        seed=card.seed,
        trained_until_date=card.trained_until_date.isoformat(),
        metrics=[predictor_pb2.Metric(name=name, value=value) for name, value in card.metrics],
        create_time=timestamp(card.create_time),
        grid=grid_message(card.grid),
        policy=policy_message(card.policy) if card.policy.rules else None,
        kind=card.kind,
        dispersion=_dispersion_message(card.dispersion),
        limits=card.limits,
        libraries=dict(card.libraries),
        trained_from_date=card.trained_from_date.isoformat() if card.trained_from_date else "",
        validated_from_date=card.validated_from_date.isoformat() if card.validated_from_date else "",
        incident_count=card.incident_count,
        promoted=bool(promotions) and promotions[-1].version == card.version,
        promotions=[
            promotion_message(card.model, promotion)
            for promotion in promotions
            if card.version in (promotion.version, promotion.replaced_version)
        ],
    )


def _dispersion_message(dispersion: CountDispersion) -> predictor_pb2.CountDispersion | None:
    if not dispersion.day_count:
        return None
    return predictor_pb2.CountDispersion(**vars(dispersion))


def decision(request: predictor_pb2.PromoteModelRequest | predictor_pb2.RollBackModelRequest) -> Decision:
    """Read who decides and why. Raises InvalidArgument where nobody does."""
    if not request.decided_by.strip():
        raise InvalidArgument("decided_by", "Expected who decides.")
    return Decision(request.decided_by, request.reason)


def promotion_message(model: str, promotion: Promotion) -> predictor_pb2.Promotion:
    """Write a decision about a version of a model."""

    def name(version: int) -> str:
        return f"models/{model}/versions/{version}" if version else ""

    return predictor_pb2.Promotion(
        action=ACTIONS[promotion.action],
        model=name(promotion.version),
        replaced_model=name(promotion.replaced_version),
        decided_by=promotion.decision.decided_by,
        reason=promotion.decision.reason,
        time=timestamp(promotion.time),
    )


def drift_limits(request: predictor_pb2.CheckDriftRequest) -> DriftLimits:
    """Read what raises an alarm; zero values mean the defaults."""
    if not 0 <= request.weeks <= MAXIMUM_WEEKS:
        raise InvalidArgument("weeks", f"Expected 1 to {MAXIMUM_WEEKS}, got {request.weeks}.")
    for name in ("level_threshold", "deviance_threshold"):
        if not 0 <= getattr(request, name) < float("inf"):
            raise InvalidArgument(name, f"Expected a share of at least 0, got {getattr(request, name)}.")
    usual = DriftLimits()
    return DriftLimits(
        request.weeks or usual.weeks,
        request.level_threshold or usual.level_threshold,
        request.deviance_threshold or usual.deviance_threshold,
    )


def drift_message(card: ModelCard, drift: Drift) -> predictor_pb2.CheckDriftResponse:
    """Write how the last weeks compare."""
    return predictor_pb2.CheckDriftResponse(
        model=card.resource_name,
        weeks=[_period_message(week) for week in drift.weeks],
        recent=_period_message(drift.recent),
        validation=_period_message(drift.validation),
        level_change=drift.level_change,
        level_change_error=drift.level_change_error,
        deviance_change=drift.deviance_change,
        deviance_change_error=drift.deviance_change_error,
        alarms=drift.alarms,
    )


def _period_message(period: DriftPeriod) -> predictor_pb2.DriftPeriod:
    return predictor_pb2.DriftPeriod(
        from_date=period.from_date.isoformat(),
        to_date=period.to_date.isoformat(),
        recorded_count=round(period.recorded_count),
        predicted_count=period.predicted_count,
        level=period.level,
        mean_poisson_deviance=period.deviance,
        deviance_ratio=period.deviance_ratio,
    )


def _spec(message: predictor_pb2.ModelSpec) -> ModelSpec:
    """Read a spec; zero values mean the defaults."""
    if message.output not in OUTPUT_MODELS:
        raise InvalidArgument("spec.output", f"Expected a known output kind, got {message.output}.")
    if message.output and message.models:
        raise InvalidArgument("spec.output", "Expected either output or models, got both.")
    given = {name: getattr(message, name) for name in SPEC_NUMBERS if getattr(message, name) != 0}
    return ModelSpec(models=OUTPUT_MODELS[message.output] or tuple(message.models), **given)


def _spec_message(spec: ModelSpec) -> predictor_pb2.ModelSpec:
    return predictor_pb2.ModelSpec(models=spec.models, **{name: getattr(spec, name) for name in SPEC_NUMBERS})
