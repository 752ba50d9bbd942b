"""TensorFlow Serving's Predict, GetModelMetadata and GetModelStatus over served models, with its error codes."""

from typing import Any

import grpc
import tensorflow as tf
from google.protobuf import any_pb2
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from services.predictor.loaded_model import LoadedModel
from services.predictor.saved_model import SIGNATURE
from services.predictor.served_models import ServedModels, VersionStatus
from serving.errors import InvalidArgument, NotFound
from serving.work import ServicerContext, run_in_thread

PREDICTION_SERVICE = "tensorflow.serving.PredictionService"
MODEL_SERVICE = "tensorflow.serving.ModelService"
METADATA_FIELD = "signature_def"


class PredictionServicer(prediction_service_pb2_grpc.PredictionServiceServicer):  # type: ignore[misc]
    """`tensorflow.serving.PredictionService`: Predict and GetModelMetadata."""

    def __init__(self, models: ServedModels) -> None:
        self._models = models

    async def Predict(self, request: Any, context: ServicerContext) -> Any:  # noqa: N802
        """Run a signature of a model."""
        return await run_in_thread(context, lambda _: self._predict(request))

    async def GetModelMetadata(self, request: Any, context: ServicerContext) -> Any:  # noqa: N802
        """Describe the signatures of a model."""
        return await run_in_thread(context, lambda _: self._metadata(request))

    async def Classify(self, _request: Any, context: ServicerContext) -> Any:  # noqa: N802
        """Refuse: not served."""
        await _refuse(context)

    async def Regress(self, _request: Any, context: ServicerContext) -> Any:  # noqa: N802
        """Refuse: not served."""
        await _refuse(context)

    async def MultiInference(self, _request: Any, context: ServicerContext) -> Any:  # noqa: N802
        """Refuse: not served."""
        await _refuse(context)

    def _predict(self, request: Any) -> Any:
        model = _model(self._models, request.model_spec)
        inputs = {name: _array(name, tensor) for name, tensor in request.inputs.items()}
        signature = request.model_spec.signature_name or SIGNATURE
        outputs = model.run(signature, inputs)
        response = predict_pb2.PredictResponse()
        _fill_spec(response.model_spec, model, signature)
        for name in _wanted_outputs(request, outputs):
            response.outputs[name].CopyFrom(tf.make_tensor_proto(outputs[name]))
        return response

    def _metadata(self, request: Any) -> Any:
        unknown = [field for field in request.metadata_field if field != METADATA_FIELD]
        if unknown or not request.metadata_field:
            raise InvalidArgument("metadata_field", f"Expected {METADATA_FIELD!r}, got {unknown or 'none'}.")
        model = _model(self._models, request.model_spec)
        signatures = get_model_metadata_pb2.SignatureDefMap(signature_def=dict(model.meta_graph.signature_def))
        packed = any_pb2.Any()
        packed.Pack(signatures)
        response = get_model_metadata_pb2.GetModelMetadataResponse()
        _fill_spec(response.model_spec, model, "")
        response.metadata[METADATA_FIELD].CopyFrom(packed)
        return response


class ModelServicer(model_service_pb2_grpc.ModelServiceServicer):  # type: ignore[misc]
    """`tensorflow.serving.ModelService`: GetModelStatus."""

    def __init__(self, models: ServedModels) -> None:
        self._models = models

    async def GetModelStatus(self, request: Any, context: ServicerContext) -> Any:  # noqa: N802
        """Tell which versions can be served."""
        return await run_in_thread(context, lambda _: self._status(request.model_spec))

    async def HandleReloadConfigRequest(self, _request: Any, context: ServicerContext) -> Any:  # noqa: N802
        """Refuse: models are found by polling."""
        await _refuse(context)

    def _status(self, spec: Any) -> Any:
        statuses = self._models.statuses(_name(spec))
        if not statuses:
            raise NotFound("model", spec.name, f"Could not find any versions of model {spec.name}")
        asked = _version(self._models, spec)
        response = get_model_status_pb2.GetModelStatusResponse()
        for found in statuses:
            if asked in (None, found.version):
                _fill_status(response.model_version_status.add(version=found.version), found)
        if not response.model_version_status:
            raise NotFound("model", spec.name, f"Could not find version {asked} of model {spec.name}")
        return response


def register(server: grpc.aio.Server, models: ServedModels) -> tuple[str, str]:
    """Add both services to a server and return their names."""
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(PredictionServicer(models), server)
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(ModelServicer(models), server)
    return PREDICTION_SERVICE, MODEL_SERVICE


async def _refuse(context: ServicerContext) -> None:
    await context.abort(grpc.StatusCode.UNIMPLEMENTED, "The embedded model server does not serve this method.")


def _model(models: ServedModels, spec: Any) -> LoadedModel:
    return models.get(_name(spec), _version(models, spec))


def _name(spec: Any) -> str:
    if not spec.name:
        raise InvalidArgument("model_spec.name", "Model spec has no name specified.")
    return str(spec.name)


def _version(models: ServedModels, spec: Any) -> int | None:
    """Return the version asked for by number or label, None where neither is given."""
    if spec.version_label:
        return models.labelled(spec.name, spec.version_label)
    return int(spec.version.value) if spec.HasField("version") else None


def _fill_status(message: Any, status: VersionStatus) -> None:
    states = get_model_status_pb2.ModelVersionStatus
    message.state = states.END if status.failure else states.AVAILABLE
    if status.failure:
        message.status.error_code = grpc.StatusCode.UNKNOWN.value[0]
        message.status.error_message = status.failure


def _fill_spec(spec: Any, model: LoadedModel, signature: str) -> None:
    spec.name = model.name
    spec.version.value = model.version
    spec.signature_name = signature


def _array(name: str, tensor: Any) -> Any:
    try:
        return tf.make_ndarray(tensor)
    except (TypeError, ValueError) as error:
        raise InvalidArgument(f"inputs.{name}", f"Tensor proto cannot be read: {error}.") from error


def _wanted_outputs(request: Any, outputs: dict[str, Any]) -> list[str]:
    """Return the outputs that the request filters, all where it does not."""
    unknown = [name for name in request.output_filter if name not in outputs]
    if unknown:
        raise InvalidArgument("output_filter", f"output tensor alias not found in signature: {unknown[0]}")
    return list(request.output_filter) or sorted(outputs)
