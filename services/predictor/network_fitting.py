"""Fits a network with early stopping on validation deviance; deterministic by seed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from services.predictor.features import ModelInputs
from services.predictor.fit_state import FitState
from services.predictor.residual_network import FittedNetwork
from services.predictor.training_set import TrainingSet, Watch
from services.predictor.validation import predict_validation, validation_deviance
from serving.errors import Cancelled

BATCH_HOURS = 64
RATE_SHARES = (1.0, 0.1)
"""Shares of the learning rate, one after the other: counts as sparse as one incident an hour in a whole city teach
nothing at a rate that a denser area learns quickest at."""
PATIENCE_EPOCHS = 2

Loss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


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

        Each rate of `RATE_SHARES` goes on from the best weights so far. The state after every epoch goes to
        `watch.checkpoint`; a fit that was ended goes on from there and comes to the same weights, bit for bit, on the
        same machine.

        Raises
        ------
        Cancelled
            `watch.stop` asked to end.
        """
        tf.config.experimental.enable_op_determinism()
        optimizer = self._optimizer()
        state = self._begin(optimizer, training, watch)
        step = self._compiled_step(optimizer)
        while not state.is_finished:
            if self._has_converged(state, training):
                self._next_rate(state)
            else:
                self._fit_epoch(step, training, state.generator, watch)
                state.epoch += 1
                state.offer(self._deviance(training))
                _report(state, training, watch)
            watch.checkpoint.save(state.arrays())
        self.model.set_weights(state.best_weights)

    def _begin(self, optimizer: keras.optimizers.Optimizer, training: TrainingSet, watch: Watch) -> FitState:
        """Return the state of the checkpoint, or that before the first epoch."""
        generator = np.random.default_rng(training.seed % 2**64)
        state = FitState(self.model, optimizer, generator, float("inf"), self.model.get_weights())
        stored = watch.checkpoint.load()
        if stored is None or not state.restore(stored):
            state.best_deviance = self._deviance(training)
        return state

    def _has_converged(self, state: FitState, training: TrainingSet) -> bool:
        """Say whether the learning rate in use has brought what it can."""
        waited = state.epoch - max(state.best_epoch, state.rate_epoch)
        return waited >= self.patience_epochs or state.epoch >= training.reader.spec.max_epochs

    def _next_rate(self, state: FitState) -> None:
        """Go on with the next learning rate from the best weights; after the last rate the fit has ended."""
        state.rate += 1
        state.rate_epoch = state.epoch
        if state.rate == len(RATE_SHARES):
            state.is_finished = True
            return
        self.model.set_weights(state.best_weights)
        state.optimizer.learning_rate.assign(RATE_SHARES[state.rate] * self.learning_rate)

    def _fit_epoch(self, step: Any, training: TrainingSet, generator: np.random.Generator, watch: Watch) -> None:
        for inputs, counts in _batches(training, generator):
            if watch.stop():
                raise Cancelled("The training was stopped.")
            named = inputs.named(self.model.input)
            step({name: tf.constant(value) for name, value in named.items()}, tf.constant(counts))

    def _deviance(self, training: TrainingSet) -> float:
        return validation_deviance(training, predict_validation(training, FittedNetwork(self.model)))

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


def _report(state: FitState, training: TrainingSet, watch: Watch) -> None:
    most = training.reader.spec.max_epochs
    watch.report(
        state.epoch / most, f"epoch {state.epoch} of at most {most}, best validation deviance {state.best_deviance:.6f}"
    )


def _batches(
    training: TrainingSet, generator: np.random.Generator
) -> Iterator[tuple[ModelInputs, NDArray[np.float32]]]:
    """Yield all sample hours in random order, 64 at a time."""
    hours = generator.permutation(training.sample_frames)
    for start in range(0, len(hours), BATCH_HOURS):
        batch = hours[start : start + BATCH_HOURS]
        yield training.reader.read(training.frames, batch), training.frames.at(batch)
