"""Asks a model server for intensities through `tensorflow.serving.PredictionService` only."""

from typing import Protocol

import grpc
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from services.predictor.features import ModelInputs
from services.predictor.model_card import ModelCard
from serving.errors import FailedPrecondition, OfficersError, Unavailable
from serving.status import from_rpc_error

OUTPUT = "intensity"
RETRY_DELAY_SECONDS = 1.0


class ModelServer(Protocol):
    """Whatever computes a stored model's intensities."""

    def predict(self, card: ModelCard, inputs: ModelInputs) -> NDArray[np.float32]:
        """Return intensities, shape (n, n_rows, n_columns), incidents per cell and hour."""
        ...


class PredictionServiceClient:
    """A model server reached over gRPC: TensorFlow Serving or the embedded one."""

    def __init__(self, channel: grpc.Channel, timeout_seconds: float) -> None:
        self._stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        self._timeout_seconds = timeout_seconds

    def predict(self, card: ModelCard, inputs: ModelInputs) -> NDArray[np.float32]:
        """Return intensities of exactly the card's version.

        Raises
        ------
        Unavailable
            The model server is down or has not loaded the version yet.
        FailedPrecondition
            The model does not take these inputs, or its answer is no map of finite intensities.
        """
        request = predict_pb2.PredictRequest()
        request.model_spec.name = card.model
        request.model_spec.version.value = card.version
        for name, value in inputs.named(card.inputs).items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
        try:
            response = self._stub.Predict(request, timeout=self._timeout_seconds)
        except grpc.RpcError as error:
            raise _as_ours(error, card) from error
        return _checked(response, len(inputs), card)


def _as_ours(error: grpc.RpcError, card: ModelCard) -> OfficersError:
    code = error.code()
    if code is grpc.StatusCode.NOT_FOUND:
        return Unavailable(f"The model server has not loaded {card.resource_name} yet.", RETRY_DELAY_SECONDS)
    if code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
        return Unavailable("The model server does not answer.", RETRY_DELAY_SECONDS)
    if code in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION):
        return FailedPrecondition("MODEL_SIGNATURE", f"{card.resource_name} does not fit: {error.details()}")
    return from_rpc_error(error)


def _checked(response: predict_pb2.PredictResponse, count: int, card: ModelCard) -> NDArray[np.float32]:
    """Return the intensities if they have the card's grid and are finite and not negative."""
    expected = (count, card.grid.row_count, card.grid.column_count)
    tensor = response.outputs.get(OUTPUT)
    values = np.empty(0, np.float32) if tensor is None else np.asarray(tf.make_ndarray(tensor), dtype=np.float32)
    if values.shape != expected or not np.isfinite(values).all() or (values < 0).any():
        message = f"Expected {card.resource_name} to answer {OUTPUT!r} of shape {expected}, finite and not negative."
        raise FailedPrecondition("MODEL_SIGNATURE", message)
    return values
