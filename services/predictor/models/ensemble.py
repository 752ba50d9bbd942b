"""The ensemble: a log-linear pool of the other networks, weighted by validation deviance."""

from collections.abc import Mapping

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import softmax

from services.predictor.models import fit_member
from services.predictor.residual_network import FittedNetwork
from services.predictor.training_set import TrainingSet, Watch
from services.predictor.validation import predict_validation

MEMBERS = ("boosted", "climatology", "log_linear", "low_rank")
COSTLY_MEMBERS = ("st_resnet_poisson",)
"""Members only where they have been fitted before."""
LEAST_WEIGHT = 0.02
"""Members that would weigh less are left out."""
LEAST_INTENSITY = 1e-9
FRAMES_AT_ONCE = 168


class Ensemble:
    """Pools the cheap networks, and the costly one where it has been fitted.

    The logarithm of the intensity is Σ weight · log intensity of the member; weights are positive and sum to 1.
    """

    can_win = True
    core_seconds = 1.0

    def fit(self, training: TrainingSet, watch: Watch, /) -> FittedNetwork:
        """Fit the members to the frames before validation, and their weights to validation."""
        members = (*MEMBERS, *(name for name in COSTLY_MEMBERS if name in training.fits))
        fitted = {name: fit_member(name, training, watch) for name in members}
        networks = {name: model for name, model in fitted.items() if isinstance(model, FittedNetwork)}
        logs = np.stack([np.log(predict_validation(training, network)) for network in networks.values()])
        weights = pool_weights(logs, training.frames.at(training.validation_frames))
        kept = {name: weight for name, weight in zip(networks, weights, strict=True) if weight > 0}
        return FittedNetwork(_pool({name: networks[name].keras_model for name in kept}, kept))


def pool_weights(logs: NDArray[np.float32], recorded: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the weights of the log-linear pool with the least deviance, shape (n_members,); some may be zero.

    Parameters
    ----------
    logs : logarithms of the members' intensities, shape (n_members, *recorded.shape).
    recorded : counts.
    """
    blocks = range(0, len(recorded), FRAMES_AT_ONCE)

    def loss(scores: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = softmax(scores)
        total, slope = 0.0, np.zeros(len(logs))
        for start in blocks:
            part = logs[:, start : start + FRAMES_AT_ONCE].reshape(len(logs), -1).astype(np.float64)
            counts, pooled = recorded[start : start + FRAMES_AT_ONCE].ravel(), np.exp(weights @ part)
            total += float(pooled.sum() - weights @ (part @ counts))
            slope += part @ (pooled - counts)
        return total, weights * (slope - weights @ slope)

    weights = softmax(minimize(loss, np.zeros(len(logs)), jac=True, method="L-BFGS-B").x)
    weights[weights < LEAST_WEIGHT] = 0.0
    return np.asarray(weights / weights.sum())


def _pool(networks: Mapping[str, keras.Model], weights: Mapping[str, float]) -> keras.Model:
    inputs: dict[str, keras.KerasTensor] = {}
    logs = []
    for name, network in networks.items():
        for key, tensor in network.input.items():
            if key not in inputs:
                inputs[key] = keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=key)
        member = keras.Model(network.input, network.output, name=name)
        intensity = member({key: inputs[key] for key in network.input})["intensity"]
        logs.append(float(weights[name]) * keras.ops.log(keras.ops.maximum(intensity, LEAST_INTENSITY)))
    return keras.Model(inputs, {"intensity": keras.ops.exp(sum(logs[1:], logs[0]))})


MODEL = Ensemble()
