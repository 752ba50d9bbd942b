"""Fits a network with early stopping on validation deviance; deterministic by seed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from services.predictor.features import ModelInputs
from services.predictor.residual_network import FittedNetwork
from services.predictor.scores import mean_poisson_deviance
from services.predictor.training_set import TrainingSet, Watch
from serving.errors import Cancelled

BATCH_HOURS = 64
RATE_SHARES = (1.0, 0.1)
"""Shares of the learning rate, one after the other: counts as sparse as one incident an hour in a whole city teach
nothing at a rate that a denser area learns quickest at."""
PATIENCE_EPOCHS = 2

Loss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


@dataclass
class _Best:
    """The weights with the lowest validation deviance so far."""

    deviance: float
    weights: list[NDArray[np.float32]]
    epoch: int = 0

    def offer(self, deviance: float, model: keras.Model, epoch: int) -> None:
        if deviance < self.deviance:
            self.deviance, self.weights, self.epoch = deviance, model.get_weights(), epoch


@dataclass(frozen=True)
class NetworkFit:
    """Fits one network.

    Attributes
    ----------
    model : maps named inputs to {"intensity": …}; updated in place.
    loss : maps (model output, recorded counts) to what is minimised.
    learning_rate, weight_decay : of Adam with decoupled weight decay.
    patience_epochs : epochs without a better validation deviance after which the next lower rate is tried.
    """

    model: keras.Model
    loss: Loss
    learning_rate: float
    weight_decay: float = 1e-4
    patience_epochs: int = PATIENCE_EPOCHS

    def run(self, training: TrainingSet, watch: Watch) -> None:
        """Fit until validation no longer improves; leaves the best weights in the model, the first ones included.

        Each rate of `RATE_SHARES` goes on from the best weights so far.

        Raises
        ------
        Cancelled
            `watch.stop` asked to end.
        """
        tf.config.experimental.enable_op_determinism()
        spec = training.reader.spec
        validation = training.reader.read(training.frames, training.validation_hours)
        recorded = training.frames.at(training.validation_hours)
        optimizer = self._optimizer()
        step = self._compiled_step(optimizer)
        generator = np.random.default_rng(training.seed % 2**64)
        best = _Best(self._deviance(validation, recorded), self.model.get_weights())
        epoch = 0
        for share in RATE_SHARES:
            self.model.set_weights(best.weights)
            optimizer.learning_rate.assign(share * self.learning_rate)
            first_epoch = epoch
            while epoch < spec.max_epochs and epoch - max(best.epoch, first_epoch) < self.patience_epochs:
                epoch += 1
                self._fit_epoch(step, training, generator, watch)
                best.offer(self._deviance(validation, recorded), self.model, epoch)
                message = f"epoch {epoch} of at most {spec.max_epochs}, best deviance {best.deviance:.6f}"
                watch.report(epoch / spec.max_epochs, message)
        self.model.set_weights(best.weights)

    def _fit_epoch(self, step: Any, training: TrainingSet, generator: np.random.Generator, watch: Watch) -> None:
        for inputs, counts in _batches(training, generator):
            if watch.stop():
                raise Cancelled("The training was stopped.")
            step({name: tf.constant(value) for name, value in inputs.named().items()}, tf.constant(counts))

    def _deviance(self, inputs: ModelInputs, recorded: NDArray[np.float32]) -> float:
        return mean_poisson_deviance(recorded, FittedNetwork(self.model).predict(inputs))

    def _optimizer(self) -> keras.optimizers.Optimizer:
        optimizer = keras.optimizers.AdamW(self.learning_rate, weight_decay=self.weight_decay, clipnorm=1.0)
        optimizer.build(self.model.trainable_variables)
        return optimizer

    def _compiled_step(self, optimizer: keras.optimizers.Optimizer) -> Any:
        # Any: tf.function has no types.
        @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
        def step(inputs: dict[str, tf.Tensor], counts: tf.Tensor) -> None:
            with tf.GradientTape() as tape:
                loss = self.loss(self.model(inputs, training=True), counts)
            gradients = tape.gradient(loss, self.model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, self.model.trainable_variables, strict=True))

        return step


def _batches(
    training: TrainingSet, generator: np.random.Generator
) -> Iterator[tuple[ModelInputs, NDArray[np.float32]]]:
    """Yield all sample hours in random order, 64 at a time."""
    hours = generator.permutation(training.sample_hours)
    for start in range(0, len(hours), BATCH_HOURS):
        batch = hours[start : start + BATCH_HOURS]
        yield training.reader.read(training.frames, batch), training.frames.at(batch)
