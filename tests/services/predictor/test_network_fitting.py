"""Early stopping and learning rates, on the smallest network there is: one weight that scales every intensity."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from services.predictor.network_fitting import NetworkFit
from services.predictor.residual_network import FittedNetwork
from services.predictor.scores import mean_poisson_deviance
from tests.services.predictor.fakes import QUIET

TOO_HIGH = 0.3


@keras.saving.register_keras_serializable("officers-tests")
class Level(layers.Layer):
    """Maps hours to the intensities mean · exp(w)."""

    def __init__(self, means, **options):
        super().__init__(**options)
        self.means = means

    def build(self, _shape):
        self.exponent = self.add_weight(shape=(), initializer=keras.initializers.Constant(TOO_HIGH), name="exponent")

    def call(self, hour_of_week):
        ones = keras.ops.ones_like(keras.ops.cast(hour_of_week, "float32"))
        return ones[:, None, None] * keras.ops.exp(self.exponent) * keras.ops.convert_to_tensor(self.means, "float32")


@pytest.fixture(name="patient")
def more_epochs(training):
    spec = replace(training.reader.spec, max_epochs=8)
    return replace(training, reader=replace(training.reader, spec=spec))


def level_network(training):
    counts = training.frames.at(training.window_frames)
    means = np.maximum(counts.mean(axis=0), 1e-3)
    inputs = training.reader.read(training.frames, training.validation_frames[:1]).named()
    tensors = {name: keras.Input(value.shape[1:], dtype=str(value.dtype), name=name) for name, value in inputs.items()}
    return keras.Model(tensors, {"intensity": Level(means.tolist(), name="scale")(tensors["hour_of_week"])})


def poisson_loss(outputs, counts):
    return tf.reduce_mean(outputs["intensity"] - counts * tf.math.log(outputs["intensity"]))


def validation_deviance(training, model):
    inputs = training.reader.read(training.frames, training.validation_frames)
    return mean_poisson_deviance(training.frames.at(training.validation_frames), FittedNetwork(model).predict(inputs))


def test_what_the_full_rate_overshoots_is_learnt_at_a_lower_one(patient):
    model = level_network(patient)
    before = validation_deviance(patient, model)
    NetworkFit(model, poisson_loss, learning_rate=30.0).run(patient, QUIET)
    assert validation_deviance(patient, model) < before
    assert abs(float(model.get_weights()[0])) < TOO_HIGH


def test_the_first_weights_stay_where_nothing_is_better(patient):
    model = level_network(patient)
    model.set_weights([np.float32(np.log(level_on_validation(patient)))])
    before = model.get_weights()
    NetworkFit(model, poisson_loss, learning_rate=50.0).run(patient, QUIET)
    assert model.get_weights() == before


def level_on_validation(training):
    """The factor on the window's means that fits the validation hours best."""
    recorded = training.frames.at(training.validation_frames).sum()
    means = np.maximum(training.frames.at(training.window_frames).mean(axis=0), 1e-3)
    return recorded / (means.sum() * len(training.validation_frames))
