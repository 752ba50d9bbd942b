"""The ensemble: a log-linear pool of the other networks, weighted by validation deviance."""

from collections.abc import Mapping
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import softmax

from services.predictor.models import fit_member
from services.predictor.residual_network import FittedNetwork
from services.predictor.training_set import TrainingSet, Watch
from services.predictor.validation import predict_validation

MEMBERS = ("boosted", "kriging", "log_linear", "low_rank")
COSTLY_MEMBERS = ("st_resnet_poisson",)
"""Members only where they have been fitted before."""
LEAST_GAIN = 2.0
"""Log-likelihood that a further member must gain: less is as likely as not chance (a likelihood ratio at about 5 %)."""
LEAST_INTENSITY = 1e-9
FRAMES_AT_ONCE = 168


class Ensemble:
    """Pools the cheap networks, and the costly one where it has been fitted.

    The logarithm of the intensity is Σ weight · log intensity of the member; weights are positive and sum to 1.
    """

    can_win = True
    core_seconds = 1.0

    def fit(self, training: TrainingSet, watch: Watch, /) -> FittedNetwork:
        """Fit the members to the frames before validation, and choose and weigh them on validation."""
        members = (*MEMBERS, *(name for name in COSTLY_MEMBERS if name in training.fits))
        fitted = {name: fit_member(name, training, watch) for name in members}
        networks = {name: model for name, model in fitted.items() if isinstance(model, FittedNetwork)}
        logs = np.stack([np.log(predict_validation(training, network)) for network in networks.values()])
        weights = dict(zip(networks, choose_pool(logs, training.frames.at(training.validation_frames)), strict=True))
        kept = {name: weight for name, weight in weights.items() if weight > 0}
        return FittedNetwork(_pool({name: networks[name].keras_model for name in kept}, kept))


def choose_pool(logs: NDArray[np.float32], recorded: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return weights of a pool that begins with the best member and takes in others as long as they gain enough.

    Parameters
    ----------
    logs, recorded : see `pool_weights`.

    Returns
    -------
    Shape (n_members,), zero for those left out.
    """
    chosen: list[int] = []
    best, gain = _Pool(np.zeros(0), -np.inf), np.inf
    while gain >= LEAST_GAIN and len(chosen) < len(logs):
        others = [member for member in range(len(logs)) if member not in chosen]
        pools = {member: _pooled(logs[[*chosen, member]], recorded) for member in others}
        added = max(others, key=lambda member: pools[member].log_likelihood)
        gain = pools[added].log_likelihood - best.log_likelihood
        if gain >= LEAST_GAIN:
            chosen, best = [*chosen, added], pools[added]
    weights = np.zeros(len(logs))
    weights[chosen] = best.weights
    return weights


@dataclass(frozen=True)
class _Pool:
    """Weights of some members and the log-likelihood that they reach."""

    weights: NDArray[np.float64]
    log_likelihood: float


def _pooled(logs: NDArray[np.float32], recorded: NDArray[np.float32]) -> _Pool:
    weights = pool_weights(logs, recorded)
    return _Pool(weights, -_loss(weights, logs, recorded)[0])


def pool_weights(logs: NDArray[np.float32], recorded: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the weights of the log-linear pool with the least deviance, shape (n_members,), positive.

    Parameters
    ----------
    logs : logarithms of the members' intensities, shape (n_members, *recorded.shape).
    recorded : counts.
    """
    if len(logs) == 1:
        return np.ones(1)

    def loss(scores: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = softmax(scores)
        total, slope = _loss(weights, logs, recorded)
        return total, weights * (slope - weights @ slope)

    return np.asarray(softmax(minimize(loss, np.zeros(len(logs)), jac=True, method="L-BFGS-B").x))


def _loss(
    weights: NDArray[np.float64], logs: NDArray[np.float32], recorded: NDArray[np.float32]
) -> tuple[float, NDArray[np.float64]]:
    """Return Σ intensity − count · log intensity of a pool, and its slope by the weights."""
    total, slope = 0.0, np.zeros(len(logs))
    for start in range(0, len(recorded), FRAMES_AT_ONCE):
        part = logs[:, start : start + FRAMES_AT_ONCE].reshape(len(logs), -1).astype(np.float64)
        counts, pooled = recorded[start : start + FRAMES_AT_ONCE].ravel(), np.exp(weights @ part)
        total += float(pooled.sum() - weights @ (part @ counts))
        slope += part @ (pooled - counts)
    return total, slope


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
