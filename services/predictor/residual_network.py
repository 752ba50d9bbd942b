"""The deep spatio-temporal residual network ST-ResNet of Zhang, Zheng and Qi (AAAI 2017) in Keras."""

from dataclasses import dataclass

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from services.predictor.features import ModelInputs
from services.predictor.model_spec import ModelSpec
from services.predictor.standard_conditions import ConditionScales, condition_scales, standard_conditions
from services.predictor.training_set import TrainingSet

EXTERNAL_UNITS = 10
PREDICTION_BATCH_FRAMES = 256
PREDICTION_BATCH_CELLS = 300_000
"""A batch holds at most so many frames, and cells in all."""
EXTERNAL_MAP = "external_map"
"""The layer whose bias is the fused map before any training."""


@keras.saving.register_keras_serializable("officers")
class CellWeights(layers.Layer):  # type: ignore[misc]
    """Multiplies each cell by its own learnt weight: the parametric-matrix fusion of the paper, W ∘ X."""

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make one weight per cell, 1 at first."""
        self.weights_per_cell = self.add_weight(shape=input_shape[1:], initializer="ones", name="weights_per_cell")

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        """Weigh the cells."""
        return inputs * self.weights_per_cell


@dataclass(frozen=True)
class NetworkShape:
    """What fixes the network's layers."""

    spec: ModelSpec
    external_count: int
    conditions: ConditionScales
    row_count: int
    column_count: int
    seed: int

    @classmethod
    def of(cls, training: TrainingSet) -> "NetworkShape":
        """Return the shape for a training set."""
        row_count, column_count = training.frames.counts.shape[1:]
        external_count, conditions = training.reader.calendar.external_count, condition_scales(training)
        return cls(training.reader.spec, external_count, conditions, row_count, column_count, training.seed % 2**31)


def fused_branches(
    shape: NetworkShape, scale: float, shift: float
) -> tuple[dict[str, keras.KerasTensor], keras.KerasTensor]:
    """Build the three residual branches and the external branch, fused.

    Parameters
    ----------
    shape : what fixes the layers.
    scale, shift : counts enter the branches as `scale · count + shift`.

    Returns
    -------
    The raw inputs by name, and the fused map Z, shape (n, n_rows, n_columns), zero everywhere at first: the last
    layers start at zero, so that training starts from the output's offset and moves away only where the data say so.
    """
    seeds = keras.random.SeedGenerator(shape.seed)
    spec = shape.spec
    channels = {"closeness": spec.closeness_frames, "period": spec.period_days, "trend": spec.trend_weeks}
    cells = (shape.row_count, shape.column_count)
    inputs = {name: keras.Input((*cells, count), name=name) for name, count in channels.items()}
    branches = [
        CellWeights(name=f"{name}_fusion")(_branch(name, layers.Rescaling(scale, shift)(tensor), spec, seeds))
        for name, tensor in inputs.items()
    ]
    external = keras.Input((shape.external_count,), name="external")
    scaled = standard_conditions(shape.conditions)(external)
    fused = layers.Add(name="fusion")([*branches, _external_branch(scaled, cells, seeds)])
    return {**inputs, "external": external}, layers.Reshape(cells)(fused)


@dataclass(frozen=True)
class FittedNetwork:
    """A network; `keras_model` maps named inputs to {"intensity": …} and can be exported."""

    keras_model: keras.Model

    @property
    def input_names(self) -> tuple[str, ...]:
        """Names of the inputs that the model takes."""
        return tuple(sorted(self.keras_model.input))

    def predict(self, inputs: ModelInputs) -> NDArray[np.float32]:
        """Return intensities, shape (n, n_rows, n_columns)."""
        named = inputs.named(self.input_names)
        cell_count = int(np.prod(self.keras_model.output["intensity"].shape[1:]))
        batch = int(np.clip(PREDICTION_BATCH_CELLS // cell_count, 1, PREDICTION_BATCH_FRAMES))
        outputs = self.keras_model.predict(named, batch_size=batch, verbose=0)
        return np.asarray(outputs["intensity"], dtype=np.float32)


def _branch(
    name: str, tensor: keras.KerasTensor, spec: ModelSpec, seeds: keras.random.SeedGenerator
) -> keras.KerasTensor:
    """Convolution → residual units → convolution to one map."""
    tensor = _convolution(f"{name}_first", spec.filters, seeds)(tensor)
    for unit in range(spec.residual_units):
        step = tensor
        for half in ("a", "b"):
            step = layers.Activation("relu", name=f"{name}_unit{unit}{half}_relu")(step)
            step = _convolution(f"{name}_unit{unit}{half}", spec.filters, seeds)(step)
        tensor = layers.Add(name=f"{name}_unit{unit}_sum")([tensor, step])
    tensor = layers.Activation("relu", name=f"{name}_last_relu")(tensor)
    return layers.Conv2D(1, 3, padding="same", kernel_initializer="zeros", name=f"{name}_last")(tensor)


def _convolution(name: str, filters: int, seeds: keras.random.SeedGenerator) -> layers.Layer:
    initializer = keras.initializers.GlorotUniform(seed=int(seeds.next()[0]))
    return layers.Conv2D(filters, 3, padding="same", kernel_initializer=initializer, name=name)


def _external_branch(
    tensor: keras.KerasTensor, cells: tuple[int, int], seeds: keras.random.SeedGenerator
) -> keras.KerasTensor:
    """Two dense layers: an embedding of the external features, then one value per cell."""
    initializer = keras.initializers.GlorotUniform(seed=int(seeds.next()[0]))
    tensor = layers.Dense(EXTERNAL_UNITS, "relu", kernel_initializer=initializer, name="external_embedding")(tensor)
    tensor = layers.Dense(cells[0] * cells[1], kernel_initializer="zeros", name=EXTERNAL_MAP)(tensor)
    return layers.Reshape((*cells, 1))(tensor)
