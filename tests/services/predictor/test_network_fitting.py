"""Early stopping and learning rates, on the smallest network there is: one weight that scales every intensity."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import structlog
import tensorflow as tf
from keras import layers

from services.predictor.checkpoints import FolderCheckpoint
from services.predictor.network_fitting import NetworkFit
from services.predictor.residual_network import FittedNetwork
from services.predictor.scores import mean_poisson_deviance
from services.predictor.training_set import Watch
from serving.errors import Cancelled
from serving.work import never_stop
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


def test_a_fit_goes_on_from_its_checkpoint_to_the_same_weights(patient, tmp_path):
    unbroken = level_network(patient)
    NetworkFit(unbroken, poisson_loss, learning_rate=0.02).run(patient, QUIET)

    kept = Watch(QUIET.report, stop_after(20), FolderCheckpoint(tmp_path))
    with pytest.raises(Cancelled):
        NetworkFit(level_network(patient), poisson_loss, learning_rate=0.02).run(patient, kept)
    epochs = []
    going_on = Watch(lambda _share, message: epochs.append(message), never_stop, FolderCheckpoint(tmp_path))
    resumed = level_network(patient)
    NetworkFit(resumed, poisson_loss, learning_rate=0.02).run(patient, going_on)
    assert not any(message.startswith("epoch 1 ") for message in epochs)
    assert resumed.get_weights() == unbroken.get_weights()

    epochs.clear()
    finished = level_network(patient)
    NetworkFit(finished, poisson_loss, learning_rate=0.02).run(patient, going_on)
    assert (epochs, finished.get_weights()) == ([], unbroken.get_weights())


def stop_after(count):
    asked = iter([False] * count)
    return lambda: next(asked, True)


@pytest.mark.parametrize("damage", ["another network", "damaged file"])
def test_a_checkpoint_that_does_not_fit_is_not_taken_up(patient, tmp_path, damage):
    if damage == "another network":
        FolderCheckpoint(tmp_path).save({"variable_0": np.zeros((2, 2))})
    else:
        (tmp_path / "state.npz").write_bytes(b"PK\x03\x04")
    unbroken, begun_anew = level_network(patient), level_network(patient)
    NetworkFit(unbroken, poisson_loss, learning_rate=0.02).run(patient, QUIET)
    watch = Watch(QUIET.report, never_stop, FolderCheckpoint(tmp_path))
    with structlog.testing.capture_logs() as logs:
        NetworkFit(begun_anew, poisson_loss, learning_rate=0.02).run(patient, watch)
    assert "begins anew" in logs[0]["event"]
    assert begun_anew.get_weights() == unbroken.get_weights()
