"""ST-ResNet as published: tanh output on scaled counts, mean squared error."""

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from services.predictor.models.separable import cell_means
from services.predictor.network_fitting import Loss, NetworkFit
from services.predictor.residual_network import EXTERNAL_MAP, FittedNetwork, NetworkShape, fused_branches
from services.predictor.training_set import TrainingSet, Watch
from services.predictor.week_counts import WeekCounts

LEARNING_RATE = 5e-4
SCALED_LIMITS = (-0.99999, 0.99999)
INTENSITY_FLOOR = 1e-4
"""Incidents per cell and hour; tanh can reach zero, an intensity must not."""


class StResNet:
    """The network of Zhang et al.: counts scaled to [-1, 1], tanh(Z), mean squared error on that scale.

    Training starts from each cell's mean (the bias of the external branch): from tanh(0), half the largest count, it
    would saturate on counts this sparse. The exported intensity is the output scaled back to incidents, at least 1e-4
    per cell and hour.
    """

    can_win = True
    core_seconds = 40.0

    def fit(self, training: TrainingSet, watch: Watch, /) -> FittedNetwork:
        """Fit to the hours before validation; validation decides when to stop."""
        week = WeekCounts.of_window(training)
        largest = max(float(training.frames.until(int(training.validation_frames[0])).counts.max()), 1.0)
        model = _build(NetworkShape.of(training), largest, cell_means(week.by_cell, week.frame_total))
        NetworkFit(model, _squared_loss(largest), LEARNING_RATE).run(training, watch)
        return FittedNetwork(keras.Model(model.input, {"intensity": model.output["intensity"]}))


def _build(shape: NetworkShape, largest: float, means: NDArray[np.float64]) -> keras.Model:
    inputs, fused = fused_branches(shape, 2.0 / largest, -1.0)
    scaled = keras.ops.tanh(fused)
    # (tanh(Z) + 1) / 2 = sigmoid(2 Z), which keeps its digits where tanh(Z) is close to -1.
    intensity = keras.ops.maximum(largest * keras.ops.sigmoid(2.0 * fused), INTENSITY_FLOOR)
    model = keras.Model(inputs, {"intensity": intensity, "scaled": scaled})
    model.get_layer(EXTERNAL_MAP).bias.assign(np.arctanh(np.clip(2 * means / largest - 1, *SCALED_LIMITS)).ravel())
    return model


def _squared_loss(largest: float) -> Loss:
    """Return the mean squared error on the scale of the output, [-1, 1]."""

    def loss(outputs: dict[str, tf.Tensor], counts: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(tf.square(outputs["scaled"] - (counts * (2.0 / largest) - 1.0)))

    return loss


MODEL = StResNet()
