"""`officers.predictor.v1.PredictorService`: converts, calls, converts."""

from collections.abc import AsyncIterator, Callable

import grpc

from officers.predictor.v1 import predictor_pb2, predictor_pb2_grpc
from services.predictor import convert, convert_scores, convert_training
from services.predictor.convert_fields import artifact
from services.predictor.convert_import import import_message
from services.predictor.convert_policy import requested_rules
from services.predictor.model_card import ModelCard
from services.predictor.model_versions import parse_version
from services.predictor.predictor import Predictor
from services.predictor.recorded_calls import RecordOptions
from serving.artifacts import request_key
from serving.work import ServicerContext, Stop, run_in_thread, stream_from_thread

SCENARIOS_REVISION = "3"
"""Part of the key of a set of scenarios: raise it when the same request must draw anew."""
PREDICTOR_SERVICE = "officers.predictor.v1.PredictorService"


class PredictorServicer(predictor_pb2_grpc.PredictorServiceServicer):
    """Serves a predictor."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor

    async def ImportArea(
        self, request: predictor_pb2.ImportAreaRequest, context: ServicerContext
    ) -> predictor_pb2.ImportAreaResponse:
        """Import an area."""
        source = artifact(request.source_artifact, "source_artifact")
        rules = requested_rules(request.further_rules, "further_rules")
        snapshot, imported = await run_in_thread(context, lambda _: self._predictor.import_area(source, rules))
        return import_message(snapshot, imported)

    async def TrainModel(
        self, request: predictor_pb2.TrainModelRequest, context: ServicerContext
    ) -> AsyncIterator[predictor_pb2.TrainModelResponse]:
        """Train a model, with progress."""
        wanted = convert_training.training_request(request)

        def train(stop: Stop, emit: Callable[[predictor_pb2.TrainModelResponse], None]) -> None:
            card = self._predictor.train(
                wanted, lambda fraction, message: emit(convert_training.progress_message(fraction, message)), stop
            )
            emit(predictor_pb2.TrainModelResponse(model=self._model_message(card)))

        async for response in stream_from_thread(context, train):
            yield response

    async def ListModels(
        self, request: predictor_pb2.ListModelsRequest, context: ServicerContext
    ) -> predictor_pb2.ListModelsResponse:
        """List stored models."""
        cards = await run_in_thread(context, lambda _: self._predictor.models(request.area_artifact))
        return predictor_pb2.ListModelsResponse(models=[self._model_message(card) for card in cards])

    async def PromoteModel(
        self, request: predictor_pb2.PromoteModelRequest, context: ServicerContext
    ) -> predictor_pb2.PromoteModelResponse:
        """Promote a model version."""
        decision = convert_training.decision(request)
        promotion = await run_in_thread(context, lambda _: self._predictor.promote(request.model, decision))
        model, _ = parse_version(request.model)
        return predictor_pb2.PromoteModelResponse(promotion=convert_training.promotion_message(model, promotion))

    async def RollBackModel(
        self, request: predictor_pb2.RollBackModelRequest, context: ServicerContext
    ) -> predictor_pb2.RollBackModelResponse:
        """Take a promotion back."""
        decision = convert_training.decision(request)
        promotion = await run_in_thread(context, lambda _: self._predictor.roll_back(request.model, decision))
        model, _ = parse_version(request.model)
        return predictor_pb2.RollBackModelResponse(promotion=convert_training.promotion_message(model, promotion))

    async def CheckDrift(
        self, request: predictor_pb2.CheckDriftRequest, context: ServicerContext
    ) -> predictor_pb2.CheckDriftResponse:
        """Compare the last weeks with a model's validation days."""
        area_artifact = artifact(request.area_artifact, "area_artifact")
        limits = convert_training.drift_limits(request)
        card, drift = await run_in_thread(
            context, lambda stop: self._predictor.check_drift(area_artifact, request.model, limits, stop)
        )
        return convert_training.drift_message(card, drift)

    async def EvaluateModel(
        self, request: predictor_pb2.EvaluateModelRequest, context: ServicerContext
    ) -> predictor_pb2.EvaluateModelResponse:
        """Score a model."""
        area_artifact = artifact(request.area_artifact, "area_artifact")
        period, options = convert_scores.evaluation_period(request), convert_scores.evaluation_options(request)
        card, evaluation = await run_in_thread(
            context,
            lambda stop: self._predictor.evaluate(area_artifact, request.model, period, options, stop),
        )
        return convert_scores.evaluation_message(card, evaluation)

    async def PredictIntensity(
        self, request: predictor_pb2.PredictIntensityRequest, context: ServicerContext
    ) -> predictor_pb2.PredictIntensityResponse:
        """Predict hourly maps."""
        wanted = convert.intensity_request(request)
        intensities = await run_in_thread(context, lambda stop: self._predictor.predict_whole_hours(wanted, stop))
        return convert.intensity_message(intensities)

    async def PredictMostLikelySet(
        self, request: predictor_pb2.PredictMostLikelySetRequest, context: ServicerContext
    ) -> predictor_pb2.PredictMostLikelySetResponse:
        """Choose the points that may be expected to match most incidents."""
        wanted, window = convert.likely_set_request(request)
        intensities, likely = await run_in_thread(
            context, lambda stop: self._predictor.most_likely(wanted, window, stop)
        )
        return convert.likely_set_message(intensities, likely)

    async def SampleScenarios(
        self, request: predictor_pb2.SampleScenariosRequest, context: ServicerContext
    ) -> predictor_pb2.SampleScenariosResponse:
        """Draw scenarios."""
        wanted, options, key = *convert.scenarios_request(request), request_key(request, SCENARIOS_REVISION)
        call_set = await run_in_thread(
            context,
            lambda stop: self._predictor.sample(wanted, options, key, stop),
        )
        return predictor_pb2.SampleScenariosResponse(call_set=convert.call_set_message(call_set))

    async def ReadRecordedCalls(
        self, request: predictor_pb2.ReadRecordedCallsRequest, context: ServicerContext
    ) -> predictor_pb2.ReadRecordedCallsResponse:
        """Take recorded calls."""
        area_artifact = artifact(request.area_artifact, "area_artifact")
        span, key = convert.recorded_span(request), request_key(request)
        options = RecordOptions(request.seed, request.spread_heaped_times)
        call_set, notes = await run_in_thread(
            context, lambda _: self._predictor.recorded(area_artifact, span, options, key)
        )
        return predictor_pb2.ReadRecordedCallsResponse(call_set=convert.call_set_message(call_set), notes=notes)

    async def StreamCalls(
        self, request: predictor_pb2.StreamCallsRequest, context: ServicerContext
    ) -> AsyncIterator[predictor_pb2.StreamCallsResponse]:
        """Stream the calls of a call set."""
        call_set = artifact(request.artifact, "artifact")
        table = await run_in_thread(context, lambda _: self._predictor.calls(call_set))
        for message in convert.call_messages(table):
            yield message

    def _model_message(self, card: ModelCard) -> predictor_pb2.Model:
        return convert_training.model_message(card, self._predictor.promotions(card))


def register(server: grpc.aio.Server, predictor: Predictor) -> tuple[str]:
    """Add the service to a server and return its name."""
    predictor_pb2_grpc.add_PredictorServiceServicer_to_server(PredictorServicer(predictor), server)
    return (PREDICTOR_SERVICE,)
