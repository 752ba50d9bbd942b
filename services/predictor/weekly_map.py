"""A table of maps by hour of the week as a Keras layer and as a network."""

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from services.predictor.calendar_features import HOURS_PER_WEEK
from services.predictor.residual_network import FittedNetwork


@keras.saving.register_keras_serializable("officers")
class WeeklyMap(layers.Layer):  # type: ignore[misc]
    """Looks up the map of an hour of the week; constant, travels inside the exported model."""

    def __init__(self, row_count: int, column_count: int, **options: object) -> None:
        super().__init__(**options)
        self.row_count, self.column_count = row_count, column_count
        self.table = self.add_weight(
            shape=(HOURS_PER_WEEK, row_count, column_count), initializer="zeros", trainable=False, name="table"
        )

    @classmethod
    def of_table(cls, table: NDArray[np.float64], name: str) -> "WeeklyMap":
        """Make the layer of a table, shape (168, n_rows, n_columns)."""
        layer = cls(table.shape[1], table.shape[2], name=name)
        layer.table.assign(table.astype(np.float32))
        return layer

    def build(self, _input_shape: object) -> None:
        """Nothing depends on the input."""
        self.built = True

    def call(self, hour_of_week: keras.KerasTensor) -> keras.KerasTensor:
        """Return the maps, shape (n, n_rows, n_columns)."""
        return keras.ops.take(self.table, hour_of_week, axis=0)

    def get_config(self) -> dict[str, object]:
        """Return what the layer is made from; its table is a weight."""
        return {**super().get_config(), "row_count": self.row_count, "column_count": self.column_count}


def hour_of_week_input() -> keras.KerasTensor:
    """Return the input `hour_of_week`."""
    return keras.Input((), dtype="int32", name="hour_of_week")


def weekly_network(table: NDArray[np.float64]) -> FittedNetwork:
    """Return the network that answers the map of the hour of the week."""
    hour_of_week = hour_of_week_input()
    intensity = WeeklyMap.of_table(table, "weekly_map")(hour_of_week)
    return FittedNetwork(keras.Model({"hour_of_week": hour_of_week}, {"intensity": intensity}))
