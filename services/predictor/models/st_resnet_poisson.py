"""ST-ResNet with a Poisson output that corrects the separable baseline."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from services.predictor.models.separable import FittedSeparable, Separable
from services.predictor.network_fitting import NetworkFit
from services.predictor.residual_network import FittedNetwork, NetworkShape, fused_branches
from services.predictor.training_set import TrainingSet, Watch

LEARNING_RATE = 5e-4
SOFTPLUS_OF_ONE = float(np.log(np.expm1(1.0)))
"""softplus(SOFTPLUS_OF_ONE) = 1."""


@keras.saving.register_keras_serializable("officers")
class SeparableMap(layers.Layer):  # type: ignore[misc]
    """Looks up the separable baseline of an hour of the week; constant, travels inside the exported model."""

    def __init__(self, cell_means: list[list[float]], profile: list[float], **options: object) -> None:
        super().__init__(**options)
        self.cell_means, self.profile = cell_means, profile

    def call(self, hour_of_week: keras.KerasTensor) -> keras.KerasTensor:
        """Return the baseline intensities, shape (n, n_rows, n_columns)."""
        profile = keras.ops.take(keras.ops.convert_to_tensor(self.profile, "float32"), hour_of_week)
        return profile[:, None, None] * keras.ops.convert_to_tensor(self.cell_means, "float32")

    def get_config(self) -> dict[str, object]:
        """Return what the layer is made from."""
        return {**super().get_config(), "cell_means": self.cell_means, "profile": self.profile}


class StResNetPoisson:
    """The branches and fusion of Zhang et al. with a count likelihood.

    Differs from the paper in the output alone: intensity = baseline · softplus(Z + log(e − 1)), where the baseline is
    the separable mean of cell × hour of the week and Z the fused branches, and the loss is the Poisson deviance.
    At Z = 0 the intensity is the baseline, which is where training starts.
    """

    can_win = True
    core_seconds = 40.0

    def fit(self, training: TrainingSet, watch: Watch, /) -> FittedNetwork:
        """Fit to the hours before validation; validation decides when to stop."""
        baseline = Separable().fit(training, watch)
        counts = training.frames.at(training.window_frames)
        _, row_count, column_count = counts.shape
        shape = NetworkShape(training.reader.spec, row_count, column_count, training.seed % 2**31)
        model = _build(shape, baseline, scale=1.0 / max(float(counts.std()), 1e-6))
        NetworkFit(model, _poisson_loss, LEARNING_RATE).run(training, watch)
        return FittedNetwork(model)


def _build(shape: NetworkShape, baseline: FittedSeparable, scale: float) -> keras.Model:
    inputs, fused = fused_branches(shape, scale, 0.0)
    hour_of_week = keras.Input((), dtype="int32", name="hour_of_week")
    offset = SeparableMap(baseline.cell_means.tolist(), baseline.profile.tolist(), name="baseline")(hour_of_week)
    factor = keras.ops.softplus(fused + SOFTPLUS_OF_ONE)
    return keras.Model({**inputs, "hour_of_week": hour_of_week}, {"intensity": offset * factor})


def _poisson_loss(outputs: dict[str, tf.Tensor], counts: tf.Tensor) -> tf.Tensor:
    """Return μ − y log μ per cell, summed over cells and averaged over hours."""
    intensity = tf.maximum(outputs["intensity"], 1e-7)
    return tf.reduce_mean(tf.reduce_sum(intensity - counts * tf.math.log(intensity), axis=(1, 2)))


MODEL = StResNetPoisson()
