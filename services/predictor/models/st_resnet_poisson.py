"""ST-ResNet with a Poisson output that corrects the best of the cheap models."""

import keras
import numpy as np
import tensorflow as tf

from services.predictor.models import fit_member
from services.predictor.network_fitting import NetworkFit
from services.predictor.residual_network import FittedNetwork, NetworkShape, fused_branches
from services.predictor.training_set import TrainingSet, Watch
from services.predictor.validation import predict_validation, validation_deviance

LEARNING_RATE = 2e-4
OFFSETS = ("log_linear", "kriging", "low_rank", "climatology", "separable")
"""Models that the network may start from."""
SOFTPLUS_OF_ONE = float(np.log(np.expm1(1.0)))
"""softplus(SOFTPLUS_OF_ONE) = 1."""


class StResNetPoisson:
    """The branches and fusion of Zhang et al. with a count likelihood.

    Differs from the paper in the output alone: intensity = offset · softplus(Z + log(e − 1)), where the offset is the
    intensity of the best of the cheap models and Z the fused branches, and the loss is the Poisson deviance. At Z = 0
    the intensity is the offset, which is where training starts; it moves away only as far as validation confirms.
    """

    can_win = True
    core_seconds = 45.0

    def fit(self, training: TrainingSet, watch: Watch, /) -> FittedNetwork:
        """Fit to the frames before validation; validation decides when to stop."""
        offset = _best_offset(training, watch)
        counts = training.frames.counts
        model = _build(NetworkShape.of(training), offset.keras_model, scale=1.0 / max(float(counts.std()), 1e-6))
        NetworkFit(model, _poisson_loss, LEARNING_RATE).run(training, watch)
        return FittedNetwork(model)


def _best_offset(training: TrainingSet, watch: Watch) -> FittedNetwork:
    """Return the model with the lowest deviance on the validation days."""
    fitted = [fit_member(name, training, watch) for name in OFFSETS]
    networks = [model for model in fitted if isinstance(model, FittedNetwork)]
    return min(networks, key=lambda network: validation_deviance(training, predict_validation(training, network)))


def _build(shape: NetworkShape, offset: keras.Model, scale: float) -> keras.Model:
    inputs, fused = fused_branches(shape, scale, 0.0)
    for name, tensor in offset.input.items():
        if name not in inputs:
            inputs[name] = keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=name)
    intensity = offset({name: inputs[name] for name in offset.input})["intensity"]
    factor = keras.ops.softplus(fused + SOFTPLUS_OF_ONE)
    return keras.Model(inputs, {"intensity": intensity * factor})


def _poisson_loss(outputs: dict[str, tf.Tensor], counts: tf.Tensor) -> tf.Tensor:
    """Return μ − y log μ per cell, summed over cells and averaged over frames."""
    intensity = tf.maximum(outputs["intensity"], 1e-7)
    return tf.reduce_mean(tf.reduce_sum(intensity - counts * tf.math.log(intensity), axis=(1, 2)))


MODEL = StResNetPoisson()
