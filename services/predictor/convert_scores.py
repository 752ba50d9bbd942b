"""Between messages about scores and the predictor's own values."""

from collections.abc import Sequence

from officers.predictor.v1 import predictor_pb2
from services.predictor.area_convert import grid_message
from services.predictor.candidates import BASELINES
from services.predictor.convert_fields import local_day
from services.predictor.evaluation import Evaluation, EvaluationOptions
from services.predictor.matching import MatchScore
from services.predictor.model_card import ModelCard
from services.predictor.models import model_names
from services.predictor.score_days import Period
from services.predictor.score_horizons import HorizonScore
from services.predictor.score_maps import GroupScore
from services.predictor.score_predictor import PredictorScore
from services.predictor.weekly_bootstrap import Estimate
from serving.errors import InvalidArgument


def evaluation_period(request: predictor_pb2.EvaluateModelRequest) -> Period:
    """Read the days to score."""
    return Period(local_day(request.from_date, "from_date"), local_day(request.to_date, "to_date"))


def evaluation_options(request: predictor_pb2.EvaluateModelRequest) -> EvaluationOptions:
    """Read what to score beside the model. Raises InvalidArgument for models that are not in the folder."""
    known = model_names()
    for position, name in enumerate(request.compared_models):
        if name not in known:
            raise InvalidArgument(f"compared_models[{position}]", f"Expected one of {', '.join(known)}, got {name!r}.")
    further = tuple(name for name in request.compared_models if name not in BASELINES)
    return EvaluationOptions(request.seed, further, request.score_shifts)


def evaluation_message(card: ModelCard, evaluation: Evaluation) -> predictor_pb2.EvaluateModelResponse:
    """Write scores."""
    days = evaluation.days
    model, *others = evaluation.scores
    actual_by_day = [0.0] * (int(days.days[-1]) + 1)
    for day, count in zip(days.hour_days, days.sector_hours.sum(axis=1), strict=True):
        actual_by_day[day] += float(count)
    return predictor_pb2.EvaluateModelResponse(
        model=card.resource_name,
        actual_count=len(days.events),
        scores=[_score_message(model, evaluation.horizons), *(_score_message(score, ()) for score in others)],
        from_date=days.period.from_date.isoformat(),
        to_date=days.period.to_date.isoformat(),
        grid=grid_message(days.area.grid),
        actual_by_cell=days.counts.sum(axis=0, dtype=float).ravel(),
        actual_by_day=actual_by_day,
        frame_minutes=evaluation.frame_minutes,
    )


def _score_message(score: PredictorScore, horizons: Sequence[HorizonScore]) -> predictor_pb2.PredictorScore:
    return predictor_pb2.PredictorScore(
        predictor=score.predictor,
        mean_poisson_deviance=score.mean_poisson_deviance,
        relative_deviance=_estimate_message(score.relative_deviance),
        rmse=score.rmse,
        predicted_count=score.predicted_count,
        match_scores=[_match_message(match) for match in score.match_scores],
        spread_match_scores=[_match_message(match) for match in score.spread_match_scores],
        self_match_scores=[_match_message(match) for match in score.self_match_scores],
        likely_match_scores=[_match_message(match) for match in score.likely_match_scores],
        horizons=[_horizon_message(horizon) for horizon in horizons],
        hot_spots=[predictor_pb2.HotSpotScore(**vars(spot)) for spot in score.hot_spots],
        coverages=[predictor_pb2.Coverage(**vars(coverage)) for coverage in score.coverages],
        dispersions=[predictor_pb2.DispersionScore(**vars(dispersion)) for dispersion in score.dispersions],
        reliability=[predictor_pb2.ReliabilityBin(**vars(group)) for group in score.reliability],
        sectors=[_group_message(group) for group in score.sectors],
        types=[_group_message(group) for group in score.types],
        predicted_by_cell=score.predicted_by_cell.ravel(),
        predicted_by_day=score.predicted_by_day,
    )


def _match_message(match: MatchScore) -> predictor_pb2.MatchScore:
    return predictor_pb2.MatchScore(
        distance_m=match.window.distance_m,
        minutes=match.window.minutes,
        precision=match.precision,
        recall=match.recall,
        f1=match.f1,
    )


def _horizon_message(horizon: HorizonScore) -> predictor_pb2.HorizonScore:
    return predictor_pb2.HorizonScore(
        lead_hours=horizon.lead_hours,
        mean_poisson_deviance=horizon.mean_poisson_deviance,
        relative_deviance=_estimate_message(horizon.relative_deviance),
        predicted_count=horizon.predicted_count,
        actual_count=horizon.actual_count,
    )


def _estimate_message(estimate: Estimate) -> predictor_pb2.Estimate:
    return predictor_pb2.Estimate(value=estimate.value, low=estimate.low, high=estimate.high)


def _group_message(group: GroupScore) -> predictor_pb2.GroupScore:
    return predictor_pb2.GroupScore(**vars(group))
